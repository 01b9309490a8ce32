import { X509Certificate } from 'node:crypto';
import type { Enrolment, SeenCertificate } from '../model/enrolment.js';
import { time, type Digest, type Time } from '../model/json.js';
import type { RedfishTarget } from '../model/site.js';
import { plain } from '../model/text.js';
import { readIdentity } from '../redfish/identity.js';
import type { Connection } from '../redfish/types.js';
import { witness } from '../redfish/witness.js';
import { sha256 } from '../trust/canonical.js';

export interface EnrollOptions {
  readonly target: RedfishTarget;
  /** The key that a person has compared on a trusted path; null: nobody has. */
  readonly pin: Digest<'spki'> | null;
  readonly signal: AbortSignal;
  /** Logs in to whoever owns that key. */
  readonly login: (pin: Digest<'spki'>) => Promise<Connection>;
}

/** Looks at who answers at a target's address, without a secret. Logs in only when the key that answers is the one that was compared. */
export async function enroll({ target, pin, signal, login }: EnrollOptions): Promise<Enrolment> {
  const seen = await witness({ address: target.address, minimum: target.tls?.minimum ?? 'TLSv1.2', signal });
  const { tls } = seen;
  const open = await readIdentity(seen.get).finally(() => seen.close());
  const loggedIn = pin !== null && pin === tls.peer;
  return {
    target: target.id,
    pin: tls.peer,
    tls: { version: tls.version, cipher: tls.cipher },
    certificates: tls.chain.map(describe),
    identity: loggedIn ? await identityBehind(pin, login) : open,
    loggedIn,
  };
}

async function identityBehind(pin: Digest<'spki'>, login: EnrollOptions['login']): Promise<Enrolment['identity']> {
  const connection = await login(pin);
  try {
    return await readIdentity((uri) => connection.get(uri));
  } finally {
    await connection.close();
  }
}

const CHARACTERS = 200;

/** A certificate is text that an enemy may have written: what cannot be parsed is told as such, and what can is made plain. */
function describe(der: Uint8Array): SeenCertificate {
  const hash = sha256<'certificate'>(der);
  try {
    const { subject, issuer, validFrom, validTo } = new X509Certificate(der);
    return {
      subject: plain(subject, CHARACTERS),
      issuer: plain(issuer, CHARACTERS),
      notBefore: timeOf(validFrom),
      notAfter: timeOf(validTo),
      sha256: hash,
    };
  } catch {
    return { subject: 'unreadable', issuer: 'unreadable', notBefore: null, notAfter: null, sha256: hash };
  }
}

function timeOf(text: string): Time | null {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : time(milliseconds);
}
