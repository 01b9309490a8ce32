import type { SignedStatement } from '../model/statement.js';
import { sha256 } from '../trust/canonical.js';
import { verifyStatement, type Keyring, type VerifiedStatement } from '../trust/statement.js';

export type Verify = (signed: SignedStatement, keyring: Keyring, at: Date) => Promise<VerifiedStatement>;

/** Statements come once per gate and are asked about once per operation, so a few hundred are worth remembering. */
const REMEMBERED = 500;

/** Verifies statements; the same bytes under the same policy at the same time are computed once. What fails is not remembered. */
export function createVerifier(): Verify {
  const known = new Map<string, VerifiedStatement>();
  return async (signed, keyring, at) => {
    const key = sha256(`${keyring.policyDigest} ${at.toISOString()} ${signed.signature} ${signed.text}`);
    const before = known.get(key);
    if (before !== undefined) return before;
    const verified = await verifyStatement(signed, keyring, at);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, verified);
    return verified;
  };
}
