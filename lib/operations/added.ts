import { needsCosigners } from '../model/added.js';
import type { Digest, Id } from '../model/json.js';
import { launchGate, mayLaunch, tally, type CountedDecision } from '../model/quorum.js';
import type { Add, Launch, Statement } from '../model/statement.js';
import type { Keyring } from '../trust/statement.js';

/** A statement whose signature and signer were verified. */
interface Verified {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  readonly person: Id<'person'>;
}

/**
 * The targets that valid statements under the launch took into the incident: by somebody who might have launched it, and with the co-signers that
 * a launch of so many targets needs.
 */
export function addedTargets(
  later: readonly Verified[],
  { policy, people }: Pick<Keyring, 'policy' | 'people'>,
  launch: Launch,
): readonly Id<'target'>[] {
  const adds = later.flatMap(({ digest, statement, person }) =>
    statement.verb === 'add' && mayLaunch(policy, people, person) ? [{ digest, add: statement, person }] : [],
  );
  return adds.flatMap(({ digest, add, person }) => {
    const earlier = adds.flatMap(({ add: other }) => (other.turn < add.turn ? [other] : []));
    const isEnough =
      !needsCosigners(policy.launch, launch.targets, earlier, add) ||
      tally(launchGate(policy.launch), people, person, decisionsAbout(later, digest)).state === 'approved';
    return isEnough ? targetsOf(add) : [];
  });
}

function targetsOf({ targets }: Pick<Add, 'targets'>): readonly Id<'target'>[] {
  return targets.map(({ target }) => target);
}

function decisionsAbout(later: readonly Verified[], root: Digest<'statement'>): readonly CountedDecision[] {
  return later.flatMap(({ digest, statement, person }) => {
    if (statement.verb !== 'approve' && statement.verb !== 'deny') return [];
    if (statement.gate !== 'launch' || statement.root !== root) return [];
    return [{ person, verb: statement.verb, statement: digest }];
  });
}
