import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { when } from '../output/when.js';
import { incidentLines } from './lines.js';
import { needsOf } from './needs.js';
import { endOf, standingOf, type Standing } from './standing.js';

interface ShowOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly desk: () => Promise<Desk>;
}

export function newShowCommand(context: Context, run = runShow): Command {
  return new Command('show')
    .description(
      'Shows an incident: first what needs a human and the command to type, then phases, gates and verdicts. Exits 0 when it is done, 1 when it ended otherwise, 8 while it goes on.\n\nExample:\n  cofferdam incident show inc-20261122-1a2b',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .action(async (incident: Id<'incident'>, _flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, incident, desk: deskOf(base) }));
    });
}

export async function runShow(options: ShowOptions): Promise<ExitCode> {
  const standing = await withDesk(options.desk, (desk) => standingOf(desk, options.incident, options.context.now()));
  await printDocument(options, standingJson(standing), () => incidentLines(standing, (iso) => when(options, iso)));
  return endOf(standing) ?? EXIT.pending;
}

/**
 * The shape of `incident show -o json`: the incident's own view with what the desk adds. Without a worker that answers, `heard` is false and
 * the view is missing.
 */
export function standingJson(standing: Standing): object {
  const { incident, opened, view, workers } = standing;
  return { incident, heard: view !== null, ended: opened.ended, ...view, needs: needsOf(standing), workers, statement: opened.launch };
}
