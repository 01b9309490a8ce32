import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { id, type Digest, type Id } from '../../lib/model/json.js';
import type { Launch } from '../../lib/model/statement.js';
import { STEP_TABLE } from '../../lib/model/steps.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { canonical } from '../../lib/trust/canonical.js';
import { statementDigest } from '../../lib/trust/statement.js';
import type { IncidentInput } from '../../workflows/messages.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { refusedStatement } from '../refusal.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { LAUNCH_DAYS, said } from '../statements.js';
import { chooseTargets } from '../target/choose.js';
import { follow } from './follow.js';

export interface OpenOptions extends Base, SignerFlags {
  readonly targets: readonly Id<'target'>[];
  readonly all: boolean;
  readonly id?: Id<'incident'>;
  readonly runbook: string;
  readonly wait: boolean;
  /** Who leaves, where the runbook is about a person. */
  readonly person?: Id<'person'>;
  readonly desk: () => Promise<Desk>;
}

type OpenFlags = SignerFlags & Pick<OpenOptions, 'all' | 'id' | 'runbook' | 'wait'>;

export function newOpenCommand(context: Context, run = runOpen): Command {
  return addSignerFlags(
    new Command('open')
      .description(
        'Opens an incident: signs the launch with your key and starts the runbook. The launch carries the authority to observe and contain; ' +
          'changes wait for their gate.\n\nExample:\n  cofferdam incident open r12-u07 r12-u08 --reason "beacon from r12-u07" --as alice --key alice.key.asc',
      )
      .argument('[target...]', 'targets of the inventory', idArguments<'target'>)
      .option('--all', 'every target of the inventory', false)
      .option('--id <incident>', 'id of the incident (default: the date and four random digits)', idArgument<'incident'>)
      .option('--runbook <name>', 'runbook of the site directory', 'bmc-compromise')
      .option('--wait', 'watch until the incident ended, or waits for a human (exit 8)', false),
  ).action(async (targets: readonly Id<'target'>[], flags: OpenFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, targets, desk: deskOf(base) }));
  });
}

export async function runOpen(options: OpenOptions): Promise<ExitCode> {
  const site = await openSite(options);
  const targets = chooseTargets(site.inventory, options);
  const incident = options.id ?? freshId(options.context.now());
  const signer = await openSigner(options, site, options);
  const launch: Launch = {
    ...said(signer.person, incident, options.reason, options.context.now(), LAUNCH_DAYS),
    verb: 'launch',
    site: site.digest,
    policy: site.policyDigest,
    runbook: findRunbook(site, options.runbook).digest,
    stepTable: STEP_TABLE,
    targets: targets.map((target) => target.id),
    ...(options.person === undefined ? {} : { person: options.person }),
  };
  const signed = await signer.sign(launch);
  const input: IncidentInput = { incident, launch: signed, zones: zonesOf(site, launch.targets) };
  return withDesk(options.desk, async (desk) => {
    const opened = await startOrFind(desk, input, launch, statementDigest(signed));
    await requireTakenIn(desk, incident);
    await printDocument(options, { incident, ...opened, targets: targets.length, zones: input.zones.map(({ zone }) => zone) }, () => [
      opened.alreadyRunning
        ? text`${incident} was opened before with this launch; nothing was started twice`
        : text`${incident} is open: ${targets.length} targets in ${input.zones.map(({ zone }) => zone).join(', ')}`,
    ]);
    if (options.wait) return follow({ ...options, incident, exitStatus: true }, desk);
    talk(options, text`follow it with: cofferdam incident watch ${incident}`);
    return EXIT.done;
  });
}

/** How long workers may take to say whether they take an incident in. It goes on by itself, so nobody waits longer. */
const TAKEN_IN_MS = 5_000;
const LOOK_MS = 100;

/** Throws CONFLICT when another incident holds one of the targets, and what else the workers refuse. A silent worker refuses nothing. */
async function requireTakenIn(desk: Desk, incident: Id<'incident'>): Promise<void> {
  const giveUpAt = Date.now() + TAKEN_IN_MS;
  let view = await desk.view(incident);
  while (view?.state === 'opening' && Date.now() < giveUpAt) {
    await pause(LOOK_MS);
    view = await desk.view(incident);
  }
  if (view === null || view.refusal === null) return;
  const { code, message } = view.refusal;
  if (code !== 'LEASE_HELD') throw refusedStatement(code, message, incident);
  throw new CliError('CONFLICT', `${incident} did not open: another incident holds one of its targets`, {
    why: message,
    fix: 'work in that incident, or have it released first',
  });
}

/** As `inc-20261122-1a2b`: sorts by day, and two people who open at once do not meet. */
export function freshId(now: number, prefix = 'inc'): Id<'incident'> {
  return id(`${prefix}-${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(2).toString('hex')}`);
}

/** Throws NOT_FOUND with the names that there are. */
export function findRunbook(site: LoadedSite, name: string): LoadedSite['runbooks'][string] {
  const runbook = site.runbooks[name];
  if (runbook !== undefined) return runbook;
  const known = Object.keys(site.runbooks).join(', ');
  throw new CliError('NOT_FOUND', `the site directory has no runbook ${name}`, {
    why: `it has: ${known}`,
    fix: 'name one of them with --runbook',
  });
}

export function zonesOf(site: LoadedSite, targets: readonly Id<'target'>[]): IncidentInput['zones'] {
  const chosen = new Set<string>(targets);
  return site.site.zones
    .map(({ id: zone }) => ({
      zone,
      targets: site.inventory.targets.filter((target) => target.zone === zone && chosen.has(target.id)).map((target) => target.id),
    }))
    .filter((zone) => zone.targets.length > 0);
}

interface Start {
  readonly launch: Digest<'statement'>;
  readonly alreadyRunning: boolean;
}

/** Opening the same incident twice, after a lost connection say, is no conflict: the first launch stands. */
async function startOrFind(desk: Desk, input: IncidentInput, launch: Launch, digest: Digest<'statement'>): Promise<Start> {
  try {
    await desk.start(input);
    return { launch: digest, alreadyRunning: false };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'CONFLICT') throw error;
    const before = await desk.opened(input.incident);
    if (essence(before.launch) !== essence(launch)) throw error;
    return { launch: before.digest, alreadyRunning: true };
  }
}

/** What a launch says, without when it was signed. */
function essence({ notBefore: _from, notAfter: _until, ...launch }: Launch): string {
  return canonical({ ...launch, targets: [...launch.targets].sort() });
}
