import { Command } from 'commander';
import type { Enrolment } from '../../lib/model/enrolment.js';
import type { Digest, Id } from '../../lib/model/json.js';
import type { Trust } from '../../lib/model/statement.js';
import { idArgument, pinArgument } from '../arguments.js';
import { confirm, demandTerminal } from '../ask.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import { targetsOf, withAdded } from '../gate/added.js';
import type { Base, Globals } from '../globals.js';
import { verifiedIncident } from '../incident/verified.js';
import { printDocument, talk } from '../output/print.js';
import { styled, text } from '../output/text.js';
import { refusedStatement } from '../refusal.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';
import { findRedfishTarget } from './choose.js';

export interface TrustOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly target: Id<'target'>;
  readonly pin: Digest<'spki'>;
  readonly yes: boolean;
  readonly desk: () => Promise<Desk>;
}

type TrustFlags = SignerFlags & Pick<TrustOptions, 'pin' | 'yes'>;

export function newTrustCommand(context: Context, run = runTrust): Command {
  return addSignerFlags(
    new Command('trust')
      .description(
        'Vouches by a signed statement for another TLS key of a target, in this incident: secrets then go to whoever proves to own it, and to nobody ' +
          'else. Compare the key on a path that does not lead through the suspect (its console, the vendor’s label, whoever replaced the certificate). ' +
          'It shows the key in force and the one that answers now, then asks. Whoever may decide at a gate may vouch; the requester may not where the ' +
          'gates exclude the requester. An authority in the inventory is then not asked. The target stays parked: resolve it with retry.\n\nExample:\n' +
          '  cofferdam target trust inc-20261122-1a2b r12-u07 --pin 3f1c… --reason "compared on the console" --as bob --key bob.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>)
      .argument('<target>', 'target of the incident', idArgument<'target'>)
      .requiredOption('--pin <sha256>', 'SHA-256 of the public key (SubjectPublicKeyInfo), as compared', pinArgument)
      .option('--yes', 'do not ask', false),
  ).action(async (incident: Id<'incident'>, target: Id<'target'>, flags: TrustFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, incident, target, desk: deskOf(base) }));
  });
}

export async function runTrust(options: TrustOptions): Promise<ExitCode> {
  const { incident, target, pin, context } = options;
  if (!options.yes) demandTerminal(options, 'compare both keys, then give --yes');
  const site = await openSite(options);
  const { zone, pin: listed } = findRedfishTarget(site.inventory, target);
  const signer = await openSigner(options, site, options);
  const statement = await withDesk(options.desk, async (desk) => {
    const { opened, view } = await verifiedIncident(desk, incident, site, context.now());
    if (!targetsOf(await withAdded(desk, opened, view)).includes(target))
      throw refusedStatement('UNKNOWN_TARGET', `${target} is no target of ${incident}`, incident);
    const before = view.trusted.filter((trusted) => trusted.target === target);
    const replaces = before.at(-1)?.pin ?? listed;
    if (replaces === pin)
      throw new CliError('CONFLICT', `this key of ${target} is in force already`, { fix: 'resolve the target with retry' });
    await agree(options, replaces, await look(desk, options, zone));
    const trust: Trust = {
      ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
      verb: 'trust',
      launch: opened.digest,
      target,
      pin,
      replaces,
      turn: before.length,
    };
    return (await desk.deliver(incident, await signer.sign(trust))).statement;
  });
  await printDocument(options, { incident, verb: 'trust', target, pin, statements: [statement] }, () => [
    text`${target} is trusted under the key ${pin} in this incident; resolve it with retry: cofferdam incident show ${incident} has the command`,
  ]);
  return EXIT.done;
}

/** Null when nobody answers there now: a key that was compared on the console may be trusted all the same, and nothing is sent to any other. */
async function look(desk: Desk, options: TrustOptions, zone: Id<'zone'>): Promise<Enrolment | null> {
  try {
    return await desk.enroll(zone, options.target, null);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'REFUSED') throw error;
    talk(options, text`nobody could be seen at its address now: ${error.why ?? error.message}`);
    return null;
  }
}

async function agree(options: TrustOptions, inForce: Digest<'spki'> | null, seen: Enrolment | null): Promise<void> {
  const [own] = seen?.certificates ?? [];
  talk(options, text`key in force      ${inForce ?? 'none'}`);
  talk(options, text`key you vouch for ${options.pin}`);
  talk(options, text`key seen now      ${seen?.pin ?? 'none'}`);
  if (own !== undefined)
    talk(options, text`its certificate   ${own.subject}, issued by ${own.issuer}, ${own.notBefore ?? '?'} to ${own.notAfter ?? '?'}`);
  if (seen !== null && seen.pin !== options.pin)
    talk(options, text`${styled('red', 'the BMC shows another key than the one you vouch for')}: it is sent no secret while it does`);
  if (!options.yes && !(await confirm(options, `trust this key of ${options.target} in ${options.incident}?`)))
    throw new CliError('DECLINED', 'nothing was signed', { why: 'the answer was not yes' });
}
