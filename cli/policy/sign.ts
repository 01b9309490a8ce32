import { Command } from 'commander';
import { signPolicy } from '../../lib/site/trust-root.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text } from '../output/text.js';
import { siteDir } from '../place.js';
import { openKey, trustFailure } from '../signer.js';
import { siteFailure } from '../site-failure.js';

export interface PolicySignOptions extends Base {
  readonly key: string;
}

/** `policy sign`: after people or policy changed, the people of the trust root sign them again; until then no worker starts. */
export function newSignCommand(context: Context, run = runPolicySign): Command {
  return new Command('sign')
    .description(
      'Signs people, policy and certificates of the site directory with a key of the trust root, into keys/policy.<FINGERPRINT>.asc. ' +
        'Needed after any of them changed; workers refuse what is not signed.\n\nExample:\n  cofferdam policy sign --key bob.key.asc',
    )
    .requiredOption('--key <file>', 'armored private key of somebody of the trust root')
    .action(async ({ key }: { key: string }, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), key }));
    });
}

async function runPolicySign(options: PolicySignOptions): Promise<ExitCode> {
  const useKey = await openKey(options, options.key);
  const dir = siteDir(options);
  try {
    const fingerprint = await useKey((key) => signPolicy(dir, key));
    await printDocument(options, { signed: fingerprint }, () => [
      text`policy signed by ${fingerprint}; commit keys/policy.${fingerprint}.asc`,
    ]);
    return EXIT.done;
  } catch (error) {
    throw trustFailure(siteFailure(error, dir), 'policy');
  }
}
