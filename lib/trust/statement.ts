import type { Digest, Id } from '../model/json.js';
import { readStatement } from '../model/read-statement.js';
import type { Person, Policy } from '../model/policy.js';
import type { SignedStatement, Statement } from '../model/statement.js';
import { canonical, sha256 } from './canonical.js';
import { TrustError } from './error.js';
import { readCertificate } from './keys.js';
import { PURPOSE, signDetached, type SigningKey } from './sign.js';
import { requireGoodAt, requirePurpose, verifyDetached } from './verify.js';

/** Whose statements count: people, their certificates by fingerprint, and the policy, as pinned by a site whose trust root was checked. */
export interface Keyring {
  readonly people: readonly Person[];
  /** ASCII armor by upper-case fingerprint. */
  readonly certificates: Readonly<Record<string, string>>;
  readonly policy: Policy;
  readonly policyDigest: Digest<'policy'>;
}

/** A statement that a known person made. Whether it is allowed, and enough, is a question for policy and quorum. */
export interface VerifiedStatement {
  readonly statement: Statement;
  readonly person: Id<'person'>;
  readonly fingerprint: string;
  readonly digest: Digest<'statement'>;
}

const STATEMENT_PURPOSE = 'statement';

/** Writes a statement in its canonical form and signs exactly those bytes. */
export async function signStatement(statement: Statement, key: SigningKey): Promise<SignedStatement> {
  const text = canonical(statement);
  const signature = await signDetached({ ...key, bytes: new TextEncoder().encode(text), notations: { [PURPOSE]: STATEMENT_PURPOSE } });
  return { text, signature: Buffer.from(signature).toString('base64') };
}

/** What later statements, claims and files call a statement: the digest of its text. */
export function statementDigest(signed: SignedStatement): Digest<'statement'> {
  return sha256(signed.text);
}

/**
 * Reads a statement and checks form, signature, signer and validity at `at` (callers pass now and the clock skew). One signature stands for one person: the
 * one whose listed key made it, who must be the one who says so in `by`. Throws a TrustError with a refusal's code; fails closed.
 */
export async function verifyStatement(signed: SignedStatement, keyring: Keyring, at: Date): Promise<VerifiedStatement> {
  const statement = requireForm(signed.text);
  const person = keyring.people.find(({ id }) => id === statement.by);
  if (person === undefined)
    throw new TrustError(
      'NOT_IN_KEYRING',
      `${statement.by} is not among the people of this site; add the person to site.yaml and sign the policy again`,
    );
  const fingerprint = await requireSignedBy(person, signed, keyring, at);
  requireValidAt(statement, at);
  return { statement, person: person.id, fingerprint, digest: statementDigest(signed) };
}

function requireForm(text: string): Statement {
  const read = readStatement(text);
  if ('refusal' in read) throw new TrustError(read.refusal, `the statement cannot be read: ${read.why}`);
  const value: unknown = JSON.parse(text);
  if (canonical(value) !== text)
    throw new TrustError(
      'STATEMENT_NOT_CANONICAL',
      'expected the canonical JSON of the statement (RFC 8785), got another spelling of it; sign the bytes that cofferdam wrote',
    );
  return read.statement;
}

async function requireSignedBy(person: Person, signed: SignedStatement, keyring: Keyring, at: Date): Promise<string> {
  const verified = await verifyDetached({
    bytes: new TextEncoder().encode(signed.text),
    signature: decodeBase64(signed.signature),
    certificates: person.keys.flatMap((fingerprint) => keyring.certificates[fingerprint] ?? []),
    at,
  });
  requirePurpose(verified, STATEMENT_PURPOSE);
  const certificate = keyring.certificates[verified.fingerprint];
  // A certificate stored under another key's name would let one person's key speak for a second person.
  if (certificate === undefined || !person.keys.includes(verified.fingerprint))
    throw new TrustError('NOT_IN_KEYRING', `key ${verified.fingerprint} is not listed for ${person.id}`);
  await requireGoodAt(await readCertificate(certificate), at);
  return verified.fingerprint;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// An RSA 8192 signature with notations is under 2 kB.
const MAX_SIGNATURE_CHARACTERS = 8192;

function decodeBase64(text: string): Uint8Array {
  if (text.length > MAX_SIGNATURE_CHARACTERS || !BASE64.test(text))
    throw new TrustError(
      'SIGNATURE_UNREADABLE',
      `expected the signature as base64 of at most ${String(MAX_SIGNATURE_CHARACTERS)} characters`,
    );
  return Buffer.from(text, 'base64');
}

function requireValidAt(statement: Statement, at: Date): void {
  const now = at.toISOString();
  if (now < statement.notBefore)
    throw new TrustError(
      'NOT_YET_VALID',
      `the statement counts from ${statement.notBefore}, and it is ${now}; set the signer's clock, or wait`,
    );
  if (now >= statement.notAfter)
    throw new TrustError('NO_LONGER_VALID', `the statement counted until ${statement.notAfter}, and it is ${now}; make and sign it again`);
}
