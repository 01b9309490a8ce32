import type { Digest, Id } from '../model/json.js';
import { maySteer, mayTrust } from '../model/quorum.js';
import type { Resolve, Statement, Trust } from '../model/statement.js';
import type { Target } from '../model/site.js';
import { said, type SaidDeps } from '../operations/said.js';
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

/** Reads decisions about one target. What does not verify, or was said by somebody who may not say it, does not count. */
export function decisionsAbout(target: Target['id'], deps: SaidDeps): Decisions {
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
