import { Command } from 'commander';
import { join } from 'node:path';
import type { Id } from '../../lib/model/json.js';
import { readSealedBags } from '../../lib/evidence/sealed.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printRows } from '../output/print.js';
import { when } from '../output/when.js';
import { stateDir } from '../place.js';
import { explainedEvidence } from './failures.js';
import { localStores, type LocalStore } from './stores.js';

export interface ListOptions extends Base {
  readonly incident: Id<'incident'>;
}

export function newListCommand(context: Context, run = runList): Command {
  return new Command('list')
    .description(
      'Lists the series of an incident in the zone stores of this host, and what is sealed of each. It reads what the seals say; `evidence verify` judges.\n\n' +
        'Example:\n  cofferdam evidence list inc-20261122-1a2b',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .action(async (incident: Id<'incident'>, _flags: object, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), incident }));
    });
}

async function runList(options: ListOptions): Promise<ExitCode> {
  const stores = await localStores(await stateDir(options), options.incident);
  const rows = (await Promise.all(stores.map((store) => explainedEvidence(() => rowsOf(store))))).flat();
  await printRows(options, {
    rows,
    columns: [
      { title: 'zone', cell: (row) => row.zone },
      { title: 'series', cell: (row) => row.series },
      { title: 'seals', cell: (row) => row.seals },
      { title: 'items', cell: (row) => row.items },
      { title: 'failed', cell: (row) => row.failed },
      { title: 'bytes', cell: (row) => row.bytes },
      { title: 'state', cell: (row) => (row.final ? 'closed' : 'open') },
      { title: 'sealed', cell: (row) => when(options, row.sealedAt) },
    ],
    empty: 'nothing is captured yet',
  });
  return EXIT.done;
}

async function rowsOf({ zone, root, series }: LocalStore) {
  return Promise.all(
    series.map(async (name) => {
      const bags = await readSealedBags(join(root, name));
      const last = bags.at(-1)?.seal;
      return {
        zone,
        series: name,
        seals: bags.length,
        items: bags.reduce((sum, { seal }) => sum + seal.captures.complete, 0),
        failed: bags.reduce((sum, { seal }) => sum + seal.captures.failed, 0),
        bytes: bags.reduce((sum, { seal }) => sum + seal.payload.bytes, 0),
        final: last?.final ?? false,
        sealedAt: last?.createdAt ?? null,
      };
    }),
  );
}
