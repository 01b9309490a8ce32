import { Command } from 'commander';
import type { Enrolment } from '../../lib/model/enrolment.js';
import type { Digest, Id } from '../../lib/model/json.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import { targetYaml } from '../../lib/site/templates.js';
import { idArgument, pinArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk, write } from '../output/print.js';
import { text } from '../output/text.js';
import { openSite } from '../site.js';
import { findRedfishTarget } from './choose.js';

export interface EnrollOptions extends Base {
  readonly target: Id<'target'>;
  readonly pin?: Digest<'spki'>;
  readonly desk: () => Promise<Desk>;
}

export function newEnrollCommand(context: Context, run = runEnroll): Command {
  return new Command('enroll')
    .description(
      'Has the worker of the target’s zone look at who answers at its address, without any secret, and prints the inventory entry with key and ' +
        'identity. The entry must be in the inventory already, with `pin: null` while nobody has compared the key. Compare the key on a trusted path, ' +
        'then run it again with --pin: only then, and only to that key, it logs in to read what the identity lacks. Nothing is stored; you edit the ' +
        'inventory.\n\nExample:\n  cofferdam target enroll r12-u07',
    )
    .argument('<target>', 'target of the inventory', idArgument<'target'>)
    .option('--pin <sha256>', 'the key, as somebody has compared it on a trusted path', pinArgument)
    .action(async (target: Id<'target'>, flags: Pick<EnrollOptions, 'pin'>, command: Command) => {
      const base = { context, globals: command.optsWithGlobals<Globals>() };
      context.answer(await run({ ...base, ...flags, target, desk: deskOf(base) }));
    });
}

export async function runEnroll(options: EnrollOptions): Promise<ExitCode> {
  const { inventory } = await openSite(options);
  const listed = findRedfishTarget(inventory, options.target);
  const pin = options.pin ?? null;
  const seen = await withDesk(options.desk, (desk) => {
    talk(options, text`asking the worker of zone ${listed.zone} who answers at ${listed.address}`);
    return desk.enroll(listed.zone, options.target, pin);
  });
  if (pin !== null && seen.pin !== pin)
    throw new CliError('REFUSED', `${listed.address} shows another key than the one you compared`, {
      why: `it shows ${seen.pin}, you gave ${pin}; nothing secret was sent`,
      fix: 'find out who answers there; if an incident is under way, this belongs into it',
    });
  explain(options, listed, seen);
  if (options.globals.output === 'table') {
    // It travels with the entry: whoever pastes it sees that somebody has yet to look.
    if (!seen.loggedIn) write(options.context.stdout, '# The pin is as seen, and NOT COMPARED yet.');
    write(options.context.stdout, targetYaml(entryOf(listed, seen)).trimEnd());
  } else await printDocument(options, seen, () => []);
  return EXIT.done;
}

/** What is not visible keeps what the inventory says: a person wrote it. */
function entryOf(listed: RedfishTarget, { pin, identity }: Enrolment): RedfishTarget {
  return {
    ...listed,
    pin,
    identity: {
      serial: identity.serial === '' ? listed.identity.serial : identity.serial,
      uuid: identity.uuid === '' ? listed.identity.uuid : identity.uuid,
    },
  };
}

function explain(options: EnrollOptions, { pin, address }: RedfishTarget, seen: Enrolment): void {
  talk(options, text`key seen     ${seen.pin} (${seen.tls.version}, ${seen.tls.cipher})`);
  for (const one of seen.certificates)
    talk(
      options,
      text`certificate  ${one.subject}, issued by ${one.issuer}, ${one.notBefore ?? '?'} to ${one.notAfter ?? '?'}, SHA-256 ${one.sha256}`,
    );
  if (pin !== null && pin !== seen.pin) talk(options, text`the inventory pins another key: ${pin}`);
  if (seen.loggedIn) return;
  talk(options, text`seen without a login; ${seen.identity.serial === '' ? 'no serial number' : 'the identity'} is shown to anyone`);
  talk(
    options,
    text`compare the key where no attacker sits between: at the BMC’s console or its web page from a machine beside it, or with`,
  );
  talk(
    options,
    text`  openssl s_client -connect ${new URL(address).host} </dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`,
  );
  talk(options, text`then run this again with --pin KEY`);
}
