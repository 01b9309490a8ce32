import { Command } from 'commander';
import type { Finding } from '../../lib/model/finding.js';
import type { IncidentView, PhaseView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { targetsOf, withAdded } from '../gate/added.js';
import { noWorker } from '../incident/no-worker.js';
import { printDocument, type Line } from '../output/print.js';
import { styled, text } from '../output/text.js';
import { foundBy, type HuntFound } from './found.js';

interface ShowOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly desk: () => Promise<Desk>;
}

export function newShowCommand(context: Context, run = runShow): Command {
  return new Command('show')
    .description(
      'Shows where a hunt found what it looked for, and which targets it could not look at. Exits 0 when every target was looked at, whether ' +
        'anything was found or not, 1 when the hunt ended without some of them, 8 while it goes on.\n\nExample:\n  cofferdam hunt show hunt-20261122-1a2b -o json',
    )
    .argument('<incident>', 'id of the hunt', idArgument<'incident'>)
    .action(async (incident: Id<'incident'>, _flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident, desk: deskOf(base) }));
    });
}

export async function runShow(options: ShowOptions): Promise<ExitCode> {
  const { incident } = options;
  const { view, found, targets } = await withDesk(options.desk, async (desk) => {
    const launched = await desk.opened(incident);
    const now = await desk.view(incident);
    if (now === null) throw noWorker(incident);
    const opened = await withAdded(desk, launched, now);
    return { view: now, found: await foundBy(desk, opened, now, huntOf(now)), targets: targetsOf(opened).length };
  });
  await printDocument(options, huntJson(view, found, targets), () => linesOf(view, found, targets));
  if (view.state !== 'ended') return EXIT.pending;
  return found.missed.length === 0 ? EXIT.done : EXIT.failed;
}

function huntOf(view: IncidentView): PhaseView {
  const phase = view.phases.find(({ step }) => step === 'hunt');
  if (phase !== undefined) return phase;
  throw new CliError('NOT_FOUND', `${view.incident} is no hunt`, {
    why: view.refusal === null ? 'its runbook has no step hunt' : `it was refused: ${view.refusal.code}: ${view.refusal.message}`,
    fix: `see it with: cofferdam incident show ${view.incident}`,
  });
}

/** The shape of `hunt show -o json`. */
function huntJson({ incident, state }: IncidentView, { hits, partly, missed }: HuntFound, targets: number): object {
  return {
    incident,
    state,
    targets: { total: targets, searched: targets - missed.length, missed },
    hits: hits.map(({ target, indicator, uri, evidence, advice }) => ({ target, indicator, uri, evidence, advice })),
    partly: partly.map(({ target, code, uri, evidence, advice }) => ({ target, code, uri, evidence, advice })),
  };
}

const SHOWN = 200;

function linesOf({ incident, state }: IncidentView, { hits, partly, missed }: HuntFound, targets: number): readonly Line[] {
  const hit = new Set(hits.map(({ target }) => target)).size;
  return [
    text`${incident}, ${state}: ${hits.length} traces on ${hit} of ${targets - missed.length} targets that were searched, of ${targets}`,
    ...section('found:', hits, (one) => [
      styled('red', one.target),
      text`${one.indicator?.kind ?? ''}`,
      text`${one.indicator?.value ?? ''}`,
      text`${one.uri}: ${one.advice}`,
    ]),
    ...section('not searched whole:', partly, (one: Finding) => [text`${one.target}`, text`${one.code}`, text`${one.advice}`]),
    ...section('not searched:', missed, ({ target, why }) => [styled('yellow', target), text`${why}`]),
  ];
}

function section<Row>(title: string, rows: readonly Row[], cells: (row: Row) => ReturnType<typeof text>[]): readonly Line[] {
  if (rows.length === 0) return [];
  const more = rows.length - SHOWN;
  return [text`${title}`, { rows: rows.slice(0, SHOWN).map(cells) }, ...(more > 0 ? [text`and ${more} more; all of them: -o json`] : [])];
}
