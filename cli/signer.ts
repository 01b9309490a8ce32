import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CLOCK_SKEW_MS } from '../lib/model/clock-skew.js';
import type { Id } from '../lib/model/json.js';
import type { SignedStatement, Statement } from '../lib/model/statement.js';
import type { LoadedSite } from '../lib/site/load.js';
import { TrustError } from '../lib/trust/error.js';
import type { SigningKey } from '../lib/trust/sign.js';
import { signStatement, verifyStatement, type Keyring } from '../lib/trust/statement.js';
import { askHidden, demandTerminal } from './ask.js';
import { CliError } from './error.js';
import type { Base } from './globals.js';
import { isRefusal, refusedStatement } from './refusal.js';

/** Who signs, as the flags say. */
export interface SignerFlags {
  readonly as: string;
  readonly key: string;
  readonly reason: string;
}

/** A person of the site with her key in hand. */
export interface Signer {
  readonly person: Id<'person'>;
  /** Signs, and verifies the result against the site as a worker will: a wrong key shows here and not minutes later. */
  sign(statement: Statement): Promise<SignedStatement>;
}

/** Finds the person among the people of the site and reads her key file. Throws PEOPLE_UNKNOWN and KEY_UNREADABLE. */
export async function openSigner(base: Base, site: LoadedSite, flags: SignerFlags): Promise<Signer> {
  const person = findPerson(site, flags.as);
  if (flags.reason.trim() === '')
    throw new CliError('USAGE', 'the reason is empty', { fix: 'say in --reason why; it is signed and kept as evidence' });
  const useKey = await openKey(base, flags.key);
  return {
    person,
    async sign(statement) {
      try {
        const signed = await useKey((key) => signStatement(statement, key));
        await verifyStatement(signed, keyringOf(site), new Date(base.context.now() + CLOCK_SKEW_MS));
        return signed;
      } catch (cause) {
        throw trustFailure(cause, statement.incident);
      }
    },
  };
}

/** Throws PEOPLE_UNKNOWN. */
export function findPerson(site: LoadedSite, as: string): Id<'person'> {
  const person = site.site.people.find(({ id }) => id === as);
  if (person !== undefined) return person.id;
  throw new CliError('PEOPLE_UNKNOWN', `${as} is not among the people of this site`, {
    why: `site.yaml knows ${site.site.people.map(({ id }) => id).join(', ')}`,
    fix: 'name one of them with --as',
  });
}

/** Reads a key file; what comes back signs with it, and asks for its passphrase when it turns out to be locked. */
export async function openKey(base: Base, path: string): Promise<<T>(sign: (key: SigningKey) => Promise<T>) => Promise<T>> {
  const privateKey = await readKeyFile(base, path);
  let passphrase = await filedPassphrase(base);
  return (sign) =>
    sign(keyOf(privateKey, passphrase)).catch(async (locked: unknown) => {
      passphrase = await passphraseFor(base, locked, passphrase);
      return sign(keyOf(privateKey, passphrase));
    });
}

export function keyringOf(site: LoadedSite): Keyring {
  return { people: site.site.people, certificates: site.certificates, policy: site.site.policy, policyDigest: site.policyDigest };
}

async function readKeyFile(base: Base, path: string): Promise<string> {
  try {
    return await readFile(resolve(base.context.cwd, path), 'utf8');
  } catch (cause) {
    throw new CliError('KEY_UNREADABLE', `the key file ${path} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'name a file with your armored private key in --key (gpg --armor --export-secret-keys FINGERPRINT)',
      cause,
    });
  }
}

/** The passphrase comes from a file or from the terminal, never from an argument or a variable, which others can read. */
async function filedPassphrase(base: Base): Promise<string | null> {
  const file = base.context.env['COFFERDAM_PASSPHRASE_FILE'];
  if (file === undefined || file === '') return null;
  try {
    return (await readFile(resolve(base.context.cwd, file), 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new CliError('KEY_UNREADABLE', `the passphrase file ${file} cannot be read`, { fix: 'correct COFFERDAM_PASSPHRASE_FILE', cause });
  }
}

/** Asked only for a key that turned out to be locked; any other failure goes on. */
async function passphraseFor(base: Base, failure: unknown, tried: string | null): Promise<string> {
  if (!(failure instanceof TrustError) || failure.code !== 'KEY_PASSPHRASE' || tried !== null) throw failure;
  demandTerminal(base, 'name a file that holds the passphrase of the key in COFFERDAM_PASSPHRASE_FILE');
  return askHidden(base, 'passphrase of the key: ');
}

function keyOf(privateKey: string, passphrase: string | null): SigningKey {
  return passphrase === null ? { privateKey } : { privateKey, passphrase };
}

/** What lib/trust throws, told as an error of ours. */
export function trustFailure(cause: unknown, incident: string): unknown {
  if (!(cause instanceof TrustError)) return cause;
  if (isRefusal(cause.code)) return refusedStatement(cause.code, cause.message, incident);
  return new CliError('KEY_UNREADABLE', 'the key cannot sign', {
    why: cause.message,
    fix: 'name your armored private key in --key',
    cause,
  });
}
