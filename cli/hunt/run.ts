import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk } from '../desk.js';
import { CliError, type ExitCode } from '../error.js';
import type { Globals } from '../globals.js';
import { freshId, runOpen, type OpenOptions } from '../incident/open.js';
import { talk } from '../output/print.js';
import { text } from '../output/text.js';
import type { SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { chooseTargets } from '../target/choose.js';

type RunOptions = Omit<OpenOptions, 'all' | 'runbook' | 'wait'>;

export function newRunCommand(context: Context, run = runHunt): Command {
  return addSignerFlags(
    new Command('run')
      .description(
        'Looks for what hunts/ of the site directory names on every BMC, or on the targets named: signs a launch of the runbook `hunt`, which only reads. ' +
          'Without names, targets that an incident has frozen are left out: they are under review already.\n\n' +
          'Example:\n  cofferdam hunt run --reason "account of inc-20261122-1a2b" --as alice --key alice.key.asc',
      )
      .argument('[target...]', 'targets of the inventory (default: all that are not frozen)', idArguments<'target'>)
      .option('--id <incident>', 'id of the hunt (default: the date and four random digits)', idArgument<'incident'>),
  ).action(async (targets: readonly Id<'target'>[], flags: SignerFlags & Pick<RunOptions, 'id'>, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, targets, desk: deskOf(base) }));
  });
}

export async function runHunt(options: RunOptions): Promise<ExitCode> {
  const site = await openSite(options);
  if (site.sought.length === 0)
    throw new CliError('USAGE', 'there is nothing to look for: the site directory has no file in hunts/', {
      fix: 'write one; docs/hunt.md shows an example of each kind of trace',
    });
  const targets = options.targets.length > 0 ? options.targets : await unfrozen(options, site);
  const incident = options.id ?? freshId(options.context.now(), 'hunt');
  const code = await runOpen({ ...options, targets, id: incident, all: false, runbook: 'hunt', wait: false });
  talk(options, text`what it finds: cofferdam hunt show ${incident}`);
  return code;
}

const WITHIN_MS = 20_000;

async function unfrozen(options: RunOptions, { site, inventory }: LoadedSite): Promise<readonly Id<'target'>[]> {
  const all = chooseTargets(inventory, { targets: [], all: true }).map(({ id }) => id);
  const frozen = await withDesk(options.desk, async (desk) =>
    (await Promise.all(site.zones.map(({ id: zone }) => desk.frozen(zone, null, WITHIN_MS)))).flat(),
  );
  const held = new Set<string>(frozen.map(({ target }) => target));
  const left = all.filter((target) => !held.has(target));
  if (held.size > 0) talk(options, text`left out, since an incident has them frozen: ${[...held].sort().join(' ')}`);
  if (left.length > 0) return left;
  throw new CliError('CONFLICT', 'every target is frozen by an incident', { fix: 'work in that incident; its review shows what is there' });
}
