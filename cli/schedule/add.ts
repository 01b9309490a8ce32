import { Command, InvalidArgumentError } from 'commander';
import { isTime, time, type Id, type Time } from '../../lib/model/json.js';
import { CATCH_UP_MS, nextTime, repeatable } from '../../lib/model/occurrence.js';
import { readStatement } from '../../lib/model/read-statement.js';
import { STEP_TABLE } from '../../lib/model/steps.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { canonical } from '../../lib/trust/canonical.js';
import { statementDigest } from '../../lib/trust/statement.js';
import type { ScheduledInput } from '../../workflows/messages.js';
import { idArgument, idArguments, wholeNumber } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type RepeatingLaunch } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { findRunbook, zonesOf } from '../incident/open.js';
import { printDocument, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { LAUNCH_DAYS, said } from '../statements.js';
import { chooseTargets } from '../target/choose.js';

interface AddFlags extends SignerFlags {
  readonly all: boolean;
  readonly runbook: string;
  readonly every: number;
  readonly from: Time;
  readonly until: Time;
  readonly replace: boolean;
}

export interface AddOptions extends Base, AddFlags {
  readonly schedule: Id<'incident'>;
  readonly targets: readonly Id<'target'>[];
  readonly desk: () => Promise<Desk>;
}

export function newAddCommand(context: Context, run = runAdd): Command {
  return addSignerFlags(
    new Command('add')
      .description(
        'Signs one launch that opens an incident every so many days, until a day: <schedule>-<date in UTC>. It carries what each launch carries, the ' +
          'authority to observe; whatever is changed waits for its gate, each time. When the site directory, the policy or the version of cofferdam is ' +
          'another one by then, the workers refuse the occurrence, and it has to be signed again with --replace.\n\n' +
          'Example:\n  cofferdam schedule add keys --all --every 30 --from 2026-12-07T02:00Z --until 2027-12-01 --reason "regular rotation" --as alice --key alice.key.asc',
      )
      .argument('<schedule>', 'id of the schedule, at most 37 characters', idArgument<'incident'>)
      .argument('[target...]', 'targets of the inventory', idArguments<'target'>)
      .option('--all', 'every target that the inventory has now', false)
      .option('--runbook <name>', 'runbook of the site directory, without a step that isolates or freezes', 'rotate')
      .requiredOption('--every <days>', 'whole days from one time to the next', wholeNumber)
      .requiredOption('--from <time>', 'first time in UTC, as 2026-12-07 or 2026-12-07T02:00Z', timeArgument)
      .requiredOption('--until <time>', 'nothing is opened after it; at most 400 days after the first', timeArgument)
      .option('--replace', 'put this launch in the place of the one that the schedule has', false),
  ).action(async (schedule: Id<'incident'>, targets: readonly Id<'target'>[], flags: AddFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, schedule, targets, desk: deskOf(base) }));
  });
}

export async function runAdd(options: AddOptions): Promise<ExitCode> {
  const { schedule, context } = options;
  const site = await openSite(options);
  const targets = chooseTargets(site.inventory, options).map(({ id }) => id);
  const { runbook, digest } = findRunbook(site, options.runbook);
  if (!repeatable(runbook))
    throw new CliError('USAGE', `the runbook ${runbook.name} is not for a schedule`, {
      why: 'it has a step that isolates or freezes, and what that does stays in force until somebody lifts it',
      fix: `have a person open it each time: cofferdam incident open --runbook ${runbook.name}`,
    });
  const signer = await openSigner(options, site, options);
  const launch: RepeatingLaunch = {
    ...said(signer.person, schedule, options.reason, context.now(), LAUNCH_DAYS),
    notAfter: time(Date.parse(options.until) + CATCH_UP_MS),
    verb: 'launch',
    site: site.digest,
    policy: site.policyDigest,
    runbook: digest,
    stepTable: STEP_TABLE,
    targets,
    repeats: { everyDays: options.every, from: options.from, until: options.until },
  };
  const next = requireTimes(launch, context.now());
  const signed = await signer.sign(launch);
  const input: ScheduledInput = {
    incident: schedule,
    launch: signed,
    zones: zonesOf(site, targets),
    digest: statementDigest(signed),
    notifications: site.site.notifications.map(({ id: endpoint, events }) => ({ endpoint, events })),
  };
  await withDesk(options.desk, async (desk) => {
    await desk.enlist(input);
    await desk.schedule(input, launch, options);
  });
  const zones = input.zones.map(({ zone }) => zone);
  await printDocument(options, { id: schedule, launch: input.digest, targets: targets.length, zones, next }, () => [
    text`${schedule} opens ${runbook.name} on ${targets.length} targets every ${options.every} days until ${options.until}; next at ${next}`,
  ]);
  warnOfCosigners(options, site, targets.length);
  return EXIT.done;
}

/** The first time that is left. What cannot be said in a statement is told before anybody signs it. */
function requireTimes(launch: RepeatingLaunch, now: number): Time {
  const read = readStatement(canonical(launch));
  const fix = 'correct id, --every, --from and --until';
  if ('refusal' in read) throw new CliError('USAGE', 'no schedule can be like that', { why: read.why, fix });
  const next = nextTime(launch.repeats, now);
  if (next === null) throw new CliError('USAGE', 'the last time of the schedule is over', { fix });
  return time(next);
}

function warnOfCosigners(options: AddOptions, { site: { policy } }: LoadedSite, targets: number): void {
  if (policy.launch.cosigners === 0 || targets <= policy.launch.cosignersAbove) return;
  talk(options, text`each occurrence waits for ${policy.launch.cosigners} co-signers first, as each launch on so many targets does`);
}

/** A day, or a minute, in UTC. */
function timeArgument(typed: string): Time {
  const minute = /^\d{4}-\d{2}-\d{2}$/.test(typed) ? `${typed}T00:00Z` : typed;
  const full = minute.replace(/Z$/, ':00.000Z');
  if (!isTime(full)) throw new InvalidArgumentError('Expected a time in UTC as 2026-12-07 or 2026-12-07T02:00Z.');
  return full;
}
