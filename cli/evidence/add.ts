import { Command, InvalidArgumentError } from 'commander';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { addFiles, type Added } from '../../lib/evidence/add.js';
import { CLOCK_SKEW_MS } from '../../lib/model/clock-skew.js';
import { time, type Id, type Time } from '../../lib/model/json.js';
import { STATE_FILES } from '../../lib/site/config.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { stateDir } from '../place.js';
import { findPerson } from '../signer.js';
import { openSite } from '../site.js';
import { explainedEvidence } from './failures.js';
import { localStores } from './stores.js';

export interface AddOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly files: readonly string[];
  readonly series: Id<'series'>;
  readonly from: string;
  readonly takenAt: Time;
  readonly reason: string;
  readonly as: string;
}

type AddFlags = Pick<AddOptions, 'series' | 'from' | 'takenAt' | 'reason' | 'as'>;

export function newAddCommand(context: Context, run = runAdd): Command {
  return new Command('add')
    .description(
      'Adds files that a person brought (a photograph, a switch’s own list, a dump of the flash) to a series, on the host of the zone’s store and as ' +
        'the worker’s user: all of them or none, up to 2 GiB each. Who, where from, when and why become part of the custody chain; the next seal of the ' +
        'worker holds them. It prints the digest of each, which `incident complete` names: that signature is what vouches for them.\n\nExample:\n' +
        '  cofferdam evidence add inc-20261122-1a2b acl.txt --series r12-u07 --from "switch sw-12, show access-lists" --taken-at 2026-11-22T03:10:00Z --reason "ACL set by hand" --as alice',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .argument('<file...>', 'files to add')
    .requiredOption('--series <series>', 'target that they are about, or case', idArgument<'series'>)
    .requiredOption('--from <text>', 'where they were taken from')
    .requiredOption('--taken-at <time>', 'when, with its time zone: 2026-11-22T03:10:00Z', timeArgument)
    .requiredOption('--reason <text>', 'why they were taken')
    .requiredOption('--as <person>', 'who you are, by the id in site.yaml')
    .action(async (incident: Id<'incident'>, files: readonly string[], flags: AddFlags, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), ...flags, incident, files }));
    });
}

export async function runAdd(options: AddOptions): Promise<ExitCode> {
  const { incident, series, context } = options;
  const person = findPerson(await openSite(options), options.as);
  const brought = { by: person, from: words('--from', options.from), takenAt: past(options), reason: words('--reason', options.reason) };
  const state = await stateDir(options);
  const stores = await localStores(state, incident);
  const store = stores.find((one) => one.series.includes(series));
  if (store === undefined)
    throw new CliError('NOT_HERE', `no zone store on this host has a series ${series} of ${incident}`, {
      why: `it has ${stores.flatMap((one) => one.series).join(', ')}`,
      fix: 'name one of these with --series, or run it on the host of the zone that has it',
    });
  const files = options.files.map((file) => resolve(context.cwd, file));
  const zone = join(state, STATE_FILES.zones, store.zone);
  const added = await uninterrupted(context, () =>
    explainedEvidence(() => addFiles({ zone, incident, series, files, brought, host: hostname(), signal: context.interrupted })),
  );
  await printDocument(options, { incident, zone: store.zone, series, captures: added }, () => [
    ...added.map(({ file, sha256, size }) => text`${sha256}  ${file} (${size} bytes)`),
    text`name them with: cofferdam incident complete ${incident} ${flagsOf(added)} --reason TEXT --as PERSON --key FILE`,
  ]);
  return EXIT.done;
}

function flagsOf(added: readonly Added[]): string {
  return added.map(({ sha256 }) => `--evidence ${sha256}`).join(' ');
}

/** Ctrl-C ends the copying; whatever that failed with, it was the person's wish. */
async function uninterrupted<T>(context: Context, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (context.interrupted.aborted) throw new CliError('INTERRUPTED', 'interrupted; nothing was added', { cause });
    throw cause;
  }
}

const LONGEST = 2_000;

function words(flag: string, said: string): string {
  if (said.trim() !== '' && said.length <= LONGEST) return said;
  throw new CliError('USAGE', `${flag} takes 1 to ${String(LONGEST)} characters`, {
    fix: `say it shortly in ${flag}; it is kept as evidence`,
  });
}

/** A file of tomorrow is a slip. */
function past({ takenAt, context }: AddOptions): Time {
  if (Date.parse(takenAt) <= context.now() + CLOCK_SKEW_MS) return takenAt;
  throw new CliError('USAGE', `--taken-at ${takenAt} lies in the future`, { fix: 'give the time at which the files were taken' });
}

const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function timeArgument(typed: string): Time {
  const at = Date.parse(typed);
  if (!WITH_ZONE.test(typed) || Number.isNaN(at)) throw new InvalidArgumentError('Expected a time with its zone, as 2026-11-22T03:10:00Z.');
  return time(at);
}
