import type { Series } from '../lib/evidence/types.js';
import type { RedfishTarget } from '../lib/model/site.js';
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

export interface Look {
  readonly target: RedfishTarget;
  readonly series: Series;
  readonly burned: Burned;
  readonly signal: AbortSignal;
}

/** Captures what needs no login, seals it, and returns the failure with which the target parks. */
export async function lockedOut({ code, message }: RedfishError | LoginError, look: Look): Promise<Error> {
  const sealed = await witnessOnce(look);
  await look.series.seal({ final: false, heads: null, atLeast: null });
  // Short enough to survive, with both keys in it, the cut that the incident's view makes.
  return final(code, `${plain(message, 210)}; ${sealed}. ${WAYS_ON}`);
}

const WAYS_ON =
  'Ways on: another login (put-secret) and a signed retry; target trust for a key that was compared; the host’s side; somebody who goes there.';

/** Once for each burned secret captures what needs no login, and commits it; says what is there. Nothing while no secret is burned. */
export async function witnessOnce({ target, series, burned, signal }: Look): Promise<string> {
  const { open, witnessed } = await burned.read();
  if (!open) return 'nothing is burned';
  if (witnessed) return 'what needs no login was sealed before';
  const { answers, certificates, cut } = await captureWitness(target, series, signal);
  // Reads may repeat: the next try looks again when this one was stopped.
  signal.throwIfAborted();
  await burned.noteWitnessed();
  const cutBy = cut === null ? '' : `, cut by ${cut}`;
  return `sealed without a login: ${String(answers)} answers, ${String(certificates)} certificates${cutBy}`;
}
