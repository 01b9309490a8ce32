import { join } from 'node:path';
import { FileError, readBounded, writeAtomic } from '../files/private-file.js';
import { CLOCK_SKEW_MS } from '../model/clock-skew.js';
import { armorSignature, unarmorSignature } from '../trust/armor.js';
import { canonical } from '../trust/canonical.js';
import { TrustError } from '../trust/error.js';
import { PURPOSE, signDetached, type SigningKey } from '../trust/sign.js';
import type { Keyring } from '../trust/statement.js';
import { requirePurpose, verifyDetached } from '../trust/verify.js';
import { SiteError, type Problem } from './error.js';
import { loadSite, type LoadedSite } from './load.js';
import { policyDocument } from './policy-document.js';

/** Whose signatures make people and policy believable, and how many of them; pinned in the private configuration. */
export interface TrustRoot {
  /** Upper-case fingerprints of primary keys. */
  readonly fingerprints: readonly string[];
  readonly needed: number;
}

const POLICY_PURPOSE = 'policy';
const MAX_SIGNATURE_BYTES = 16_384;

/**
 * Turns what lies in a site directory into a keyring that may be believed: enough keys of the trust root signed exactly these people, certificates
 * and this policy. Throws POLICY_UNSIGNED, with what was wrong with each signature.
 */
export async function checkTrustRoot(loaded: LoadedSite, root: TrustRoot): Promise<Keyring> {
  const bytes = policyBytes(loaded);
  const results = await Promise.all(
    [...new Set(root.fingerprints)].map(async (fingerprint) => ({ fingerprint, problem: await problemWith(loaded, bytes, fingerprint) })),
  );
  const good = results.filter(({ problem }) => problem === null);
  if (root.needed < 1 || good.length < root.needed)
    throw new SiteError(
      'POLICY_UNSIGNED',
      `people and policy in ${loaded.dir} are signed by ${String(good.length)} keys of the trust root, expected ${String(Math.max(root.needed, 1))}: ` +
        'read what changed since they last signed, then let its members sign again (docs/site.md, "Trust root")',
      { problems: results.flatMap(({ problem }) => problem ?? []) },
    );
  return { people: loaded.site.people, certificates: loaded.certificates, policy: loaded.site.policy, policyDigest: loaded.policyDigest };
}

/** Signs people, certificates and policy of a site directory as they are now, into `keys/policy.<FINGERPRINT>.asc`; returns the fingerprint. */
export async function signPolicy(dir: string, key: SigningKey): Promise<string> {
  const loaded = await loadSite(dir);
  const bytes = policyBytes(loaded);
  const signature = await signDetached({ ...key, bytes, notations: { [PURPOSE]: POLICY_PURPOSE } });
  // Checked as a worker will check it: a key whose certificate is not in keys/ shows here and not at the next incident.
  const { fingerprint } = await verifyDetached({
    bytes,
    signature,
    certificates: Object.values(loaded.certificates),
    at: new Date(Date.now() + CLOCK_SKEW_MS),
  });
  await writeAtomic(join(dir, fileOf(fingerprint)), armorSignature(signature), 0o644);
  return fingerprint;
}

function policyBytes(loaded: LoadedSite): Uint8Array {
  return new TextEncoder().encode(canonical(policyDocument(loaded.site, loaded.certificates)));
}

function fileOf(fingerprint: string): string {
  return `keys/policy.${fingerprint}.asc`;
}

async function problemWith(loaded: LoadedSite, bytes: Uint8Array, fingerprint: string): Promise<Problem | null> {
  const file = fileOf(fingerprint);
  const refused = (what: string): Problem => ({
    file,
    line: 1,
    code: 'SIGNATURE_REFUSED',
    what,
    fix: 'review the change, then sign the policy again with this key',
  });
  const certificate = loaded.certificates[fingerprint];
  if (certificate === undefined)
    return {
      file: `keys/${fingerprint}.asc`,
      line: 1,
      code: 'CERTIFICATE_MISSING',
      what: 'the certificate of a key of the trust root is missing',
      fix: `gpg --armor --export ${fingerprint} > keys/${fingerprint}.asc`,
    };
  try {
    const text = await readBounded(join(loaded.dir, file), MAX_SIGNATURE_BYTES);
    const signature = await unarmorSignature(text.toString('latin1'));
    requirePurpose(
      await verifyDetached({ bytes, signature, certificates: [certificate], at: new Date(Date.now() + CLOCK_SKEW_MS) }),
      POLICY_PURPOSE,
    );
    return null;
  } catch (error) {
    if (error instanceof FileError)
      return refused(error.code === 'NOT_FOUND' ? 'this key of the trust root has not signed the policy' : error.message);
    if (error instanceof TrustError) return refused(error.message);
    throw error;
  }
}
