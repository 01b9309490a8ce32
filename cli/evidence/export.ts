import { Command } from 'commander';
import { join, resolve } from 'node:path';
import type { Id } from '../../lib/model/json.js';
import { exportCase, type Exported } from '../../lib/evidence/export.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { stateDir } from '../place.js';
import { explainedEvidence } from './failures.js';
import { localStores } from './stores.js';

export interface ExportOptions extends Base {
  readonly incident: Id<'incident'>;
  readonly out: string;
}

export function newExportCommand(context: Context, run = runExport): Command {
  return new Command('export')
    .description(
      'Writes every sealed bag of an incident from the zone stores of this host into a folder: one uncompressed tar a seal with its SHA-256, re-read and re-hashed. Overwrites nothing.\n\n' +
        'Example:\n  cofferdam evidence export inc-20261122-1a2b --out case/',
    )
    .argument('<incident>', 'id of the incident', idArgument<'incident'>)
    .requiredOption('--out <dir>', 'folder to write to')
    .action(async (incident: Id<'incident'>, flags: Pick<ExportOptions, 'out'>, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), incident, ...flags }));
    });
}

async function runExport(options: ExportOptions): Promise<ExitCode> {
  const { incident, context } = options;
  const out = resolve(context.cwd, options.out);
  const stores = await localStores(await stateDir(options), incident);
  const archives: (Exported & { readonly zone: string })[] = [];
  for (const { zone, root } of stores) {
    // Each zone's part is handed over as it is; one folder for all would have to rewrite what belongs to the whole case.
    const place = stores.length === 1 ? out : join(out, zone);
    archives.push({ zone, ...(await explainedEvidence(() => exportCase({ root, incident, out: place }))) });
  }
  await printDocument(options, { incident, archives }, () =>
    archives.map(
      ({ zone, archive, series, seals, items, bytes }) =>
        text`${archive}  zone ${zone}: ${series} series, ${seals} seals, ${items} items, ${bytes} bytes`,
    ),
  );
  return EXIT.done;
}
