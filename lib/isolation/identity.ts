import type { Digest } from '../model/json.js';
import { digestOf } from '../trust/canonical.js';

/** What a plan binds of an enforcer: the digest of what it says it is. */
export function enforcerIdentity(identity: string): Digest<'identity'> {
  return digestOf<'identity'>({ enforcer: identity });
}
