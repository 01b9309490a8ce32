import { Command } from 'commander';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type IncidentSummary } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printRows } from '../output/print.js';
import { when } from '../output/when.js';
import { stateText } from './lines.js';

interface ListOptions extends Base {
  readonly desk: () => Promise<Desk>;
}

export function newListCommand(context: Context, run = runList): Command {
  return new Command('list')
    .description('Lists the incidents that the engine knows, newest first.\n\nExample:\n  cofferdam incident list -o json')
    .action(async (_flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, desk: deskOf(base) }));
    });
}

async function runList(options: ListOptions): Promise<ExitCode> {
  const rows = await withDesk(options.desk, (desk) => desk.list());
  await printRows(options, {
    rows,
    columns: [
      { title: 'incident', cell: (row) => row.incident },
      { title: 'state', cell: (row) => stateText(stateOf(row)) },
      { title: 'targets', cell: (row) => row.targets ?? '' },
      { title: 'parked', cell: (row) => row.parked ?? '' },
      { title: 'opened', cell: (row) => when(options, row.startedAt) },
      { title: 'ended', cell: (row) => when(options, row.endedAt) },
    ],
    empty: 'no incidents yet; open one with: cofferdam incident open TARGET...',
  });
  return EXIT.done;
}

/** The incident's own word, unless the engine ended it from outside. */
export function stateOf({ status, state }: IncidentSummary): string {
  return status === 'running' || status === 'completed' ? (state ?? status) : status;
}
