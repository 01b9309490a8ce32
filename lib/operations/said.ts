import { CLOCK_SKEW_MS } from '../model/clock-skew.js';
import type { Digest, Id, Time } from '../model/json.js';
import { launches } from '../model/occurrence.js';
import type { Statement } from '../model/statement.js';
import type { Statements } from '../store/statements.js';
import type { Keyring } from '../trust/statement.js';
import { createVerifier } from './verifier.js';

/** Where a zone keeps what people said, and who may say it. */
export interface SaidDeps {
  readonly incident: Id<'incident'>;
  readonly statements: Statements;
  /** People, certificates and policy of the incident's own snapshot of the site. */
  readonly keyring: () => Promise<Keyring>;
}

/** Remembers what it computed, for all targets of the process. */
const verify = createVerifier();

export interface Said {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  readonly person: Id<'person'>;
  readonly requester: Id<'person'>;
  readonly keyring: Keyring;
  readonly storedAt: Time;
}

/** Statements of these verbs about the incident, under the launch that this zone stored; without exactly one launch nobody has said anything. */
export async function said(
  { incident, statements, keyring: readKeyring }: SaidDeps,
  verbs: readonly Statement['verb'][],
): Promise<readonly Said[]> {
  const stored = await statements.list();
  // The verb in clear only spares the work: one that was changed there hides a statement, and then less is allowed.
  const wanted = stored.filter((one) => verbs.includes(one.stored.verb));
  const [launch, ...more] = stored.filter((one) => one.stored.verb === 'launch');
  if (wanted.length === 0 || launch === undefined || more.length > 0) return [];
  const keyring = await readKeyring();
  const launched = await verified(launch.stored, keyring);
  if (launched.statement.verb !== 'launch' || !launches(launched.statement, incident, Date.parse(launch.stored.storedAt) + CLOCK_SKEW_MS))
    return [];
  const found: Said[] = [];
  for (const { digest, stored: one } of wanted) {
    const { statement, person } = await verified(one, keyring);
    if (statement.verb === 'launch' || statement.launch !== launch.digest || statement.incident !== incident) continue;
    found.push({ digest, statement, person, requester: launched.person, keyring, storedAt: one.storedAt });
  }
  return found;
}

/** It was valid when it was stored, or the store is not to be trusted: then this throws, and nothing is sent. */
function verified(stored: Parameters<typeof verify>[0] & { readonly storedAt: string }, keyring: Keyring): ReturnType<typeof verify> {
  return verify(stored, keyring, new Date(Date.parse(stored.storedAt) + CLOCK_SKEW_MS));
}
