import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCodeOf, type Report } from '../../lib/evidence/verify/report.js';
import { verifyPath, VerifyError } from '../../lib/evidence/verify/verify.js';
import type { Context } from '../context.js';
import { CliError, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, type Line } from '../output/print.js';
import { styled, text } from '../output/text.js';

export interface VerifyOptions extends Base {
  readonly path: string;
  readonly keys: string;
  readonly drill: boolean;
}

export function newVerifyCommand(context: Context, run = runVerify): Command {
  return new Command('verify')
    .description(
      'Verifies a seal (a tar or an unpacked folder) or an exported case (a folder of tars), offline and with nothing but the certificates that you trust.\n\n' +
        'Exit codes: 0 VALID, 3 INVALID, 5 VALID-INCOMPLETE, 6 CANNOT-CHECK.\n\n' +
        'Example:\n  cofferdam evidence verify case/ --keys collector.asc',
    )
    .argument('<path>', 'tar, folder of a seal, or folder of an exported case')
    .requiredOption('--keys <file>', 'armored certificates that you trust, one or more')
    .option('--drill', 'expect a drill; a real incident is then refused, as a drill is without', false)
    .action(async (path: string, flags: Pick<VerifyOptions, 'keys' | 'drill'>, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>(), path, ...flags }));
    });
}

async function runVerify(options: VerifyOptions): Promise<ExitCode> {
  const { context, path, drill } = options;
  const certificates = await readCertificates(resolve(context.cwd, options.keys));
  try {
    const report = await verifyPath(resolve(context.cwd, path), { certificates, drill, now: new Date(context.now()) });
    await printDocument(options, report, () => reportLines(report));
    return exitCodeOf(report.verdict);
  } catch (cause) {
    if (!(cause instanceof VerifyError)) throw cause;
    throw new CliError(cause.code === 'NOT_FOUND' ? 'NOT_FOUND' : 'FILE_UNUSABLE', cause.message, { cause });
  }
}

const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/** The armor blocks of a file. A file without any is refused here: it is more likely a wrong file than an empty trust. */
async function readCertificates(path: string): Promise<readonly string[]> {
  const content = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw keysUnusable(path, cause instanceof Error ? cause.message : String(cause));
  });
  const blocks = content.match(BLOCK);
  if (blocks === null) throw keysUnusable(path, 'it holds no armored certificate');
  return blocks;
}

function keysUnusable(path: string, why: string): CliError {
  return new CliError('KEY_UNREADABLE', `the certificates in ${path} cannot be used`, {
    why,
    fix: 'name a file with armored public keys in --keys; of a site: collector.asc in the state folder of its workers',
  });
}

const COLOURS = { VALID: 'green', 'VALID-INCOMPLETE': 'yellow', 'CANNOT-CHECK': 'yellow', INVALID: 'red' } as const;

function reportLines(report: Report): readonly Line[] {
  const { verdict, refusals, incomplete, series, seals, items, bytes, signers } = report;
  return [
    text`${styled(COLOURS[verdict], verdict)}  ${series.length} series, ${seals} seals, ${items} items, ${bytes} bytes`,
    ...refusals.map(({ code, where, expected, got }) => text`  ${styled('red', code)} ${where}: expected ${expected}, got ${got}`),
    ...incomplete.map(({ where, uri, error }) => text`  ${styled('yellow', 'incomplete')} ${where}: ${uri ?? 'series'} ${error}`),
    ...signers.map(({ role, fingerprint, person }) => text`  signed by ${role} ${fingerprint} (${person})`),
  ];
}
