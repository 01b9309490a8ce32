import { digest, id, type Digest, type Id } from '../lib/model/json.js';
import type { Allowed } from '../lib/model/site.js';
import { loopbackAddresses } from './addresses.js';
import { Attacker, type Attempt } from './attacker.js';
import { Bmc } from './bmc.js';
import { selfSigned } from './certificate.js';
import { plant, spread } from './compromise.js';
import { ALL_MAKERS, fromProfile, fromTree, hasKeys, identityOf } from './drafts.js';
import { FleetError } from './errors.js';
import { FAULTS, type FaultName } from './faults/faults.js';
import { freezeTruth } from './freeze.js';
import { rotateTruth } from './rotate.js';
import type { Hold, HoldAt } from './hold.js';
import { plantDoors } from './persistence.js';
import type { ProfileName } from './profiles/profiles.js';
import { seeded } from './random.js';
import type { LoginTruth } from './lockout.js';
import type { Pace } from './state.js';
import { standingOf } from './standing.js';
import { loadTree } from './tree.js';
import type { FreezeTruth, GroundTruth, Planted, RotateTruth, Standing, Trace } from './truth.js';
import { WireLog } from './wire-log.js';

export interface FleetOptions {
  /** How many BMCs; as many as there are trees, or three, when absent. */
  readonly targets?: number;
  /** Captured trees in mockup layout, served in turn; without any, profiles are. */
  readonly trees?: readonly string[];
  /** One profile for all; without it the big ones in turn. */
  readonly profile?: ProfileName;
  readonly seed?: number;
  /** False: nobody was here before us. */
  readonly compromise?: boolean;
  readonly latencyMs?: number;
  /** How much later than that a `slow` BMC answers. */
  readonly slowMs?: number;
  /** How many things a fault that floods holds; 2,000 when absent, which a whole runbook gets through in seconds. */
  readonly volume?: number;
  /** Every target gets every kind of trace that it can hold. */
  readonly thorough?: boolean;
  /** Every maker in turn, and beside the usual traces every way to stay that each can hold. */
  readonly persistence?: boolean;
  /** Instead of the BMC's own session timeout. */
  readonly idleMs?: number;
  /** How long a BMC takes to start up again, and a late password to work. */
  readonly pace?: Partial<Pace>;
  /** Whoever planted the traces comes back during a freeze: see {@link Attacker}. */
  readonly attack?: boolean;
  /** How often it tries; every second when absent. */
  readonly attackEveryMs?: number;
  /** A file that gets the wire log as JSON lines. */
  readonly wireLog?: string;
}

/** One emulated BMC, with all that an inventory must say of it. */
export interface FleetTarget {
  readonly id: Id<'target'>;
  readonly address: string;
  readonly pin: Digest<'spki'>;
  readonly serial: string;
  readonly uuid: string;
  readonly userName: string;
  readonly password: string;
  readonly class: string;
  readonly host: string;
  readonly tree: string | null;
  readonly allow: Allowed;
  readonly planted: readonly Planted[];
  readonly standing: readonly Standing[];
  readonly traces: readonly Trace[];
  /** As it stood when the fleet, or its fault, began. */
  readonly freeze: () => FreezeTruth | null;
  readonly rotate: () => RotateTruth | null;
  /** What the attacker has tried so far; null when nobody attacks. */
  readonly attempts: () => readonly Attempt[] | null;
  /** Whether this would log in now, asked on the BMC's own side: nothing is sent, and nothing counted. */
  works(userName: string, password: string): boolean;
  /** From now on this one alone, as from somebody at the BMC's own side: no policy is asked, and no request seen. */
  givePassword(userName: string, password: string): void;
  /** From now on whoever logs in to this account may change its password and do nothing else, until that is done. */
  demandChange(userName: string): void;
  /** Of the key that new connections are shown, when no fault shows another. */
  servedPin(): string;
  /** What the BMC has counted of the logins to its accounts. */
  logins(): readonly LoginTruth[];
  /** Whether it ever kept out whoever came from some address, as an iDRAC blocks and an iLO delays. */
  keptOut(): boolean;
  /** Whether the maker's lock is set. */
  isLocked(): boolean;
  /** URIs whose answers do not come from the tree or profile alone, so far. */
  overlaid(): string[];
}

export interface Fleet {
  readonly targets: readonly FleetTarget[];
  target(id: string): FleetTarget;
  readonly wire: WireLog;
  truth(): GroundTruth;
  /** Every session token that was ever given out: canaries that no output may hold. */
  tokens(): readonly string[];
  /** Every password that an account was ever given, likewise. */
  passwords(): readonly string[];
  /** What is wrong with a target from now on; null mends it. */
  fault(target: string, name: FaultName | null): Promise<void>;
  /** From now on nothing is wrong with any of them; what was is still told. Returns how many there were. */
  mend(): Promise<number>;
  /** Stops the next matching request at a point; without `uri`, the next with that method. */
  hold(target: string, request: { method: string; uri?: string }, at: HoldAt): Hold;
  close(): Promise<void>;
}

/** Starts a fleet of emulated BMCs in this process, each on its own address, and plants an attacker's traces in it. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const seed = options.seed ?? 1;
  const trees = (options.trees ?? []).map((dir) => loadTree(dir));
  const count = options.targets ?? (trees.length || (options.persistence === true ? ALL_MAKERS.length : 3));
  if (count < 1 || count > 5000) throw new FleetError('BAD_OPTION', `a fleet has 1 to 5000 targets, not ${count}`);
  const wire = new WireLog(options.wireLog ?? null);
  const timing = { idleMs: options.idleMs ?? null, pace: options.pace ?? {} };
  const drafts = Array.from({ length: count }, (_, n) => {
    const tree = trees[n % (trees.length || 1)];
    const maker = options.persistence === true ? (ALL_MAKERS[n % ALL_MAKERS.length] ?? null) : null;
    return tree === undefined ? fromProfile(n, seed, options.profile ?? maker, timing) : fromTree(tree, timing);
  });
  const kinds = spread(drafts.map(hasKeys), seeded(seed, 'spread'), options.thorough === true || options.persistence === true);
  const placing = await loopbackAddresses();
  const bmcs = new Map<string, Bmc>();
  const faults = new Map<string, FaultName>();
  const frozen = new Map<string, FreezeTruth>();
  const rotated = new Map<string, RotateTruth>();
  const judges = new Map<string, (fault: FaultName | null) => void>();
  const attackers: Attacker[] = [];
  const targets = await Promise.all(
    drafts.map(async (draft, n) => {
      const random = seeded(seed, 'compromise', n);
      const standing = standingOf(draft.state);
      const left =
        options.compromise === false
          ? { planted: [], traces: [], allow: draft.allow }
          : plant(draft.state, kinds[n] ?? [], draft.allow, random);
      const host = placing(n);
      const certificate = selfSigned(`bmc-${n + 1}`, host);
      const targetId = id<'target'>(`bmc-${String(n + 1).padStart(4, '0')}`);
      draft.state.identity.begin(certificate, host);
      const { latencyMs = 0, slowMs = 2000, volume = 2000 } = options;
      const bmc = new Bmc({ id: targetId, state: draft.state, wire, latencyMs, slowMs, volume });
      bmcs.set(targetId, bmc);
      const address = await bmc.listen(host);
      const doors = options.persistence === true ? plantDoors(draft.state, `198.51.100.${1 + random.below(250)}`, random) : [];
      const planted = [...draft.captured, ...left.planted, ...doors];
      const judge = (fault: FaultName | null): void => {
        if (draft.tree !== null) return;
        frozen.set(targetId, freezeTruth(draft.state, left.allow, draft.userName, fault));
        rotated.set(targetId, rotateTruth(draft.state, fault));
      };
      judge(null);
      judges.set(targetId, judge);
      const attacker =
        options.attack === true
          ? new Attacker({
              target: targetId,
              address,
              state: draft.state,
              planted: left.planted,
              wire,
              ...(options.attackEveryMs === undefined ? {} : { everyMs: options.attackEveryMs }),
            })
          : null;
      if (attacker !== null) attackers.push(attacker);
      return {
        id: targetId,
        address,
        pin: digest<'spki'>(certificate.pin),
        ...identityOf(draft.state),
        userName: draft.userName,
        password: draft.password,
        class: draft.state.vendor.class,
        host: `node-${String(n + 1).padStart(4, '0')}`,
        tree: draft.tree,
        allow: left.allow,
        planted,
        standing,
        traces: [...draft.traces, ...left.traces],
        freeze: () => frozen.get(targetId) ?? null,
        rotate: () => rotated.get(targetId) ?? null,
        attempts: () => attacker?.attempts ?? null,
        works: (userName: string, password: string) => draft.state.accounts.works(userName, password),
        givePassword(userName: string, password: string) {
          const account = draft.state.accounts.byName(userName);
          if (account === null) throw new FleetError('BAD_OPTION', `${targetId} has no account of that name`);
          draft.state.accounts.setPassword(account, password);
        },
        demandChange(userName: string) {
          const account = draft.state.accounts.byName(userName);
          if (account === null) throw new FleetError('BAD_OPTION', `${targetId} has no account of that name`);
          draft.state.accounts.demandChange(account);
        },
        logins: () =>
          draft.state.accounts.all().flatMap((account) => (account.userName === '' ? [] : [draft.state.lockout.truth(account)])),
        servedPin: () => draft.state.identity.current?.pin ?? certificate.pin,
        keptOut: () => draft.state.lockout.addressEver(),
        isLocked: () => draft.state.settings.locked(),
        overlaid: () => draft.state.resources.overlaid(),
      };
    }),
  );
  const bmcOf = (target: string): Bmc => {
    const bmc = bmcs.get(target);
    if (bmc === undefined)
      throw new FleetError(
        'UNKNOWN_TARGET',
        `this fleet has no target ${target}; it has ${targets[0]?.id ?? ''} and the ${count - 1} after it`,
      );
    return bmc;
  };
  return {
    targets,
    target(target) {
      bmcOf(target);
      const [found] = targets.filter((candidate) => candidate.id === target);
      if (found === undefined) throw new FleetError('UNKNOWN_TARGET', `this fleet has no target ${target}`);
      return found;
    },
    wire,
    truth: () => ({
      seed,
      targets: targets.map(
        ({
          id: target,
          class: kind,
          userName,
          password,
          tree,
          allow,
          planted,
          standing,
          traces,
          freeze,
          rotate,
          attempts,
          works,
          logins,
          keptOut,
          overlaid,
        }) => {
          const fault = faults.get(target);
          const broken = fault === undefined ? null : { name: fault, expect: FAULTS[fault].expect };
          const told = freeze();
          const rotates = rotate();
          const tried = attempts();
          return {
            ...{ id: target, class: kind, tree, allow, planted, standing, traces, fault: broken, overlaid: overlaid() },
            logins: logins().filter(({ failures }) => failures > 0),
            keptOut: keptOut(),
            ...(told === null ? {} : { freeze: told }),
            ...(rotates === null ? {} : { rotate: rotates }),
            oldWorks: works(userName, password),
            ...(tried === null ? {} : { attempts: tried }),
          };
        },
      ),
    }),
    tokens: () => drafts.flatMap(({ state }) => state.sessions.issued),
    passwords: () => drafts.flatMap(({ state }) => state.accounts.passwords()),
    async fault(target, name) {
      const left = await bmcOf(target).fault(name);
      targets.find((candidate) => candidate.id === target)?.planted.push(...left);
      // Mended, it stays judged by how it began.
      if (name !== null) judges.get(target)?.(name);
      if (name === null) faults.delete(target);
      else faults.set(target, name);
    },
    async mend() {
      for (const target of faults.keys()) await bmcOf(target).fault(null);
      return faults.size;
    },
    hold: (target, request, at) => bmcOf(target).hold(request, at),
    close: async () => {
      for (const attacker of attackers) attacker.close();
      await Promise.all([...bmcs.values()].map((bmc) => bmc.close()));
      await wire.close();
    },
  };
}
