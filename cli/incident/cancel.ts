import { Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import type { Cancel } from '../../lib/model/statement.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf, withDesk, type Desk } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { openSigner, type SignerFlags } from '../signer.js';
import { addSignerFlags } from '../signer-flags.js';
import { openSite } from '../site.js';
import { DECISION_DAYS, said } from '../statements.js';

export interface CancelOptions extends Base, SignerFlags {
  readonly incident: Id<'incident'>;
  readonly desk: () => Promise<Desk>;
}

export function newCancelCommand(context: Context, run = runCancel): Command {
  return addSignerFlags(
    new Command('cancel')
      .description(
        'Ends an incident by a signed statement: nothing more is started, what has begun is finished, the evidence is sealed. ' +
          'Isolation and freeze stay.\n\nExample:\n  cofferdam incident cancel inc-20261122-1a2b --reason "false alarm" --as alice --key alice.key.asc',
      )
      .argument('<incident>', 'id of the incident', idArgument<'incident'>),
  ).action(async (incident: Id<'incident'>, flags: SignerFlags, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, incident, desk: deskOf(base) }));
  });
}

export async function runCancel(options: CancelOptions): Promise<ExitCode> {
  const { incident, context } = options;
  const signer = await openSigner(options, await openSite(options), options);
  const statement = await withDesk(options.desk, async (desk) => {
    const { digest } = await desk.opened(incident);
    const cancel: Cancel = {
      ...said(signer.person, incident, options.reason, context.now(), DECISION_DAYS),
      verb: 'cancel',
      launch: digest,
      subjects: [],
    };
    return (await desk.deliver(incident, await signer.sign(cancel))).statement;
  });
  await printDocument(options, { incident, verb: 'cancel', statements: [statement] }, () => [
    text`${incident} is being cancelled; what has begun is finished. Follow it with: cofferdam incident watch ${incident}`,
  ]);
  return EXIT.done;
}
