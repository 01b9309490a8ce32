import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import type { ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { follow } from './follow.js';

export interface WatchOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly exitStatus: boolean;
  readonly desk: () => Promise<Desk>;
}

export function newWatchCommand(context: Context, run = runWatch): Command {
  return new Command('watch')
    .description(
      'Follows an incident until it ends: redrawn every second on a terminal, else one line for each change. Ctrl-C detaches; the incident goes on.\n\n' +
        'Example:\n  cofferdam incident watch inc-20261122-1a2b --exit-status',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .option('--exit-status', 'exit 0 when done, 1 when not; and stop with 8 as soon as nothing goes on without a human', false)
    .action(async (incident: Id<'incident'>, flags: Pick<WatchOptions, 'exitStatus'>, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, ...flags, incident, desk: deskOf(base) }));
    });
}

async function runWatch(options: WatchOptions): Promise<ExitCode> {
  return withDesk(options.desk, (desk) => follow(options, desk));
}
