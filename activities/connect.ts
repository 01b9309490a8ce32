import type { Series } from '../lib/evidence/types.js';
import { openIpmi, type IpmiConnection } from '../lib/ipmi/connection.js';
import { logIn } from '../lib/login/login.js';
import { ownLogin, ownReference } from '../lib/login/own-login.js';
import { ownPin } from '../lib/login/own-pin.js';
import { withWayBack } from '../lib/login/way-back.js';
import type { Id } from '../lib/model/json.js';
import type { IpmiTarget, RedfishTarget, Target } from '../lib/model/site.js';
import type { Connection, Login } from '../lib/redfish/types.js';
import type { LoadedSite } from '../lib/site/load.js';
import { openBurned, type Burned } from '../lib/store/burned.js';
import { rememberSession } from '../lib/store/own-session.js';
import { final } from './failures.js';
import { decisionsOf } from './target.js';
import type { Zone } from './zone.js';

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

export async function connectOverIpmi(zone: Zone, target: IpmiTarget, signal: AbortSignal): Promise<IpmiConnection> {
  return openIpmi({ address: target.address, credential: await ownLoginOf(zone, target), signal });
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

export function burnedOf(zone: Zone, incident: Id<'incident'>, target: RedfishTarget): Burned {
  return openBurned(zone.layout.incident(incident).target(target.id).burned);
}
