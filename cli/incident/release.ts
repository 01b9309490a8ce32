import { Command } from 'commander';
import type { IncidentView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import type { Release } from '../../lib/model/statement.js';
import { idArgument, idArguments } from '../arguments.js';
import { confirm, demandTerminal } from '../ask.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type Opened } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import { heard } from '../freeze/ask.js';
import { targetsOf, withAdded } from '../gate/added.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { styled, text } from '../output/text.js';
import { refusedStatement } from '../refusal.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';
import { HOLDING, isInForce, named, nameOf, detailOf } from './containment.js';
import { verifiedIncident } from './verified.js';

export interface ReleaseOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly steps: readonly Id<'step'>[];
  readonly targets: readonly Id<'target'>[];
  readonly yes: boolean;
  readonly desk: () => Promise<Desk>;
}

interface ReleaseFlags extends SignerFlags {
  readonly step?: readonly Id<'step'>[];
  readonly target?: readonly Id<'target'>[];
  readonly yes: boolean;
}

export function newReleaseCommand(context: Context, run = runRelease): Command {
  return addSignerFlags(
    new Command('release')
      .description(
        'Lifts isolation and freeze by a signed statement: what the steps put in force is taken back in reverse order, each act observed. Nothing else ' +
          'ever lifts them: no cancel, no expiry, no dead engine. It shows what is in force, then asks. Without --step and --target it is all of it. ' +
          'Whoever may decide at a gate may release; the requester may not where the gates exclude the requester.\n\nExample:\n' +
          '  cofferdam incident release inc-20261122-1a2b --step isolate --reason "rebuilt and verified" --as bob --key bob.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .option('--step <step>', `only what this step did (${[...HOLDING].join(', ')}; repeatable)`, idArguments<'step'>)
      .option('--target <target>', 'only the freeze of this target (repeatable)', idArguments<'target'>)
      .option('--yes', 'do not ask', false),
  ).action(async (incident: Id<'incident'>, flags: ReleaseFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    const { step = [], target = [], ...signing } = flags;
    const options = { ...base, ...signing, incident, steps: [...new Set(step)], targets: [...new Set(target)], desk: deskOf(base) };
    context.answer(await run(options));
  });
}

export async function runRelease(options: ReleaseOptions): Promise<ExitCode> {
  const { incident, steps, targets, context } = options;
  requireSense(options);
  if (!options.yes) demandTerminal(options, 'read what is in force with `cofferdam incident show`, then give --yes');
  const site = await openSite(options);
  const signer = await openSigner(options, site, options);
  const statement = await withDesk(options.desk, async (desk) => {
    const { opened, view } = await verifiedIncident(desk, incident, site, context.now());
    requireNamed(options, await withAdded(desk, opened, view));
    await agree(options, desk, opened, view);
    const release: Release = {
      ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
      verb: 'release',
      launch: opened.digest,
      steps,
      subjects: targets.map((target) => ({ kind: 'bmc', target })),
    };
    return (await desk.deliver(incident, await signer.sign(release))).statement;
  });
  await printDocument(options, { incident, verb: 'release', steps, targets, statements: [statement] }, () => [
    text`the release of ${incident} is under way. Follow it with: cofferdam incident watch ${incident}`,
  ]);
  return EXIT.done;
}

function requireSense({ steps, targets }: ReleaseOptions): void {
  const strange = steps.find((step) => !HOLDING.has(step));
  if (strange !== undefined)
    throw new CliError('USAGE', `the step ${strange} holds nothing in force`, { fix: `name one of ${[...HOLDING].join(', ')}, or none` });
  if (targets.length > 0 && steps.some(isIsolation))
    throw new CliError('USAGE', 'isolation closes a whole segment and cannot be lifted for one target', {
      fix: 'leave out --target to lift the isolation, or --step isolate to lift the freeze of these targets',
    });
}

const isIsolation = (step: Id<'step'>): boolean => step === 'isolate';

function requireNamed({ incident, targets }: ReleaseOptions, opened: Opened): void {
  const members = targetsOf(opened);
  const strange = targets.find((target) => !members.includes(target));
  if (strange !== undefined) throw refusedStatement('UNKNOWN_TARGET', `${strange} is no target of ${incident}`, incident);
}

async function agree(options: ReleaseOptions, desk: Desk, opened: Opened, view: IncidentView): Promise<void> {
  const { incident, steps, targets } = options;
  if (targets.length === 0 && (steps.length === 0 || steps.some(isIsolation))) sayIsolation(options, view);
  if (steps.length === 0 || !steps.every(isIsolation)) await sayFreeze(options, desk, opened);
  const open = view.gates.filter(({ state }) => state === 'open').map(({ gate }) => gate);
  if (open.length > 0) talk(options, text`still undecided: gate ${named(open)}`);
  const busy = view.phases.filter(({ state }) => state !== 'done' && state !== 'waiting').map(({ step }) => step);
  if (busy.length > 0) talk(options, text`still at work: ${named(busy)}`);
  talk(options, styled('red', 'this lifts containment: whoever was kept out can reach these BMCs again, and they can reach out'));
  if (!options.yes && !(await confirm(options, `lift this containment of ${incident}?`)))
    throw new CliError('DECLINED', 'nothing was signed', { why: 'the answer was not yes' });
}

function sayIsolation(options: ReleaseOptions, { containment }: IncidentView): void {
  const inForce = containment.filter(isInForce);
  if (inForce.length === 0) talk(options, text`isolation: no enforcer is known to hold anything back`);
  for (const one of inForce) talk(options, text`isolation: ${nameOf(one)} is ${one.state}, ${detailOf(one)}: its rules are taken away`);
}

const FREEZE_MS = 10_000;

/** Asks the zones themselves; a silent one hinders nobody from releasing, since the release waits for it. */
async function sayFreeze(options: ReleaseOptions, desk: Desk, opened: Opened): Promise<void> {
  for (const { zone } of opened.input.zones) {
    const answer = await heard(() => desk.frozen(zone, null, FREEZE_MS));
    if ('silent' in answer) {
      talk(options, text`freeze: zone ${zone} does not say what is frozen: ${answer.silent}`);
      continue;
    }
    const wanted = answer.frozen.filter(({ incident, target }) => incident === options.incident && concerns(options, target));
    talk(
      options,
      text`freeze: zone ${zone}: ${wanted.length} targets are opened to others again: ${named(wanted.map(({ target }) => target))}`,
    );
  }
}

function concerns({ targets }: ReleaseOptions, target: Id<'target'>): boolean {
  return targets.length === 0 || targets.includes(target);
}
