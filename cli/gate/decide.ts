import { Command } from 'commander';
import type { GateView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import type { Decision } from '../../lib/model/statement.js';
import { idArgument, wholeNumber } from '../arguments.js';
import { confirm, demandTerminal } from '../ask.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk, type Opened } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Globals } from '../globals.js';
import { printDocument, rendered, talk, write } from '../output/print.js';
import { text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { said } from '../statements.js';
import type { CheckedGate } from './check.js';
import { requireOpen } from './choose.js';
import { requireLaunch } from './launch.js';
import { checkedContent, openGate, renderedGate, type ShowOptions } from './show.js';

export interface DecideOptions extends ShowOptions, SignerFlags {
  readonly verb: Decision['verb'];
  readonly yes: boolean;
}

type DecideFlags = SignerFlags & { readonly yes: boolean; readonly round?: number };

export function newApproveCommand(context: Context, run = runDecide): Command {
  return newDecideCommand(context, 'approve', run);
}

export function newDenyCommand(context: Context, run = runDecide): Command {
  return newDecideCommand(context, 'deny', run);
}

function newDecideCommand(context: Context, verb: Decision['verb'], run: typeof runDecide): Command {
  return addSignerFlags(
    new Command(verb)
      .description(
        `Checks the plans behind a gate as \`gate show\` does, then signs the decision with your key: root, round and counts from what was checked here.\n\n` +
          `Example:\n  cofferdam gate ${verb} inc-20261122-1a2b review-access --reason "read all of it" --as bob --key bob.key.asc`,
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .argument('[gate]', 'id of the gate (default: the one that is open)', idArgument<'gate'>)
      .option('--round <n>', 'round of the gate, when several are open', wholeNumber)
      .option('--yes', 'do not ask', false),
  ).action(async (incident: Id<'incident'>, gate: Id<'gate'> | undefined, flags: DecideFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    const { round = null, ...signing } = flags;
    context.answer(await run({ ...base, ...signing, verb, incident, gate: gate ?? null, round, desk: deskOf(base) }));
  });
}

export async function runDecide(options: DecideOptions): Promise<ExitCode> {
  const { incident, verb } = options;
  if (!options.yes) demandTerminal(options, 'read it with `cofferdam gate show`, then give --yes');
  const site = await openSite(options);
  const signer = await openSigner(options, site, options);
  const delivered = await withDesk(options.desk, async (desk) => {
    const { gate, opened } = await openGate(desk, options);
    requireOpen(gate, incident);
    await requireLaunch(opened, incident, site, options.context.now());
    const checked = await contentFor(options, desk, opened, gate);
    await agree(options, gate, checked, opened);
    return desk.deliver(incident, await signer.sign(decisionOf(options, signer.person, opened, gate, checked)));
  });
  await printDocument(options, { incident, verb, ...delivered }, () => [
    text`${verb === 'approve' ? 'approved' : 'denied'} by ${signer.person}; statement ${delivered.statement}`,
    text`${standing(delivered.gate)}`,
  ]);
  return EXIT.done;
}

/** A denial must not fail because the plans are forged or a zone is silent: it then names what the incident names, and can only stop. */
async function contentFor(options: DecideOptions, desk: Desk, opened: Opened, gate: GateView): Promise<CheckedGate> {
  try {
    return await checkedContent(desk, opened, gate);
  } catch (error) {
    if (options.verb === 'approve' || !(error instanceof CliError)) throw error;
    talk(options, text`the plans were not checked (${error.code}: ${error.why ?? error.message}); the denial counts all the same`);
    return { root: gate.root, counts: gate.counts, plans: [] };
  }
}

async function agree(options: DecideOptions, gate: GateView, checked: CheckedGate, opened: Opened): Promise<void> {
  if (options.yes) return;
  for (const line of await rendered(options, renderedGate(options, gate, checked, opened))) write(options.context.stderr, line);
  if (!(await confirm(options, `${options.verb} round ${String(gate.round)} of gate ${gate.gate} of ${options.incident}?`)))
    throw new CliError('DECLINED', 'nothing was signed', { why: 'the answer was not yes' });
}

/** Valid as long as what it approves may begin: the executor reads it again before every section. */
function decisionOf(
  { verb, incident, reason, context }: DecideOptions,
  by: Id<'person'>,
  opened: Opened,
  gate: GateView,
  checked: CheckedGate,
): Decision {
  return {
    ...said(by, incident, reason, context.now(), 1),
    notAfter: gate.executeBy,
    verb,
    launch: opened.digest,
    policy: opened.launch.policy,
    gate: gate.gate,
    round: gate.round,
    root: checked.root,
    counts: checked.counts,
  };
}

function standing(gate: GateView | null): string {
  if (gate === null) return 'the incident counted it';
  const missing = Math.max(0, gate.policy.quorum - gate.approvals.length);
  return gate.state === 'open' ? `gate ${gate.gate} waits for ${String(missing)} more` : `gate ${gate.gate} is ${gate.state}`;
}
