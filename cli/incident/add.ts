import { Command } from 'commander';
import { launchGate } from '../../lib/model/quorum.js';
import type { Id } from '../../lib/model/json.js';
import type { Add } from '../../lib/model/statement.js';
import { digestOf } from '../../lib/trust/canonical.js';
import { idArgument, idArguments } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';
import { chooseTargets } from '../target/choose.js';
import { verifiedIncident } from './verified.js';

export interface AddOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly targets: readonly Id<'target'>[];
  readonly desk: () => Promise<Desk>;
}

export function newAddCommand(context: Context, run = runAdd): Command {
  return addSignerFlags(
    new Command('add')
      .description(
        'Takes further targets into a running incident by a signed statement, as hits of a hunt. They go through its runbook from the first step on, beside ' +
          'the others, and every gate opens a round of its own for them. Whoever may launch may add; above the number of targets that the policy names, ' +
          'counted over the whole incident, it waits for co-signers. The targets must be in the inventory as it was when the incident opened, and in one ' +
          'of its zones. Exits 11 when another incident holds one of them.\n\n' +
          'Example:\n  cofferdam incident add inc-20261122-1a2b r12-u09 r12-u10 --reason "same account found by hunt-20261122-77aa" --as alice --key alice.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .argument('<target...>', 'targets of the inventory', idArguments<'target'>),
  ).action(async (incident: Id<'incident'>, targets: readonly Id<'target'>[], flags: SignerFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, incident, targets, desk: deskOf(base) }));
  });
}

export async function runAdd(options: AddOptions): Promise<ExitCode> {
  const { incident, context } = options;
  const site = await openSite(options);
  const targets = chooseTargets(site.inventory, { targets: options.targets, all: false });
  const signer = await openSigner(options, site, options);
  const { statement, view } = await withDesk(options.desk, async (desk) => {
    const { opened, view: before } = await verifiedIncident(desk, incident, site, context.now());
    const add: Add = {
      ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
      verb: 'add',
      launch: opened.digest,
      targets: targets.map((target) => ({ target: target.id, zone: target.zone, record: digestOf<'record'>(target) })),
      turn: before.turn,
    };
    const delivered = await desk.deliver(incident, await signer.sign(add));
    return { statement: delivered.statement, view: await desk.view(incident) };
  });
  const state = view?.added.find((one) => one.statement === statement)?.state ?? 'in';
  await printDocument(options, { incident, verb: 'add', targets: targets.map(({ id }) => id), state, statements: [statement] }, () => [
    state === 'in'
      ? text`${incident} takes in ${targets.length} targets. Follow them with: cofferdam incident watch ${incident}`
      : text`${incident} takes in ${targets.length} targets once ${launchGate(site.site.policy.launch).quorum} co-signers approve: cofferdam gate show ${incident} launch`,
  ]);
  if (state === 'asked') talk(options, text`nothing is asked of these targets before that`);
  return state === 'in' ? EXIT.done : EXIT.pending;
}
