import { Command } from 'commander';
import type { GateView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { NO_COUNTS } from '../../lib/model/plan.js';
import { idArgument, wholeNumber } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type AddedStatement, type Desk, type Opened } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { noWorker } from '../incident/no-worker.js';
import { printDocument, type Line } from '../output/print.js';
import { text } from '../output/text.js';
import { when } from '../output/when.js';
import { withAdded } from './added.js';
import { checkGate, type CheckedGate } from './check.js';
import { operationsOf } from '../../lib/model/plan.js';
import { chooseGate } from './choose.js';
import { findingLines, findingsOf, MOST_READ } from './findings.js';
import { gateLines } from './lines.js';
import { forged } from './objects.js';

export interface ShowOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly gate: Id<'gate'> | null;
  readonly round: number | null;
  readonly desk: () => Promise<Desk>;
}

export function newShowCommand(context: Context, run = runShow): Command {
  return new Command('show')
    .description(
      'Reads the plans behind a gate, recomputes every digest up to the root, and shows what would be sent to each target and what was found there, gravest first. A rendering that does not match is refused (exit 3).\n\n' +
        'Example:\n  cofferdam gate show inc-20261122-1a2b review-access',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .argument('[gate]', 'id of the gate (default: the one that is open)', idArgument<'gate'>)
    .option('--round <n>', 'round of the gate, when several are open', wholeNumber)
    .action(async (incident: Id<'incident'>, gate: Id<'gate'> | undefined, flags: { round?: number }, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident, gate: gate ?? null, round: flags.round ?? null, desk: deskOf(base) }));
    });
}

export async function runShow(options: ShowOptions): Promise<ExitCode> {
  const { gate, opened, checked, found } = await withDesk(options.desk, async (desk) => {
    const about = await openGate(desk, options);
    const content = await checkedContent(desk, about.opened, about.gate);
    const most = options.globals.output === 'table' ? MOST_READ : Number.POSITIVE_INFINITY;
    return { ...about, checked: content, found: await findingsOf(desk, options.incident, content, most) };
  });
  await printDocument(options, { ...gateJson(options.incident, gate, checked), findings: found.findings }, () => [
    ...renderedGate(options, gate, checked, opened),
    ...findingLines(found),
  ]);
  return EXIT.done;
}

export async function openGate(desk: Desk, options: ShowOptions): Promise<{ readonly gate: GateView; readonly opened: Opened }> {
  const opened = await desk.opened(options.incident);
  const view = await desk.view(options.incident);
  if (view === null) throw noWorker(options.incident);
  return { gate: chooseGate(view, options), opened: await withAdded(desk, opened, view) };
}

/** The launch gate is about the launch statement itself, in later rounds about one that adds targets; every other gate is about plans. */
export async function checkedContent(desk: Desk, opened: Opened, gate: GateView): Promise<CheckedGate> {
  if (gate.gate !== LAUNCH) return checkGate(desk, opened, gate);
  const root = gate.round === 0 ? opened.digest : askedAt(gate, opened).digest;
  if (gate.root !== root) throw forged(`the gate names launch ${gate.root}, and the launch that opened the incident is ${opened.digest}`);
  return { root, counts: NO_COUNTS, plans: [] };
}

const LAUNCH = 'launch';

/** The statement that a later round of the launch gate is about. */
function askedAt(gate: GateView, { added }: Opened): AddedStatement {
  const found = added.find(({ digest }) => digest === gate.root);
  if (found === undefined) throw forged(`round ${String(gate.round)} of the launch gate is about no statement that asked to add targets`);
  return found;
}

export function renderedGate(base: Base, gate: GateView, checked: CheckedGate, opened: Opened): readonly Line[] {
  if (gate.gate !== LAUNCH) return gateLines(gate, checked, opened, (iso) => when(base, iso));
  const { launch, input } = opened;
  if (gate.round !== 0) {
    const { add } = askedAt(gate, opened);
    return [
      text`round ${gate.round} of gate 0 of ${input.incident}: ${add.by} asks to add targets: ${add.reason}`,
      text`the incident may then observe and contain ${add.targets.length} targets more than now; changes wait for their own gates`,
      text`${add.targets.map(({ target }) => target).join(' ')}`,
    ];
  }
  return [
    text`gate 0 of ${input.incident}: the launch itself, by ${launch.by}: ${launch.reason}`,
    text`it may observe and contain ${launch.targets.length} targets; changes wait for their own gates`,
    text`${launch.targets.join(' ')}`,
  ];
}

/** The shape of `gate show -o json`. */
function gateJson(incident: string, gate: GateView, { root, counts, plans }: CheckedGate): object {
  return {
    incident,
    gate,
    root,
    counts,
    targets: plans.map(({ target, zone, row, plan }) => ({
      target,
      zone,
      plan: row.plan,
      effect: row.effect,
      impact: row.impact,
      destroys: row.destroys,
      operations: operationsOf(plan).map(({ n, send, line, impact, destroys }) => ({ n, send, line, impact, destroys })),
    })),
  };
}
