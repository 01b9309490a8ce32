import { Command } from 'commander';
import type { IncidentView, ParkedView } from '../../lib/model/incident.js';
import type { Digest, Id } from '../../lib/model/json.js';
import type { Complete } from '../../lib/model/statement.js';
import { AWAITS_PERSON } from '../../lib/model/verdict.js';
import { digestArguments, idArgument } from '../arguments.js';
import { confirm, demandTerminal } from '../ask.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { styled, text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';
import { verifiedIncident } from './verified.js';

export interface CompleteOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly orders: readonly Digest<'claim'>[];
  readonly captures: readonly Digest<'capture'>[];
  readonly yes: boolean;
  readonly desk: () => Promise<Desk>;
}

interface CompleteFlags extends SignerFlags {
  readonly order?: readonly Digest<'claim'>[];
  readonly evidence: readonly Digest<'capture'>[];
  readonly yes: boolean;
}

export function newCompleteCommand(context: Context, run = runComplete): Command {
  return addSignerFlags(
    new Command('complete')
      .description(
        'Vouches by a signed statement that what a person had to do by hand is done, and names the evidence of it, as `evidence add` printed it. It ' +
          'shows the instruction, then asks. Without --order it is the one operation that waits.\n\nExample:\n' +
          '  cofferdam incident complete inc-20261122-1a2b --evidence 3f1c… --reason "ACL set on both switches" --as alice --key alice.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .option('--order <key>', 'key of the order, as `incident show` has it (repeatable)', digestArguments<'claim'>)
      .requiredOption('--evidence <sha256>', 'digest of a capture that shows it (repeatable)', digestArguments<'capture'>)
      .option('--yes', 'do not ask', false),
  ).action(async (incident: Id<'incident'>, flags: CompleteFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    const { order = [], evidence, ...signing } = flags;
    const options = { ...base, ...signing, incident, orders: [...new Set(order)], captures: [...new Set(evidence)], desk: deskOf(base) };
    context.answer(await run(options));
  });
}

export async function runComplete(options: CompleteOptions): Promise<ExitCode> {
  const { incident, captures, context } = options;
  if (!options.yes) demandTerminal(options, 'read the instruction with `cofferdam incident show`, then give --yes');
  const site = await openSite(options);
  const signer = await openSigner(options, site, options);
  const { statement, orders } = await withDesk(options.desk, async (desk) => {
    const { opened, view } = await verifiedIncident(desk, incident, site, context.now());
    const waiting = chosen(options, waitingOf(view));
    await agree(options, waiting);
    const complete: Complete = {
      ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
      verb: 'complete',
      launch: opened.digest,
      orders: waiting.map(({ order }) => order),
      captures,
    };
    return { statement: (await desk.deliver(incident, await signer.sign(complete))).statement, orders: complete.orders };
  });
  await printDocument(options, { incident, verb: 'complete', orders, captures, statements: [statement] }, () => [
    text`${orders.length} operations are vouched for; they are looked at now. Follow it with: cofferdam incident watch ${incident}`,
  ]);
  return EXIT.done;
}

/** One operation that waits for a person. */
interface Waiting extends ParkedView {
  readonly order: Digest<'claim'>;
}

function waitingOf({ parked }: IncidentView): readonly Waiting[] {
  return parked.flatMap((one) => {
    const { code, order } = one.state;
    return code === AWAITS_PERSON && order !== undefined ? [{ ...one, order }] : [];
  });
}

/** Nobody vouches by a slip for more than was done: several that wait are named one by one. */
function chosen({ incident, orders }: CompleteOptions, waiting: readonly Waiting[]): readonly Waiting[] {
  const [only, ...others] = waiting;
  if (orders.length === 0) {
    if (only === undefined) throw notWaiting(`nothing of ${incident} waits to be done by hand`, incident);
    if (others.length === 0) return [only];
    throw new CliError('USAGE', `${String(waiting.length)} operations wait to be done by hand`, {
      why: waiting.map(({ target, order, state }) => `${target}: ${state.why}: --order ${order}`).join('\n'),
      fix: 'name those that are done with --order',
    });
  }
  return orders.map((key) => {
    const found = waiting.find(({ order }) => order === key);
    if (found === undefined) throw notWaiting(`no operation with the key ${key} waits to be done by hand`, incident);
    return found;
  });
}

function notWaiting(message: string, incident: string): CliError {
  return new CliError('NOT_PARKED', message, { fix: `see what waits with: cofferdam incident show ${incident}` });
}

async function agree(options: CompleteOptions, waiting: readonly Waiting[]): Promise<void> {
  for (const { target, step, state, order } of waiting) {
    talk(options, text`${styled('bold', target)} at ${step}: ${state.why}`);
    talk(options, text`  order    ${order}`);
  }
  for (const capture of options.captures) talk(options, text`  evidence ${capture}`);
  if (!options.yes && !(await confirm(options, `vouch that this is done in ${options.incident}?`)))
    throw new CliError('DECLINED', 'nothing was signed', { why: 'the answer was not yes' });
}
