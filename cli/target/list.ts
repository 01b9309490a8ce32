import { Command } from 'commander';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printRows } from '../output/print.js';
import { openSite } from '../site.js';

export function newListCommand(context: Context, run = runList): Command {
  return new Command('list')
    .description('Lists the targets of inventory.yaml; asks no BMC and no engine.\n\nExample:\n  cofferdam target list -o json')
    .action(async (_flags: object, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>() }));
    });
}

async function runList(base: Base): Promise<ExitCode> {
  const { inventory } = await openSite(base);
  await printRows(base, {
    rows: inventory.targets,
    columns: [
      { title: 'target', cell: (row) => row.id },
      { title: 'zone', cell: (row) => row.zone },
      { title: 'address', cell: (row) => row.address },
      { title: 'class', cell: (row) => row.class },
      { title: 'host', cell: (row) => row.host },
      { title: 'used by', cell: (row) => row.usedBy.join(', ') },
    ],
    empty: 'the inventory has no targets yet; add them to inventory.yaml',
  });
  return EXIT.done;
}
