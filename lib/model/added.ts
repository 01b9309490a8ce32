import type { Id } from './json.js';
import type { LaunchPolicy } from './policy.js';
import type { Add } from './statement.js';

/**
 * Whether a statement that adds targets needs co-signers: the policy's number is of the whole incident, with everything that was asked for before.
 * Shared by the workflow and the executor, so that they can never disagree on the rule.
 */
export function needsCosigners(policy: LaunchPolicy, launched: readonly Id<'target'>[], earlier: readonly Add[], add: Add): boolean {
  const asked = [...earlier, add].flatMap(({ targets }) => targets.map(({ target }) => target));
  return policy.cosigners > 0 && new Set([...launched, ...asked]).size > policy.cosignersAbove;
}
