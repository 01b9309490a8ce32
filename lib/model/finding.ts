import type { Indicator } from './hunt.js';
import type { Digest, Id } from './json.js';

/** What a planner can find; closed, so that reports, drills and hunts count the same things. */
export const FINDINGS = {
  UNKNOWN_ACCOUNT: { severity: 'high', control: 'P0-personal-accounts' },
  ROLE_RAISED: { severity: 'critical', control: 'P0-rbac' },
  FOREIGN_SESSION: { severity: 'high', control: 'P0-jump-host' },
  UNKNOWN_SUBSCRIPTION: { severity: 'high', control: 'P0-centralized-logs' },
  UNKNOWN_KEY: { severity: 'critical', control: 'P0-personal-accounts' },
  CUSTOM_ROLE: { severity: 'medium', control: 'P0-rbac' },
  // Ways in, and ways out, that are called no account. Unlisted is not hostile.
  ROLE_PRIVILEGES: { severity: 'high', control: 'P0-rbac' },
  CERTIFICATE_MAPPED: { severity: 'critical', control: 'P0-personal-accounts' },
  UNKNOWN_TRUST_ANCHOR: { severity: 'high', control: 'P0-tls' },
  UNKNOWN_DIRECTORY: { severity: 'critical', control: 'P1-external-authentication' },
  UNKNOWN_ROLE_MAP: { severity: 'high', control: 'P1-external-authentication' },
  SUBSCRIPTION_HEADERS: { severity: 'low', control: 'P0-centralized-logs' },
  UNKNOWN_DESTINATION: { severity: 'medium', control: 'P0-centralized-logs' },
  SNMP_COMMUNITY: { severity: 'medium', control: 'P0-services' },
  UNKNOWN_SNMP_USER: { severity: 'medium', control: 'P0-personal-accounts' },
  HOST_BOOTSTRAP: { severity: 'medium', control: 'P0-services' },
  UNKNOWN_FEDERATION: { severity: 'high', control: 'P0-rbac' },
  UNKNOWN_APP_ACCOUNT: { severity: 'high', control: 'P0-personal-accounts' },
  DYNAMIC_EXTENSION: { severity: 'high', control: 'P1-firmware-process' },
  MEDIA_MOUNTED: { severity: 'high', control: 'P0-services' },
  CONSOLE_SESSION: { severity: 'high', control: 'P0-jump-host' },
  SESSIONS_NOT_LISTED: { severity: 'info', control: 'P0-services' },
  LOOKALIKE: { severity: 'info', control: 'P0-personal-accounts' },
  ACCESS_UNREADABLE: { severity: 'medium', control: 'P0-personal-accounts' },
  ALLOWED_ACCOUNT_MISSING: { severity: 'low', control: 'P0-personal-accounts' },
  DUMP_UNAVAILABLE: { severity: 'low', control: 'P1-log-review' },
  PASSWORD_CHANGE_DEMANDED: { severity: 'high', control: 'P1-rotation' },
  SHARED_SECRET: { severity: 'high', control: 'P1-rotation' },
  LAST_ADMINISTRATOR: { severity: 'high', control: 'P0-personal-accounts' },
  // What a freeze meets and leaves: what waits to happen, what stays open and who stays in.
  PENDING_JOB: { severity: 'high', control: 'P1-firmware-process' },
  STAGED_SETTINGS: { severity: 'high', control: 'P1-drift' },
  FREEZE_EXCEPTION: { severity: 'low', control: 'P0-personal-accounts' },
  SERVICE_STAYS_ON: { severity: 'medium', control: 'P0-services' },
  HOST_DOOR_OPEN: { severity: 'medium', control: 'P0-services' },
  ACCESS_LIST_LEFT_OUT: { severity: 'low', control: 'P0-jump-host' },
  ACCESS_LIST_FOREIGN: { severity: 'high', control: 'P0-jump-host' },
  NO_LOCKDOWN: { severity: 'medium', control: 'P1-drift' },
  DEPENDENCY_CUT_OFF: { severity: 'medium', control: 'P0-oob-isolation' },
  NO_OWN_ACCOUNT: { severity: 'medium', control: 'P0-personal-accounts' },
  OWN_NAME_TAKEN: { severity: 'high', control: 'P0-personal-accounts' },
  NO_LOCAL_RESPONDER: { severity: 'high', control: 'P0-oob-isolation' },
  FREEZE_INCOMPLETE: { severity: 'high', control: 'P1-drift' },
  FREEZE_DRIFT: { severity: 'critical', control: 'P1-drift' },
  // What logs show: leads, since unlisted is not hostile and factories clear logs as well.
  LOG_HOLE: { severity: 'high', control: 'P0-centralized-logs' },
  LOG_CLEARED: { severity: 'high', control: 'P0-centralized-logs' },
  LOG_START_MISSING: { severity: 'low', control: 'P0-centralized-logs' },
  LOG_FULL: { severity: 'high', control: 'P0-centralized-logs' },
  LOG_WRAPPED: { severity: 'low', control: 'P0-centralized-logs' },
  LOG_UNREADABLE: { severity: 'low', control: 'P1-log-review' },
  LOG_CLOCK_OFFSET: { severity: 'medium', control: 'P1-log-review' },
  LOG_FROM_FUTURE: { severity: 'medium', control: 'P1-log-review' },
  LOG_UNKNOWN_ADDRESS: { severity: 'medium', control: 'P0-jump-host' },
  LOG_UNKNOWN_ACCOUNT: { severity: 'medium', control: 'P0-personal-accounts' },
  LOG_PASSWORD_GUESSED: { severity: 'high', control: 'P0-personal-accounts' },
  LOG_ACCOUNT_CHANGED: { severity: 'high', control: 'P0-personal-accounts' },
  LOG_FIRMWARE_CHANGED: { severity: 'low', control: 'P1-firmware-process' },
  LOG_CHASSIS_OPENED: { severity: 'medium', control: 'P2-physical' },
  BREAK_GLASS_USED: { severity: 'high', control: 'P1-external-authentication' },
  NO_BREAK_GLASS: { severity: 'low', control: 'P1-external-authentication' },
  BREAK_GLASS_UNFIT: { severity: 'high', control: 'P1-external-authentication' },
  // What was found elsewhere and is sought here.
  HUNT_HIT: { severity: 'high', control: 'P1-log-review' },
  // What belongs to a person who leaves, what of it stays, and what they know.
  LEAVER_DOOR: { severity: 'high', control: 'P0-personal-accounts' },
  LEAVER_LEFT: { severity: 'high', control: 'P0-personal-accounts' },
  ROTATE_NEEDED: { severity: 'high', control: 'P1-rotation' },
  VENDOR_UNKNOWN: { severity: 'low', control: 'P1-profiles' },
  IPMI_ANONYMOUS_USER: { severity: 'high', control: 'P0-personal-accounts' },
  IPMI_CIPHER_ZERO: { severity: 'critical', control: 'P0-services' },
  IPMI_15_ENABLED: { severity: 'high', control: 'P0-services' },
  IPMI_RAKP_HASH: { severity: 'high', control: 'P0-oob-isolation' },
  IPMI_NO_KG: { severity: 'low', control: 'P0-services' },
  IPMI_DEFAULT_COMMUNITY: { severity: 'medium', control: 'P0-services' },
  DEPENDENCY_UNANSWERED: { severity: 'medium', control: 'P0-oob-isolation' },
  PATH_OPEN: { severity: 'critical', control: 'P0-oob-isolation' },
  PATH_UNKNOWN: { severity: 'medium', control: 'P0-oob-isolation' },
  UNDO_FAILED: { severity: 'high', control: 'P0-oob-isolation' },
  CONTAINMENT_CHANGED: { severity: 'critical', control: 'P0-oob-isolation' },
  // Of the secrets of a target.
  BURNED_SECRET: { severity: 'critical', control: 'P1-rotation' },
  SECRET_STAYS: { severity: 'high', control: 'P1-rotation' },
  INSTALL_LATER: { severity: 'medium', control: 'P1-rotation' },
  TOKENS_UNTRIED: { severity: 'medium', control: 'P1-rotation' },
  // What a BMC shows to whoever connects.
  CERTIFICATE_WEAK: { severity: 'high', control: 'P0-tls' },
  CERTIFICATE_EXPIRED: { severity: 'medium', control: 'P0-tls' },
  CERTIFICATE_FOREIGN: { severity: 'medium', control: 'P0-tls' },
  CERTIFICATE_NAME: { severity: 'low', control: 'P0-tls' },
  PIN_STALE: { severity: 'info', control: 'P0-tls' },
  TLS_VERSION_OLD: { severity: 'medium', control: 'P0-tls' },
} as const satisfies Record<string, { severity: Severity; control: ControlId }>;

/** Ordered: later is graver. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export type FindingCode = keyof typeof FINDINGS;

/** The seed's P0 and P1 measures and its hardening checklist, as far as a finding names them today. */
export const CONTROLS = {
  'P0-oob-isolation': 'Isolate the management network (OOB separate from production)',
  'P0-jump-host': 'Restrict access with ACLs/Firewall and allow entry only through a jump host',
  'P0-personal-accounts': 'Remove/disable default and shared accounts; enable personal accounts',
  'P0-rbac': 'Enable RBAC and only the minimum required roles',
  'P0-centralized-logs': 'Set up centralized log collection and baseline security alerts',
  'P0-firmware': 'Update critical firmware according to policy and document versions (baseline)',
  'P0-services': 'Disable unnecessary services and legacy interfaces unless required',
  'P0-tls': 'Replace default TLS certificates and end the practice of "ignoring warnings"',
  'P1-external-authentication': 'Integrate authentication with corporate systems, while preserving a break-glass scenario',
  'P1-rotation': 'Introduce regular secret rotation and access lifecycle control',
  'P1-firmware-process': 'Formalize the firmware update process: test environment, windows, rollbacks, signature/source validation',
  'P1-drift': 'Configuration drift control (comparison with baseline, automated checks)',
  'P1-log-review': 'Regular log reviews and SIEM correlation for BMC events',
  'P1-profiles': 'Standardize configuration profiles for different server classes',
  'P2-physical': 'Physical access procedures: port controls, seals, data center procedures',
} as const;
export type ControlId = keyof typeof CONTROLS;

export interface Finding {
  readonly code: FindingCode;
  readonly target: Id<'target'>;
  readonly uri: string;
  readonly severity: Severity;
  readonly control: ControlId;
  /** Digest of the capture that shows it. */
  readonly evidence: Digest<'capture'>;
  /** One line: what was found and what to do. Text from the BMC is quoted and stripped. */
  readonly advice: string;
  /** What of it can be looked for on other BMCs; of a hunt's hit what was looked for. */
  readonly indicator?: Indicator;
}
