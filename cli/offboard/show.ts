import { Command } from 'commander';
import type { Finding } from '../../lib/model/finding.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { id, type Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import { targetsOf, withAdded } from '../gate/added.js';
import { findingsOf } from '../gate/findings.js';
import type { Base, Globals } from '../globals.js';
import { newestPlans, whyNot } from '../hunt/found.js';
import { noWorker } from '../incident/no-worker.js';
import { printDocument, type Line } from '../output/print.js';
import { styled, text } from '../output/text.js';

interface ShowOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly desk: () => Promise<Desk>;
}

const CHECK = id<'step'>('offboard-check');

/** What the last look says of one target. */
interface Rest {
  readonly target: Id<'target'>;
  /** `unknown`: it was not looked at again, so nothing is said of it. */
  readonly state: 'nothing' | 'left' | 'unknown';
  readonly why: string | null;
  readonly left: readonly Finding[];
  readonly rotate: readonly Finding[];
}

export function newShowCommand(context: Context, run = runShow): Command {
  return new Command('show')
    .description(
      'Says for each target what is left of the person: nothing, what, or that nobody looked. Exits 0 when nothing is left anywhere, 3 when something is, ' +
        '1 when the incident ended without a look at some target, 8 while it goes on.\n\nExample:\n  cofferdam offboard show offboard-20261122-1a2b -o json',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .action(async (incident: Id<'incident'>, _flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident, desk: deskOf(base) }));
    });
}

export async function runShow(options: ShowOptions): Promise<ExitCode> {
  const { incident } = options;
  const { view, rests, person } = await withDesk(options.desk, async (desk) => {
    const launched = await desk.opened(incident);
    const now = await desk.view(incident);
    if (now === null) throw noWorker(incident);
    const opened = await withAdded(desk, launched, now);
    return { view: now, rests: await restsOf(desk, opened, now), person: launched.launch.person ?? null };
  });
  await printDocument(options, { incident, state: view.state, person, targets: rests.map(restJson) }, () =>
    linesOf(incident, person, rests),
  );
  if (view.state !== 'ended') return EXIT.pending;
  if (rests.some(({ state }) => state === 'unknown')) return EXIT.failed;
  return rests.some(({ state }) => state === 'left') ? EXIT.no : EXIT.done;
}

async function restsOf(desk: Desk, opened: Parameters<typeof newestPlans>[1], view: IncidentView): Promise<readonly Rest[]> {
  const phase = view.phases.find(({ step }) => step === CHECK);
  if (phase === undefined)
    throw new CliError('NOT_FOUND', `${view.incident} takes nobody's keys back`, {
      why:
        view.refusal === null ? 'its runbook has no step offboard-check' : `it was refused: ${view.refusal.code}: ${view.refusal.message}`,
      fix: `see it with: cofferdam incident show ${view.incident}`,
    });
  const plans = await newestPlans(desk, opened, phase);
  const { findings } = await findingsOf(desk, view.incident, { plans }, Number.POSITIVE_INFINITY);
  const seen = new Set<string>(plans.map(({ target }) => target));
  return targetsOf(opened).map((target): Rest => {
    const mine = findings.filter((finding) => finding.target === target);
    const rotate = mine.filter(({ code }) => code === 'ROTATE_NEEDED');
    const left = mine.filter(({ code }) => code !== 'ROTATE_NEEDED');
    if (!seen.has(target)) return { target, state: 'unknown', why: whyNot(view, phase, target), left, rotate };
    return { target, state: left.length === 0 ? 'nothing' : 'left', why: null, left, rotate };
  });
}

/** The shape of one target in `offboard show -o json`. */
function restJson({ target, state, why, left, rotate }: Rest): object {
  const shape = ({ code, uri, evidence, advice }: Finding): object => ({ code, uri, evidence, advice });
  return { target, state, why, left: left.map(shape), rotate: rotate.map(shape) };
}

function linesOf(incident: string, person: string | null, rests: readonly Rest[]): readonly Line[] {
  const count = (state: Rest['state']): number => rests.filter((rest) => rest.state === state).length;
  return [
    text`${incident}: of ${person ?? 'nobody'} nothing is left on ${count('nothing')} of ${rests.length} targets; something on ${count('left')}; not looked at: ${count('unknown')}`,
    {
      rows: rests.flatMap(({ target, state, why, left, rotate }) => [
        [text`${target}`, styled(COLOURS[state], WORDS[state]), text`${why ?? ''}`],
        ...[...left, ...rotate].map(({ code, uri, advice }) => [text``, text`${code}`, text`${uri}: ${advice}`]),
      ]),
    },
  ];
}

const WORDS = { nothing: 'nothing of them left', left: 'left', unknown: 'not looked at' } as const;
const COLOURS = { nothing: 'green', left: 'red', unknown: 'yellow' } as const;
