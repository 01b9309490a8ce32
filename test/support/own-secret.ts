import { id } from '../../lib/model/json.js';
import type { OwnSecret } from '../../lib/steps/planning.js';

/** What a planner is told of our own logins where no incident has made an account. */
export function plainSecret(ref = 'vault://file/x'): OwnSecret {
  return { ref, sharedWith: [], incident: id('case-1'), account: null, also: [] };
}
