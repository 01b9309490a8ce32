import type { EvidenceClass } from '../model/effect.js';

/** Channels that IPMI leaves to the maker (IPMI 2.0, table 6-1); LAN is 1 on most BMCs, 2 on iLO, 8 where a second port is shared with the host. */
export const CHANNELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * The only commands that ipmitool is ever given, with the evidence class of what they show. Each was run against ipmi_sim with its messages
 * logged, and sent nothing but Get requests and Reserve SEL; a test repeats that. What is missing is missing for a reason: `sdr list`,
 * `sensor list`, `fru print` and `sel elist` of ipmitool 1.8.19 send Clear SDR Repository when the repository is empty or cannot be read.
 */
const OF_BMC = {
  'mc guid': null,
  'mc info': 'configuration',
  'session info all': 'sessions',
  'sel info': 'logs',
  'sel list': 'logs',
  'sel time get': 'logs',
  'sel writeraw': 'logs',
  'sdr info': 'configuration',
  'chassis status': 'configuration',
  'fru read 0': 'configuration',
} as const satisfies Readonly<Record<string, EvidenceClass | null>>;

const OF_CHANNEL = {
  'channel info': 'configuration',
  'channel getaccess': 'accounts',
  'channel getciphers ipmi': 'configuration',
  'user list': 'accounts',
  'user summary': 'accounts',
  'lan print': 'configuration',
} as const satisfies Readonly<Record<string, EvidenceClass | null>>;

/** These write what they read into a file that we name, and the file is what counts. */
const INTO_FILE: ReadonlySet<string> = new Set<keyof typeof OF_BMC>(['sel writeraw', 'fru read 0']);

/** A read. The type is the fence: nothing else can be asked for. */
export type Command = { readonly name: keyof typeof OF_BMC } | { readonly name: keyof typeof OF_CHANNEL; readonly channel: Channel };

/** As one line of a script for `ipmitool exec`; `file` gets what commands write that print it nowhere else. */
export function lineOf(command: Command, file: string): string {
  return [...wordsOf(command), ...(writesFile(command) ? [file] : [])].join(' ');
}

export function writesFile({ name }: Command): boolean {
  return INTO_FILE.has(name);
}

/** What the answer is filed under in the evidence, as `ipmi:/channel/getaccess/1`. */
export function uriOf(command: Command): string {
  return `ipmi:/${wordsOf(command).join('/')}`;
}

export function classOf(command: Command): EvidenceClass | null {
  return 'channel' in command ? OF_CHANNEL[command.name] : OF_BMC[command.name];
}

function wordsOf(command: Command): readonly string[] {
  return [...command.name.split(' '), ...('channel' in command ? [String(command.channel)] : [])];
}
