import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type ScheduleChange } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';

interface ChangeOptions extends Base {
  readonly schedule: Id<'incident'>;
  readonly change: ScheduleChange;
  readonly desk: () => Promise<Desk>;
}

const BECOMES = { pause: 'opens nothing until it is resumed', resume: 'goes on with what was signed', remove: 'is removed' } as const;

export function newPauseCommand(context: Context, run = runChange): Command {
  return command(
    context,
    run,
    'pause',
    'Stops a schedule until it is resumed. Nobody signs it: it makes less happen than was signed. What it has opened goes on, and is cancelled with ' +
      'incident cancel.',
  );
}

export function newResumeCommand(context: Context, run = runChange): Command {
  return command(
    context,
    run,
    'resume',
    'Lets a paused schedule go on with what was signed. Times that are over by more than a day are not made up for.',
  );
}

export function newRemoveCommand(context: Context, run = runChange): Command {
  return command(
    context,
    run,
    'remove',
    'Ends a schedule. What it has opened goes on, and is cancelled with incident cancel. The engine forgets it; whoever has taken the engine over may ' +
      'still start what was signed, on the days that were signed, until the site directory changes or the key is revoked.',
  );
}

function command(context: Context, run: typeof runChange, change: ScheduleChange, what: string): Command {
  return new Command(change)
    .description(`${what}\n\nExample:\n  cofferdam schedule ${change} keys`)
    .argument('<schedule>', 'id of the schedule', idArgument<'incident'>)
    .action(async (schedule: Id<'incident'>, _flags: object, called: Command) => {
      const base = { context, globals: called.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, schedule, change, desk: deskOf(base) }));
    });
}

export async function runChange(options: ChangeOptions): Promise<ExitCode> {
  const { schedule, change } = options;
  await withDesk(options.desk, (desk) => desk.changeSchedule(schedule, change));
  await printDocument(options, { id: schedule, change }, () => [text`${schedule} ${BECOMES[change]}`]);
  return EXIT.done;
}
