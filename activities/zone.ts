import { openSeries } from '../lib/evidence/series.js';
import type { Series, SeriesOptions } from '../lib/evidence/types.js';
import type { AskVantage } from '../lib/isolation/probe.js';
import { openIpmi, type IpmiConnection } from '../lib/ipmi/connection.js';
import { decisionsAbout, type Decisions } from '../lib/login/decisions.js';
import { logIn } from '../lib/login/login.js';
import { id, type Digest, type Id } from '../lib/model/json.js';
import type { IpmiTarget, RedfishTarget, Target } from '../lib/model/site.js';
import type { Case, TargetInput } from '../lib/model/work.js';
import type { Connection, Login } from '../lib/redfish/types.js';
import type { Config } from '../lib/site/config.js';
import { onRecord } from '../lib/steps/own-session.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { ownLogin, ownReference } from '../lib/login/own-login.js';
import { ownPin } from '../lib/login/own-pin.js';
import { withWayBack } from '../lib/login/way-back.js';
import { openCredentials, type Credentials } from '../lib/store/credentials.js';
import { openPins, type Pins } from '../lib/store/pins.js';
import { openLeases, type Leases } from '../lib/store/leases.js';
import { openBurned, type Burned } from '../lib/store/burned.js';
import { zoneLayout, type ZoneLayout } from '../lib/store/layout.js';
import { openObjects, type Objects } from '../lib/store/objects.js';
import { rememberSession } from '../lib/store/own-session.js';
import { openStatements } from '../lib/store/statements.js';
import { openTargetLocks, type TargetLocks } from '../lib/store/target-lock.js';
import type { Stores } from '../lib/vault/stores.js';
import { final } from './failures.js';
import { isLockedOut, lockedOut, witnessOnce } from './locked-out.js';

/** What the activities of one zone stand on; made once per worker by the composition root. */
export interface Zone {
  readonly id: Id<'zone'>;
  /** The site directory that new incidents snapshot; running ones have their own copy. */
  readonly siteDir: string;
  readonly config: Config;
  readonly layout: ZoneLayout;
  readonly objects: Objects;
  readonly locks: TargetLocks;
  readonly leases: Leases;
  readonly credentials: Credentials;
  readonly pins: Pins;
  readonly secrets: Stores;
  readonly collector: { readonly privateKey: string; readonly fingerprint: string };
  readonly actor: string;
  readonly host: string;
  /** Asks the worker at a vantage point of this zone, over the engine. */
  readonly askVantage: AskVantage;
  /** The site as it was when the incident opened. */
  snapshot(incident: Id<'incident'>): Promise<LoadedSite>;
}

export function openZone(
  options: Omit<Zone, 'layout' | 'objects' | 'locks' | 'leases' | 'credentials' | 'pins' | 'actor' | 'snapshot'> & {
    readonly state: string;
  },
): Zone {
  const { state, ...rest } = options;
  const layout = zoneLayout(state, options.id);
  const snapshots = new Map<string, Promise<LoadedSite>>();
  return {
    ...rest,
    layout,
    objects: openObjects(layout.objects),
    locks: openTargetLocks(layout.locks),
    leases: openLeases(layout.leases),
    credentials: openCredentials(layout.credentials),
    pins: openPins(layout.pins),
    actor: `worker:${options.id}`,
    snapshot(incident) {
      const known = snapshots.get(incident) ?? loadSite(layout.incident(incident).site);
      snapshots.set(incident, known);
      known.catch(() => snapshots.delete(incident));
      return known;
    },
  };
}

/** A target as it is in force in an incident: as the inventory has it, with the key that a person vouched for since, or that a renewal has proven. */
export async function targetOf(zone: Zone, incident: Id<'incident'>, target: Id<'target'>): Promise<Target> {
  const { inventory } = await zone.snapshot(incident);
  const found = inventory.targets.find((candidate) => candidate.id === target && candidate.zone === zone.id);
  if (found === undefined)
    throw final('UNKNOWN_TARGET', `${target} is not a target of zone ${zone.id} in this incident's snapshot of the site`);
  if (found.protocol === 'ipmi') return found;
  const trusted = await decisionsOf(zone, incident, target).trusted();
  const said = trusted === null ? found : trustedTarget(found, trusted.pin);
  return { ...said, pin: ownPin(said.pin, await zone.pins.read(target)).pin };
}

/** What this zone's own store says that people decided about the keys and secrets of a target. */
export function decisionsOf(zone: Zone, incident: Id<'incident'>, target: Id<'target'>): Decisions {
  return decisionsAbout(target, {
    incident,
    statements: openStatements(zone.layout.incident(incident).statements),
    keyring: async () => checkTrustRoot(await zone.snapshot(incident), zone.config.trustRoot),
  });
}

/** How long one piece of work may hold a target before others call it stuck, and how long they wait for it. */
const HOLD_MS = 15 * 60_000;
const WAIT_MS = 2 * 60_000;

export type Held = RedfishHeld | IpmiHeld;

export interface RedfishHeld extends AnyHeld {
  readonly protocol: 'redfish';
  readonly target: RedfishTarget;
  /** Opens the conversation with the BMC; it is closed when the work ends, at the latest. */
  readonly connect: (mode: 'read-only' | 'read-write') => Promise<Connection>;
}

interface IpmiHeld extends AnyHeld {
  readonly protocol: 'ipmi';
  readonly target: IpmiTarget;
  /** As for Redfish; what it opens can only read. */
  readonly connect: () => Promise<IpmiConnection>;
}

interface AnyHeld {
  readonly series: Series;
  readonly signal: AbortSignal;
  /** Ends what `connect` opened, so that a seal holds the end too. */
  readonly disconnect: () => Promise<void>;
  /** When a secret of the target is burned, captures once what needs no login. */
  readonly witness: () => Promise<unknown>;
}

/** Does one piece of work under the target's lock, with its evidence series open. */
export async function withTarget<T>(
  zone: Zone,
  input: TargetInput,
  work: string,
  signal: AbortSignal,
  act: (held: Held) => Promise<T>,
): Promise<T> {
  const target = await targetOf(zone, input.case.incident, input.target);
  return zone.locks.hold(
    { target: target.id, work: `${input.case.incident} ${work}`, limitMs: HOLD_MS, waitMs: WAIT_MS, signal },
    async (held) => {
      const series = await openSeries(seriesOptions(zone, input.case, id(target.id)));
      const { incident } = input.case;
      const open: Pick<Connection, 'close'>[] = [];
      const closing = async <C extends Pick<Connection, 'close'>>(opening: Promise<C>): Promise<C> => {
        const connection = await opening;
        open.push(connection);
        return connection;
      };
      const disconnect = async (): Promise<void> => {
        for (const connection of open) await connection.close();
      };
      const shared = { series, signal: held, disconnect };
      if (target.protocol === 'ipmi') {
        const connect = (): Promise<IpmiConnection> => closing(connectOverIpmi(zone, target, held));
        // Nobody vouches for a key over IPMI, and nothing is to be seen there without a login.
        const witness = (): Promise<void> => Promise.resolve();
        return act({ ...shared, protocol: 'ipmi', target, connect, witness }).finally(async () => {
          await disconnect();
          await series.close();
        });
      }
      const look = { target, series, burned: burnedOf(zone, incident, target), signal: held };
      const connect = (mode: 'read-only' | 'read-write'): Promise<Connection> =>
        closing(onRecord(series, () => connectTo(zone, incident, target, series, mode, held)));
      try {
        return await act({ ...shared, protocol: 'redfish', target, connect, witness: () => witnessOnce(look) }).finally(disconnect);
      } catch (error) {
        if (!isLockedOut(error)) throw error;
        throw await lockedOut(error, look);
      } finally {
        await series.close();
      }
    },
  );
}

/** Does one piece of work on the case's own series. */
export async function withCase<T>(
  zone: Zone,
  known: Case,
  work: string,
  signal: AbortSignal,
  act: (series: Series) => Promise<T>,
): Promise<T> {
  const layout = zone.layout.incident(known.incident);
  const locks = openTargetLocks(`${layout.root}/locks`);
  // Every event of the case takes this lock for a moment; unlike a target's work none of them replaces another.
  const unique = `${work} ${String(++events)}`;
  return locks.hold({ target: id('case'), work: unique, limitMs: HOLD_MS, waitMs: WAIT_MS, signal }, async () => {
    const series = await openSeries(seriesOptions(zone, known, id('case')));
    try {
      return await act(series);
    } finally {
      await series.close();
    }
  });
}
let events = 0;

/**
 * Opens a conversation within an incident over Redfish; the only way by which a secret leaves this process for such a BMC. The executor's is the only
 * one that may change anything; over IPMI it has its own. `tried`: this credential instead of ours, to see whether the BMC takes it. `beside`: while
 * another session of ours is open, which would pass for one that a crash left behind, and be ended.
 */
export async function connectTo(
  zone: Zone,
  incident: Id<'incident'>,
  target: Target,
  series: Series,
  mode: 'read-only' | 'read-write',
  signal: AbortSignal,
  tried: Login | null = null,
  place: 'alone' | 'beside' = 'alone',
): Promise<Connection> {
  if (target.protocol === 'ipmi') throw final('NO_CHANGES_OVER_IPMI', `${target.id} speaks IPMI: nothing is changed there but passwords`);
  const credentials = { credentials: zone.credentials, vaultOf: (reference: string) => zone.secrets.vaultOf(reference) };
  return logIn({
    // What is burned is what was sent, and that need not be what the inventory names.
    target: { ...target, secret: tried === null ? await ownReference(target, credentials) : target.secret },
    orPin: ownPin(target.pin, await zone.pins.read(target.id)).orPin,
    ca: authorityOf(target, await zone.snapshot(incident)),
    secret: () => (tried === null ? ownLoginOf(zone, target) : Promise.resolve(tried)),
    tries: tried !== null,
    burned: withWayBack(zone.credentials, target.id, burnedOf(zone, incident, target)),
    decisions: decisionsOf(zone, incident, target.id),
    record: (type, data) => series.record(type, data),
    mode,
    signal,
    ...(await rememberSession(zone.layout.incident(incident), target.id, place)),
  });
}

/** What we log in to a target with now; while a rotation is under way, nothing. */
export function ownLoginOf(zone: Zone, target: Target): Promise<Login> {
  return ownLogin(target, { credentials: zone.credentials, vaultOf: (reference) => zone.secrets.vaultOf(reference) });
}

/** The PEM of the authority that a target names; the site was loaded, so it is there. */
export function authorityOf(target: RedfishTarget, site: LoadedSite): string | null {
  const name = target.tls?.ca ?? null;
  return name === null ? null : (site.authorities[name] ?? null);
}

function burnedOf(zone: Zone, incident: Id<'incident'>, target: RedfishTarget): Burned {
  return openBurned(zone.layout.incident(incident).target(target.id).burned);
}

/** A person vouched for this very key: it replaces the pin, and the authority, under which the new certificate need not hold, is not asked. */
function trustedTarget(target: RedfishTarget, pin: Digest<'spki'>): RedfishTarget {
  return target.tls === undefined ? { ...target, pin } : { ...target, pin, tls: { ...target.tls, ca: null } };
}

export async function connectOverIpmi(zone: Zone, target: IpmiTarget, signal: AbortSignal): Promise<IpmiConnection> {
  return openIpmi({ address: target.address, credential: await ownLoginOf(zone, target), signal });
}

/** Where a series of an incident lies, and who writes it. */
export function seriesOptions(zone: Zone, known: Case, series: Id<'series'>): SeriesOptions {
  return {
    root: zone.layout.incident(known.incident).evidence,
    incident: known.incident,
    series,
    launch: known.launch,
    drill: zone.config.drill,
    actor: zone.actor,
    host: zone.host,
    collector: zone.collector,
  };
}
