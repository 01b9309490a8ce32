import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import type { Context } from '../context.js';
import { deskOf } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Globals } from '../globals.js';
import { printRows, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { when } from '../output/when.js';
import { openSite } from '../site.js';
import { addTimeoutFlag, heardFrom, type AskOptions } from './ask.js';

export function newListCommand(context: Context, run = runList): Command {
  return addTimeoutFlag(
    new Command('list').description(
      'Lists what is frozen in every zone of the site, and by which incident. A zone that does not answer is a row without a target, and exits 3: ' +
        'all of it counts as frozen.\n\nExample:\n  cofferdam freeze list -o json',
    ),
  ).action(async (flags: Pick<AskOptions, 'timeout'>, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, desk: deskOf(base) }));
  });
}

export async function runList(options: AskOptions): Promise<ExitCode> {
  const { site } = await openSite(options);
  const rows = (await Promise.all(site.zones.map(({ id }) => rowsOf(options, id)))).flat();
  await printRows(options, {
    rows,
    columns: [
      { title: 'zone', cell: (row) => row.zone },
      { title: 'target', cell: (row) => row.target ?? 'all of it' },
      { title: 'incident', cell: (row) => row.incident ?? row.reason },
      { title: 'since', cell: (row) => when(options, row.since) },
    ],
    empty: 'nothing is frozen',
  });
  return rows.some(({ reason }) => reason === 'no-answer') ? EXIT.no : EXIT.done;
}

async function rowsOf(options: AskOptions, zone: Id<'zone'>) {
  const heard = await heardFrom(options, zone, null);
  if ('silent' in heard) {
    talk(options, text`zone ${zone}: ${heard.silent}`);
    return [{ zone, target: null, incident: null, since: null, reason: 'no-answer' as const }];
  }
  return heard.frozen.map((frozen) => ({
    zone,
    ...frozen,
    reason: frozen.incident === null ? ('unreadable' as const) : ('lease' as const),
  }));
}
