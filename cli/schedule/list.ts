import { Command } from 'commander';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type ScheduleSummary } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { stateText } from '../incident/lines.js';
import { stateOf } from '../incident/list.js';
import { printRows, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { when } from '../output/when.js';
import { openSite } from '../site.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { STEP_TABLE } from '../../lib/model/steps.js';

interface ListOptions extends Base {
  readonly desk: () => Promise<Desk>;
}

export function newListCommand(context: Context, run = runList): Command {
  return new Command('list')
    .description(
      'Lists the schedules that the engine knows, with the last incident of each. One that was signed for another site directory than this one, or ' +
        'whose last incident was refused, is told of: its next one will be refused as well.\n\nExample:\n  cofferdam schedule list -o json',
    )
    .action(async (_flags: object, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, desk: deskOf(base) }));
    });
}

export async function runList(options: ListOptions): Promise<ExitCode> {
  const site = await openSite(options);
  const rows = (await withDesk(options.desk, (desk) => desk.schedules())).map((schedule) => rowOf(schedule, site));
  await printRows(options, {
    rows,
    columns: [
      { title: 'schedule', cell: (row) => row.id },
      { title: 'runbook', cell: (row) => row.runbook ?? '' },
      { title: 'targets', cell: (row) => row.targets },
      { title: 'every', cell: (row) => `${String(row.everyDays)} days` },
      { title: 'until', cell: (row) => row.until.slice(0, 10) },
      { title: 'next', cell: (row) => (row.paused ? 'paused' : when(options, row.next)) },
      { title: 'last', cell: (row) => row.last?.incident ?? '' },
      { title: 'state', cell: (row) => stateText(row.last?.state ?? '') },
    ],
    empty: 'no schedules yet; add one with: cofferdam schedule add',
  });
  for (const { id, current, last } of rows) {
    const why =
      last?.state === 'refused' ? 'its last incident was refused' : current ? null : 'it was signed for another site directory or version';
    if (why !== null) talk(options, text`${id}: ${why}; sign it again with: cofferdam schedule add ${id} --replace ...`);
  }
  return EXIT.done;
}

interface Row {
  readonly id: string;
  /** Null when the site directory has no such runbook any more. */
  readonly runbook: string | null;
  readonly targets: number;
  readonly everyDays: number;
  readonly from: string;
  readonly until: string;
  readonly next: string | null;
  readonly paused: boolean;
  /** Whether it was signed for this very site directory and version. */
  readonly current: boolean;
  readonly skipped: number;
  readonly last: { readonly incident: string; readonly state: string } | null;
}

function rowOf({ id, launch, paused, next, skipped, last }: ScheduleSummary, site: LoadedSite): Row {
  const { everyDays, from, until } = launch.repeats;
  const [runbook] = Object.entries(site.runbooks).find(([, { digest }]) => digest === launch.runbook) ?? [null];
  return {
    ...{ id, runbook, targets: launch.targets.length, everyDays, from, until, next, paused, skipped },
    current: launch.site === site.digest && launch.stepTable === STEP_TABLE,
    last: last === null ? null : { incident: last.incident, state: last.standing === null ? 'not-started' : stateOf(last.standing) },
  };
}
