import { Command } from 'commander';
import type { GateView } from '../../lib/model/incident.js';
import { isId, type Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { stateText } from '../incident/lines.js';
import { noWorker } from '../incident/no-worker.js';
import { printRows } from '../output/print.js';
import { when } from '../output/when.js';

interface ListOptions extends Base {
  readonly incident: Id<'incident'> | null;
  readonly desk: () => Promise<Desk>;
}

type Row = GateView & { readonly incident: string };

export function newListCommand(context: Context, run = runList): Command {
  return new Command('list')
    .description(
      'Lists every round of every gate of one incident; without an incident, the gates that are open now.\n\nExample:\n  cofferdam gate list',
    )
    .argument('[incident]', 'id of the incident', idArgument<'incident'>)
    .action(async (incident: Id<'incident'> | undefined, _flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident: incident ?? null, desk: deskOf(base) }));
    });
}

async function runList(options: ListOptions): Promise<ExitCode> {
  const { incident } = options;
  const rows = await withDesk(options.desk, (desk) => (incident === null ? openGates(desk) : gatesOf(desk, incident)));
  await printRows(options, {
    rows,
    columns: [
      { title: 'incident', cell: (row) => row.incident },
      { title: 'gate', cell: (row) => row.gate },
      { title: 'round', cell: (row) => row.round },
      { title: 'state', cell: (row) => stateText(row.state) },
      { title: 'targets', cell: (row) => row.targets },
      { title: 'change', cell: (row) => row.counts.change },
      { title: 'destroy', cell: (row) => row.counts.destroy },
      { title: 'approvals', cell: (row) => `${String(row.approvals.length)} of ${String(row.policy.quorum)}` },
      { title: 'decide by', cell: (row) => when(options, row.decideBy) },
    ],
    empty: 'no gate waits for anybody',
  });
  return EXIT.done;
}

async function gatesOf(desk: Desk, incident: Id<'incident'>): Promise<readonly Row[]> {
  const view = await desk.view(incident);
  if (view === null) throw noWorker(incident);
  return view.gates.map((gate) => ({ ...gate, incident }));
}

/** An incident that no worker answers for has no gate to show; `incident show` says so. */
async function openGates(desk: Desk): Promise<readonly Row[]> {
  const running = (await desk.list()).filter(({ status }) => status === 'running').map(({ incident }) => incident);
  const views = await Promise.all(running.filter((incident) => isId<'incident'>(incident)).map((incident) => desk.view(incident)));
  return views.flatMap(
    (view) => view?.gates.filter(({ state }) => state === 'open').map((gate) => ({ ...gate, incident: view.incident })) ?? [],
  );
}
