/**
 * What vendors call things, as far as it decides what is read first and what an operation may destroy. Names of path segments in lower
 * case; only facts here, no code. Seen in the captures and vendor documents that facts/bmc.md B.2 lists.
 */

/** Logs that a reset of the BMC loses, or that are so small that our own logins push records out. */
export const VOLATILE_LOGS: ReadonlySet<string> = new Set([
  // HPE iLO: Systems/1/LogServices/Event, 256 records, lost when iLO resets.
  'event',
  // OpenBMC: the journal of the running BMC, kept in memory.
  'journal',
  // Supermicro: Managers/1/LogServices/Log1, the maintenance log, 512 records; each login writes one.
  'log1',
]);

/** Logs that say who did what to the BMC, most telling first; triage reads these before all others. */
export const AUDIT_LOGS: readonly string[] = [
  ...VOLATILE_LOGS,
  // Lenovo and AMI.
  'auditlog',
  // HPE: iLO event log, security log.
  'iel',
  'sl',
  // Dell: lifecycle log.
  'lclog',
  // OpenBMC, AMI.
  'eventlog',
];

/** Log services that hold dumps, tokens and traces of faults rather than a log: triage leaves them to the full capture. */
export const NO_LOGS: ReadonlySet<string> = new Set(['dump', 'fdr', 'faultlog', 'debugtokenservice', 'diagnosticlog', 'postcodes']);

/** Folders of schemas and registries, which describe the BMC's language and never its state. */
export const DOCUMENTS: ReadonlySet<string> = new Set([
  '$metadata',
  'odata',
  'jsonschemas',
  'registries',
  // Dell.
  'schemas',
  // HPE.
  'schemastore',
  'registrystore',
]);

/** Where a session says from which address it was opened, as paths of properties. Supermicro and Lenovo say it nowhere. */
export const SESSION_ADDRESSES: readonly (readonly string[])[] = [
  ['ClientOriginIPAddress'],
  // HPE iLO 5 and 6.
  ['Oem', 'Hpe', 'UserIP'],
];
