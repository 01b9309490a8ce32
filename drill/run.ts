import { closeSync, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { steer } from './commands.js';
import { FleetError } from './errors.js';
import { faultNames, isFault, type FaultName } from './faults/faults.js';
import { startFleet, type Fleet, type FleetOptions, type FleetTarget } from './fleet.js';
import { startIpmiFleet, type IpmiFleetTarget } from './ipmi/fleet.js';
import { isProfile, PROFILES } from './profiles/profiles.js';

const HELP = `node drill/main.js [--targets N] [--tree DIR]... [--profile ${Object.keys(PROFILES).join('|')}] [--seed N]
    [--latency MS] [--slow MS] [--idle MS] [--no-compromise] [--persistence] [--attack] [--fault ID=NAME|NAME|all]... [--wire-log FILE] [--ground-truth FILE] [--secrets FILE] [--canaries FILE]
    [--ipmi N --ipmi-state DIR]

Serves emulated BMCs on loopback addresses until SIGTERM, SIGINT or the end of stdin. Prints one JSON line when all listen; then takes
JSON lines on stdin: {"fault":{"target","name"}}, {"mend":true}, {"hold":{"id","target","method","uri","at"}}, {"release":ID}, {"drop":ID}, {"logins":TARGET}, and answers each.
With --persistence every maker is served in turn, with every way to stay that each can hold.
With --attack whoever planted the traces comes back once a freeze has reached it; what it tried, and whether it was refused, is in the ground truth.
Passwords go to the --secrets file only, at the end all that there ever were, with all session tokens, to the --canaries file, and those of --ipmi targets (real ipmi_sim processes) to their state as well. A fault without a target breaks the next one that is whole; \`all\` serves one small target for each.
Faults: ${faultNames().join(', ')}.
`;

const SMALL = 'small';

interface Invocation {
  readonly options: FleetOptions;
  readonly faults: readonly { readonly target: string; readonly name: FaultName }[];
  readonly groundTruth: string | null;
  readonly secrets: string | null;
  readonly canaries: string | null;
  readonly ipmi: { readonly count: number; readonly folder: string };
}

/** Serves a fleet until `ended` settles or `input` ends; see {@link HELP}. */
export async function runFleet(args: readonly string[], input: Readable, output: Writable, ended: Promise<void>): Promise<void> {
  if (args.includes('--help')) {
    output.write(HELP);
    return;
  }
  const say = (line: unknown): void => void output.write(`${JSON.stringify(line)}\n`);
  const { options, faults, groundTruth, secrets, canaries, ipmi } = invocationOf(args);
  const fleet = await startFleet(options);
  const { seed } = fleet.truth();
  const beside = await startIpmiFleet({ ...ipmi, seed, compromise: options.compromise !== false });
  const truth = (): unknown => ({ ...fleet.truth(), targets: [...fleet.truth().targets, ...beside.targets.map((target) => target.truth)] });
  try {
    for (const { target, name } of faults) await fleet.fault(target, name);
    if (secrets !== null)
      writePrivate(secrets, {
        targets: [...fleet.targets, ...beside.targets].map(({ id, userName, password }) => ({ id, userName, password })),
      });
    if (groundTruth !== null) writePrivate(groundTruth, truth());
    say({ ready: true, seed, targets: fleet.targets.map(shownOf), ipmi: beside.targets.map(ipmiShownOf) });
    await Promise.race([ended, steered(fleet, input, say)]);
    // Once more, with what was overlaid by what happened since.
    if (groundTruth !== null) writePrivate(groundTruth, truth());
    if (canaries !== null)
      writePrivate(canaries, [...fleet.passwords(), ...fleet.tokens(), ...beside.targets.map(({ password }) => password)]);
  } finally {
    await beside.close();
    await fleet.close();
  }
}

/** What an inventory needs of a target, and nothing of what only the drill may know. */
function shownOf({ id, address, pin, serial, uuid, userName, class: profile, host, tree, allow }: FleetTarget): unknown {
  return { id, address, pin, serial, uuid, userName, class: profile, host, tree, allow };
}

function ipmiShownOf({ id, address, guid, userName, class: kind, host, allow }: IpmiFleetTarget): unknown {
  return { id, address, guid, userName, class: kind, host, allow };
}

function steered(fleet: Fleet, input: Readable, say: (line: unknown) => void): Promise<void> {
  const command = steer(fleet, say);
  return new Promise((resolve) => {
    const lines = createInterface({ input });
    lines.on('line', (line) => void command(line));
    lines.on('close', resolve);
  });
}

function invocationOf(args: readonly string[]): Invocation {
  const text = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      targets: text,
      tree: many,
      profile: text,
      seed: text,
      latency: text,
      slow: text,
      idle: text,
      'no-compromise': { type: 'boolean' },
      attack: { type: 'boolean' },
      persistence: { type: 'boolean' },
      fault: many,
      'wire-log': text,
      'ground-truth': text,
      secrets: text,
      canaries: text,
      ipmi: text,
      'ipmi-state': text,
    },
  });
  const { profile, tree, fault = [] } = values;
  if (profile !== undefined && !isProfile(profile))
    throw new FleetError('BAD_OPTION', `--profile is one of ${Object.keys(PROFILES).join(', ')}, not ${profile}`);
  const all = fault.includes('all');
  const numbers = { targets: values.targets, seed: values.seed, latencyMs: values.latency, slowMs: values.slow, idleMs: values.idle };
  return {
    options: {
      ...(all ? { targets: faultNames().length, profile: SMALL, thorough: true } : {}),
      ...Object.fromEntries(
        Object.entries(numbers).flatMap(([name, given]) => (given === undefined ? [] : [[name, wholeNumber(name, given)]])),
      ),
      ...(tree === undefined ? {} : { trees: tree }),
      ...(profile === undefined ? {} : { profile }),
      ...(values['no-compromise'] === true ? { compromise: false } : {}),
      ...(values.persistence === true ? { persistence: true } : {}),
      ...(values.attack === true ? { attack: true } : {}),
      ...(values['wire-log'] === undefined ? {} : { wireLog: values['wire-log'] }),
    },
    faults: faultsOf(all ? faultNames() : fault),
    groundTruth: values['ground-truth'] ?? null,
    secrets: values.secrets ?? null,
    canaries: values.canaries ?? null,
    ipmi: ipmiOf(values.ipmi, values['ipmi-state']),
  };
}

function ipmiOf(given: string | undefined, folder: string | undefined): Invocation['ipmi'] {
  const count = given === undefined ? 0 : wholeNumber('--ipmi', given);
  if (count > 0 && folder === undefined) throw new FleetError('BAD_OPTION', '--ipmi needs --ipmi-state DIR');
  return { count, folder: folder ?? '' };
}

function wholeNumber(name: string, given: string): number {
  if (!/^\d{1,9}$/.test(given)) throw new FleetError('BAD_OPTION', `${name} takes a whole number, not ${given}`);
  return Number(given);
}

/** Names without a target go to the targets in turn that have no fault yet. */
function faultsOf(given: readonly string[]): Invocation['faults'] {
  const taken = new Set(given.map((one) => one.split('=')[0]));
  let n = 0;
  const next = (): string => {
    n += 1;
    const target = `bmc-${String(n).padStart(4, '0')}`;
    return taken.has(target) ? next() : target;
  };
  return given.map((one) => {
    const [first = '', second] = one.split('=');
    const name = second ?? first;
    if (!isFault(name)) throw new FleetError('BAD_OPTION', `--fault takes ID=NAME, NAME or all, and no ${one}; see --help for the names`);
    return { target: second === undefined ? next() : first, name };
  });
}

/** Readable by its owner alone, also when the file was there before with other permissions. */
function writePrivate(path: string, value: unknown): void {
  const file = openSync(path, 'w', 0o600);
  fchmodSync(file, 0o600);
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  closeSync(file);
}
