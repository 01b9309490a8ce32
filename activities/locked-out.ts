import type { Series } from '../lib/evidence/types.js';
import type { Target } from '../lib/model/site.js';
import { plain } from '../lib/model/text.js';
import { LoginError } from '../lib/login/error.js';
import { burnsSecrets, RedfishError } from '../lib/redfish/errors.js';
import { captureWitness } from '../lib/steps/witness.js';
import type { Burned } from '../lib/store/burned.js';
import { final } from './failures.js';

/** Whether a target is closed to our secrets: the login was refused, the session cut, or nobody vouches for who answers. */
export function isLockedOut(error: unknown): error is RedfishError | LoginError {
  return error instanceof LoginError || (error instanceof RedfishError && burnsSecrets(error.code));
}

export interface LockedOut {
  readonly error: RedfishError | LoginError;
  readonly target: Target;
  readonly series: Series;
  readonly burned: Burned;
  readonly signal: AbortSignal;
}

/** Once for each burned secret: captures what needs no login and seals it. Returns the failure with which the target parks. */
export async function lockedOut({ error, target, series, burned, signal }: LockedOut): Promise<Error> {
  const { witnessed } = await burned.read();
  if (witnessed) return parked(error, 'what it shows without one is sealed already');
  const { answers, certificates, cut } = await captureWitness(target, series, signal);
  // Reads may repeat: a person's retry looks again, and so does the next try of ours when this one was stopped.
  signal.throwIfAborted();
  await series.seal({ final: false, heads: null, atLeast: null });
  await burned.noteWitnessed();
  const cutBy = cut === null ? '' : `, cut by ${cut}`;
  return parked(error, `sealed without one: ${String(answers)} answers, ${String(certificates)} certificates${cutBy}`);
}

/** Short enough to survive, with both keys in it, the cut that the incident's view makes. */
function parked({ code, message }: RedfishError | LoginError, sealed: string): Error {
  return final(code, `${plain(message, 200)} No login any more; ${sealed}`);
}
