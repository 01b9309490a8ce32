import { openSeries } from '../lib/evidence/series.js';
import type { Series, SeriesOptions } from '../lib/evidence/types.js';
import type { IpmiConnection } from '../lib/ipmi/connection.js';
import { id, type Id } from '../lib/model/json.js';
import type { IpmiTarget, RedfishTarget } from '../lib/model/site.js';
import type { Case, TargetInput } from '../lib/model/work.js';
import type { Connection } from '../lib/redfish/types.js';
import { onRecord } from '../lib/steps/own-session.js';
import { openTargetLocks } from '../lib/store/target-lock.js';
import { burnedOf, connectOverIpmi, connectTo } from './connect.js';
import { targetOf } from './target.js';
import { isLockedOut, lockedOut, witnessOnce } from './locked-out.js';
import type { Zone } from './zone.js';

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

/** How long one piece of work may hold a target, enforcer or case before others call it stuck, and how long they wait for it. */
export const HOLD_MS = 15 * 60_000;
export const WAIT_MS = 2 * 60_000;

/** Work on a case so far; see {@link withCase}. */
let events = 0;
