import type { LogFacts } from './vendor.js';
import { VENDORS } from './vendors.js';

/**
 * What holds whatever a BMC says of its maker: what one vendor's log loses is taken for lost at all, since the names are few and a lie must not
 * cost evidence. Names of path segments in lower case.
 */

const LOGS: readonly LogFacts[] = VENDORS.flatMap(({ logs }) => logs);

/** Logs that a reset of the BMC loses, or that are so small that our own logins push records out. */
export const VOLATILE_LOGS: ReadonlySet<string> = new Set(LOGS.filter(({ volatile }) => volatile).map(({ name }) => name));

/** Logs that say who did what to the BMC, most telling first; triage reads these before all others. */
export const AUDIT_LOGS: readonly string[] = [
  ...new Set([...VOLATILE_LOGS, ...LOGS.filter(({ role }) => role === 'audit').map(({ name }) => name)]),
];

/** Log services that hold dumps, tokens and traces of faults rather than a log, at every vendor that has one of that name. */
export const NO_LOGS: ReadonlySet<string> = new Set(
  LOGS.map(({ name }) => name).filter((name) => LOGS.every((log) => log.name !== name || log.role === 'none')),
);

/** Folders of schemas and registries, which describe the BMC's language and never its state. */
export const DOCUMENTS: ReadonlySet<string> = new Set(VENDORS.flatMap(({ documents }) => documents));

/** Where a session says from which address it was opened, as paths of properties. Supermicro and Lenovo say it nowhere. */
export const SESSION_ADDRESSES: readonly (readonly string[])[] = distinct(VENDORS.flatMap(({ sessions }) => sessions.addressPaths));

function distinct(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [path.join('/'), path])).values()];
}
