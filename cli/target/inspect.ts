import { Command } from 'commander';
import type { Id, Json } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { openSite } from '../site.js';
import { findTarget } from './choose.js';
import { treeLines } from './tree.js';

export interface InspectOptions extends Base {
  readonly target: Id<'target'>;
  readonly desk: () => Promise<Desk>;
}

export function newInspectCommand(context: Context, run = runInspect): Command {
  return new Command('inspect')
    .description(
      'Has the worker of the target’s zone look at it: identity, managers, firmware, accounts, sessions. Reads only; nothing is changed or stored.\n\n' +
        'Example:\n  cofferdam target inspect r12-u07',
    )
    .argument('<target>', 'target of the inventory', idArgument<'target'>)
    .action(async (target: Id<'target'>, _flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, target, desk: deskOf(base) }));
    });
}

async function runInspect(options: InspectOptions): Promise<ExitCode> {
  const { inventory } = await openSite(options);
  const { zone } = findTarget(inventory, options.target);
  const seen: Json = await withDesk(options.desk, (desk) => {
    talk(options, text`asking the worker of zone ${zone} to look at ${options.target}`);
    return desk.inspect(zone, options.target);
  });
  await printDocument(options, seen, () => treeLines(seen));
  return EXIT.done;
}
