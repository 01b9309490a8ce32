import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { INDICATORS } from '../../lib/model/hunt.js';
import type { Id } from '../../lib/model/json.js';
import { stepRow } from '../../lib/model/steps.js';
import { plain } from '../../lib/model/text.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import { withAdded } from '../gate/added.js';
import { findingsOf } from '../gate/findings.js';
import type { Base, Globals } from '../globals.js';
import { noWorker } from '../incident/no-worker.js';
import { printDocument, talk, write } from '../output/print.js';
import { text } from '../output/text.js';
import { openSite } from '../site.js';
import { newestPlans } from './found.js';
import { indicatorsOf, type Taken, type Taking } from './indicators.js';

export interface FromOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly print: boolean;
  readonly desk: () => Promise<Desk>;
}

export function newFromCommand(context: Context, run = runFrom): Command {
  return new Command('from')
    .description(
      'Takes what was found in an incident — names of accounts, digests of keys, destinations, addresses, images — into hunts/INCIDENT.yaml of the site ' +
        'directory, for a person to read and cut down before `hunt run`. Each indicator names the findings and captures that it is from. What the inventory ' +
        'allows on any target, our own, and addresses of the host itself are left out.\n\nExample:\n  cofferdam hunt from inc-20261122-1a2b',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .option('--print', 'write the file to standard output, and nothing into the site directory', false)
    .action(async (incident: Id<'incident'>, flags: { readonly print: boolean }, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident, print: flags.print, desk: deskOf(base) }));
    });
}

/** From one incident: so many fit a review by a person. */
const MOST = 200;

export async function runFrom(options: FromOptions): Promise<ExitCode> {
  const { incident } = options;
  const site = await openSite(options);
  const taking = indicatorsOf(await found(options), site, Math.min(MOST, INDICATORS - site.sought.length));
  if (taking.taken.length === 0) {
    talk(options, text`${incident} shows nothing that could be looked for elsewhere; ${leftOut(taking)}`);
    return EXIT.done;
  }
  const content = fileOf(incident, taking);
  if (options.print) {
    write(options.context.stdout, content);
    return EXIT.done;
  }
  const file = join('hunts', `${incident}.yaml`);
  await put(join(site.dir, 'hunts'), `${incident}.yaml`, content);
  const indicators = taking.taken.map(({ indicator, from }) => ({
    ...indicator,
    from: from.map(({ target, code, uri, evidence }) => ({ target, code, uri, evidence })),
  }));
  await printDocument(options, { incident, file, indicators, known: taking.known, unfit: taking.unfit, left: taking.left }, () => [
    text`${file}: ${indicators.length} indicators of ${incident}; ${leftOut(taking)}`,
  ]);
  talk(options, text`read it, take out what is nobody’s trace, bring desk and workers to the same commit, then: cofferdam hunt run`);
  return EXIT.done;
}

/** The findings of every step that looks at BMCs, from plans whose digests lead up to what the incident names. */
async function found({ desk: open, incident }: FromOptions) {
  return withDesk(open, async (desk) => {
    const view = await desk.view(incident);
    const opened = await desk.opened(incident);
    if (view === null) throw noWorker(incident);
    const members = await withAdded(desk, opened, view);
    const all = [];
    for (const phase of view.phases.filter(({ step }) => stepRow(step)?.on === 'bmc')) {
      const plans = await newestPlans(desk, members, phase);
      all.push(...(await findingsOf(desk, incident, { plans }, Number.POSITIVE_INFINITY)).findings);
    }
    return all;
  });
}

async function put(folder: string, name: string, content: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(join(folder, name), content, { flag: 'wx' });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    throw new CliError('CONFLICT', `hunts/${name} is there already`, {
      why: 'somebody may have cut it down since',
      fix: 'look at the new one with --print, or move the file away',
      cause,
    });
  }
}

/** How many findings of one indicator are named; the others are in the incident. */
const NAMED = 3;

function fileOf(incident: string, taking: Taking): string {
  return [
    `# Taken from the findings of ${incident}; ${leftOut(taking)}.`,
    '# Nobody has judged these: unlisted is not hostile. Take out what is nobody’s trace.',
    stringify({ version: 1, name: incident, title: `What was found in ${incident}` }, { lineWidth: 0 }).trimEnd(),
    'indicators:',
    ...taking.taken.flatMap(linesOf),
    '',
  ].join('\n');
}

/** Text of a BMC stands in comments as one plain line, and as a value in quotes where YAML needs them. */
function linesOf({ indicator: { kind, value }, from }: Taken): readonly string[] {
  const more = from.length - NAMED;
  return [
    ...from.slice(0, NAMED).map(({ target, code, uri, evidence }) => `  # ${target} ${code} at ${plain(uri, 160)}: capture ${evidence}`),
    ...(more > 0 ? [`  # and ${String(more)} more findings`] : []),
    `  - kind: ${kind}`,
    `    value: ${stringify(value, { lineWidth: 0 }).trimEnd()}`,
  ];
}

function leftOut({ known, unfit, left }: Taking): string {
  return `left out: ${String(known)} that the site knows, ${String(unfit)} that are no plain names, ${String(left)} beyond the most`;
}
