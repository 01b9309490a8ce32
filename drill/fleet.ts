import { randomBytes } from 'node:crypto';
import { digest, id, type Digest, type Id } from '../lib/model/json.js';
import type { Allowed } from '../lib/model/site.js';
import { loopbackAddresses } from './addresses.js';
import { Bmc } from './bmc.js';
import { selfSigned } from './certificate.js';
import { plant, spread } from './compromise.js';
import { FleetError } from './errors.js';
import type { FaultName } from './faults.js';
import type { Hold, HoldAt } from './hold.js';
import { at, memberUris, textAt } from './json.js';
import { isProfile, PROFILES, type ProfileName } from './profiles/profiles.js';
import { seeded } from './random.js';
import { Service } from './service.js';
import { loadTree, type Tree } from './tree.js';
import type { GroundTruth, Planted } from './truth.js';
import { vendorOf } from './vendor.js';
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
  /** Instead of the BMC's own session timeout. */
  readonly idleMs?: number;
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
  /** URIs whose answers do not come from the tree or profile alone, so far. */
  overlaid(): string[];
}

export interface Fleet {
  readonly targets: readonly FleetTarget[];
  readonly wire: WireLog;
  truth(): GroundTruth;
  /** What is wrong with a target from now on; null mends it. */
  fault(target: string, name: FaultName | null): Promise<void>;
  /** Stops the next matching request at a point; without `uri`, the next with that method. */
  hold(target: string, request: { method: string; uri?: string }, at: HoldAt): Hold;
  close(): Promise<void>;
}

const IN_TURN = ['dell', 'hpe', 'openbmc'] as const;

/** Starts a fleet of emulated BMCs in this process, each on its own address, and plants an attacker's traces in it. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const seed = options.seed ?? 1;
  const trees = (options.trees ?? []).map((dir) => loadTree(dir));
  const count = options.targets ?? (trees.length || IN_TURN.length);
  if (count < 1 || count > 5000) throw new FleetError('BAD_OPTION', `a fleet has 1 to 5000 targets, not ${count}`);
  const wire = new WireLog(options.wireLog ?? null);
  const drafts = Array.from({ length: count }, (_, n) => draftOf(n, seed, trees[n % (trees.length || 1)] ?? null, options));
  const kinds = spread(drafts.map(hasKeys), seeded(seed, 'spread'));
  const placing = await loopbackAddresses();
  const bmcs = new Map<string, Bmc>();
  const targets = await Promise.all(
    drafts.map(async (draft, n) => {
      const random = seeded(seed, 'compromise', n);
      const left =
        options.compromise === false ? { planted: [], allow: draft.allow } : plant(draft.service, kinds[n] ?? [], draft.allow, random);
      const host = placing(n);
      const certificate = selfSigned(`bmc-${n + 1}`, host);
      const targetId = id<'target'>(`bmc-${String(n + 1).padStart(4, '0')}`);
      const { latencyMs = 0, slowMs = 2000 } = options;
      const bmc = new Bmc({ id: targetId, service: draft.service, certificate, wire, latencyMs, slowMs });
      bmcs.set(targetId, bmc);
      return {
        id: targetId,
        address: await bmc.listen(host),
        pin: digest<'spki'>(certificate.pin),
        ...identityOf(draft.service),
        userName: draft.userName,
        password: draft.password,
        class: draft.service.vendor.class,
        host: `node-${String(n + 1).padStart(4, '0')}`,
        tree: draft.tree,
        allow: left.allow,
        planted: [...draft.captured, ...left.planted],
        overlaid: () => draft.service.resources.overlaid(),
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
    wire,
    truth: () => ({
      seed,
      targets: targets.map((t) => ({ id: t.id, class: t.class, tree: t.tree, allow: t.allow, planted: t.planted, overlaid: t.overlaid() })),
    }),
    fault: (target, name) => bmcOf(target).fault(name),
    hold: (target, request, at) => bmcOf(target).hold(request, at),
    close: async () => {
      await Promise.all([...bmcs.values()].map((bmc) => bmc.close()));
      await wire.close();
    },
  };
}

/** A BMC with its people, before anyone attacked it. */
interface Draft {
  readonly service: Service;
  readonly userName: string;
  readonly password: string;
  readonly allow: Allowed;
  /** Sessions that a captured tree brings along. */
  readonly captured: readonly Planted[];
  readonly tree: string | null;
}

function draftOf(n: number, seed: number, tree: Tree | null, options: FleetOptions): Draft {
  // 20 characters: the most that an OpenBMC takes.
  const password = randomBytes(15).toString('base64url');
  const idleMs = options.idleMs ?? null;
  return tree === null ? fromProfile(n, seed, options.profile ?? null, password, idleMs) : fromTree(tree, password, idleMs);
}

function fromProfile(n: number, seed: number, profile: ProfileName | null, password: string, idleMs: number | null): Draft {
  const name = profile ?? IN_TURN[n % IN_TURN.length] ?? 'dell';
  if (!isProfile(name))
    throw new FleetError('BAD_OPTION', `there is no profile ${String(name)}; there are ${Object.keys(PROFILES).join(', ')}`);
  const { vendor, shelf, logs, responder, allow } = PROFILES[name](seeded(seed, name, n));
  const service = new Service({ vendor, content: shelf, logs, idleMs });
  for (const session of allow.sessions.filter((allowed) => allowed.userName !== responder))
    service.sessions.plant(session.userName, session.address);
  return { service, ...login(service, responder, password), allow, captured: [], tree: null };
}

/**
 * A tree's own first usable administrator is ours to log in with: a new account would change resources that nobody planted.
 * The tree's accounts, subscriptions and keys are legitimate; its sessions are not.
 */
function fromTree(tree: Tree, password: string, idleMs: number | null): Draft {
  const service = new Service({ vendor: vendorOf(tree.serviceRoot), content: tree, logs: [], idleMs });
  const people = service.accounts.all().filter((account) => account.userName !== '');
  const usable = people.filter((account) => account.enabled && account.roleId === 'Administrator');
  const administrator = usable.find((account) => ['root', 'Administrator'].includes(account.userName)) ?? usable[0];
  if (administrator === undefined)
    throw new FleetError('TREE_UNREADABLE', `${tree.dir} has no enabled Administrator account to log in with`);
  const captured = service.sessions
    .all()
    .map(({ uri, userName }) => ({ kind: 'captured-session', uri, finding: 'FOREIGN_SESSION', userName }) as const);
  const subscriptions = memberUris(service.resources.json('/redfish/v1/EventService/Subscriptions')).map((uri) =>
    textAt(service.resources.json(uri) ?? undefined, 'Destination'),
  );
  return {
    service,
    ...login(service, administrator.userName, password),
    allow: {
      accounts: people.map(({ userName, roleId }) => ({ userName, roleId, usedBy: 'captured with the tree' })),
      sessions: [{ userName: administrator.userName, address: '127.0.0.1' }],
      subscriptions,
      keys: service.keyDigests(),
    },
    captured,
    tree: tree.dir,
  };
}

function login(service: Service, userName: string, password: string): { userName: string; password: string } {
  const account = service.accounts.byName(userName);
  if (account !== null) service.accounts.setPassword(account, password);
  return { userName, password };
}

function hasKeys({ service }: Draft): boolean {
  return service.accounts.all().some((account) => service.hasKeys(account));
}

/** Serial number and service UUID, as a client reads them. */
function identityOf({ resources }: Service): { serial: string; uuid: string } {
  const members = (service: string) => memberUris(resources.json(`/redfish/v1/${service}`)).map((uri) => resources.json(uri) ?? {});
  const serials = members('Systems').map((system) => textAt(system, 'SerialNumber'));
  const managers = members('Managers').map((manager) => textAt(manager, 'ServiceEntryPointUUID') || textAt(manager, 'UUID'));
  const root = at(resources.json('/redfish/v1') ?? undefined, 'UUID');
  return {
    serial: serials.find((serial) => serial !== '') ?? '',
    uuid: typeof root === 'string' ? root : (managers.find((uuid) => uuid !== '') ?? ''),
  };
}
