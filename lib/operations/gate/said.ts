import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import type { Digest, Id } from '../../model/json.js';
import type { CountedDecision } from '../../model/quorum.js';
import type { Decision, Statement } from '../../model/statement.js';
import type { Statements } from '../../store/statements.js';
import type { Keyring } from '../../trust/statement.js';
import type { Verify } from '../verifier.js';

/**
 * Everything was valid when it was stored, or the store is not to be trusted. An approval of changes must be valid now as well; what co-signers said of
 * the launch, or of targets that were added, lasts as long as the incident, as the launch itself does.
 */
export async function verifyAll(statements: Statements, verify: Verify, keyring: Keyring, now: number): Promise<readonly Verified[]> {
  const all: Verified[] = [];
  for (const { digest, stored } of await statements.list()) {
    const { statement, person } = await verify(stored, keyring, new Date(Date.parse(stored.storedAt) + CLOCK_SKEW_MS));
    const still = statement.verb !== 'approve' || statement.gate === LAUNCH || isValidAt(statement, now + CLOCK_SKEW_MS);
    if (still) all.push({ digest, statement, person, storedAt: Date.parse(stored.storedAt) });
  }
  return all;
}

function isValidAt(statement: Statement, now: number): boolean {
  return Date.parse(statement.notBefore) <= now && now < Date.parse(statement.notAfter);
}

/** The decisions among them that count. */
export function decisionsOf(all: readonly Verified[], counts: (decision: Decision) => boolean): readonly CountedDecision[] {
  return all.flatMap(({ statement, person, digest }) => {
    if (statement.verb !== 'approve' && statement.verb !== 'deny') return [];
    return counts(statement) ? [{ person, verb: statement.verb, statement: digest }] : [];
  });
}

export interface Verified {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  readonly person: Id<'person'>;
  readonly storedAt: number;
}

/** Gate 0, under which what only contains is carried out. */
export const LAUNCH = 'launch';
