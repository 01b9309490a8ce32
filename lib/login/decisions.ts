import type { Digest, Id } from '../model/json.js';
import { maySteer, mayTrust } from '../model/quorum.js';
import type { Resolve, Statement, Trust } from '../model/statement.js';
import type { Target } from '../model/site.js';
import { createVerifier } from '../operations/verifier.js';
import type { Statements } from '../store/statements.js';
import type { Keyring } from '../trust/statement.js';
import { LoginError } from './error.js';

/** What people have decided about the target's key and secrets, read from this zone's own statements and nowhere else. */
export interface Decisions {
  /** The valid `trust` of the highest turn; null when there is none. Throws TRUST_CONFLICT. */
  trusted(): Promise<Trust | null>;
  /** The valid `trust` statements of the highest turn: more than one when two people signed at once. */
  newest(): Promise<readonly Trust[]>;
  /** The first decision that allows one more login and is not among `spent`; null when there is none. */
  licence(spent: ReadonlySet<string>): Promise<Digest<'statement'> | null>;
  /** Every stored statement that could ever be a licence, valid or not: what existed when a secret burned was not said about that. */
  known(): Promise<readonly Digest<'statement'>[]>;
}

export interface DecisionsDeps {
  readonly statements: Statements;
  /** People, certificates and policy of the incident's own snapshot of the site. */
  readonly keyring: () => Promise<Keyring>;
}

/** Signatures are checked a minute ahead of our clock: a signer two seconds ahead is no attack. */
const SKEW_MS = 60_000;

/** Remembers what it computed, for all targets of the process. */
const verify = createVerifier();

/** Reads decisions about one target. What does not verify, or was said by somebody who may not say it, does not count. */
export function decisionsAbout(target: Target['id'], deps: DecisionsDeps): Decisions {
  async function newest(): Promise<readonly Trust[]> {
    const about = (await said(deps, ['trust'])).flatMap(({ statement, person, requester, keyring }) => {
      if (statement.verb !== 'trust' || statement.target !== target) return [];
      return mayTrust(keyring.policy, keyring.people, requester, person) ? [statement] : [];
    });
    const last = Math.max(...about.map(({ turn }) => turn));
    return about.filter(({ turn }) => turn === last);
  }

  return {
    newest,
    async trusted() {
      const [first, ...others] = await newest();
      if (others.some(({ pin }) => pin !== first?.pin))
        throw new LoginError(
          'TRUST_CONFLICT',
          `two people trusted two different keys of ${target} at once; neither counts. Trust one again`,
        );
      return first ?? null;
    },
    async licence(spent) {
      const all = await said(deps, ['resolve']);
      const found = all.find(
        ({ digest, statement, person, keyring }) =>
          !spent.has(digest) && isLicence(statement, target) && maySteer(keyring.policy, keyring.people, person),
      );
      return found?.digest ?? null;
    },
    async known() {
      return (await deps.statements.list()).flatMap(({ digest, stored }) => (stored.verb === 'resolve' ? [digest] : []));
    },
  };
}

function isLicence(statement: Statement, target: Id<'target'>): statement is Resolve {
  return (
    statement.verb === 'resolve' && (statement.choice === 'retry' || statement.choice === 'replan') && statement.targets.includes(target)
  );
}

interface Said {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  readonly person: Id<'person'>;
  readonly requester: Id<'person'>;
  readonly keyring: Keyring;
}

/** Statements of these verbs under the launch that this zone stored; without exactly one launch nobody has said anything. */
async function said({ statements, keyring: readKeyring }: DecisionsDeps, verbs: readonly Statement['verb'][]): Promise<readonly Said[]> {
  const stored = await statements.list();
  // The verb in clear only spares the work: one that was changed there hides a statement, and then less is allowed.
  const wanted = stored.filter((one) => verbs.includes(one.stored.verb));
  const [launch, ...more] = stored.filter((one) => one.stored.verb === 'launch');
  if (wanted.length === 0 || launch === undefined || more.length > 0) return [];
  const keyring = await readKeyring();
  const launched = await verified(launch.stored, keyring);
  const found: Said[] = [];
  for (const { digest, stored: one } of wanted) {
    const { statement, person } = await verified(one, keyring);
    if (statement.verb === 'launch' || statement.launch !== launch.digest || statement.incident !== launched.statement.incident) continue;
    found.push({ digest, statement, person, requester: launched.person, keyring });
  }
  return found;
}

/** It was valid when it was stored, or the store is not to be trusted: then this throws, and nothing is sent. */
function verified(stored: Parameters<typeof verify>[0] & { readonly storedAt: string }, keyring: Keyring): ReturnType<typeof verify> {
  return verify(stored, keyring, new Date(Date.parse(stored.storedAt) + SKEW_MS));
}
