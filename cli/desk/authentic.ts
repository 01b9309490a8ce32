import { isRefused, type Refused } from '../../lib/model/refused.js';
import { CliError } from '../error.js';

/** An answer that did not come from a worker with our codec key is no answer. */
export function authentic<T>(answer: T): T {
  if (isRefused(answer)) throw notAuthentic(answer);
  return answer;
}

export function notAuthentic(marker: Refused): CliError {
  return new CliError('NOT_AUTHENTIC', 'an answer of the engine did not authenticate', {
    why: `its payload is ${marker['cofferdam/refused']}`,
    fix: 'desk and worker need the same codec.key in their state folders (--state, COFFERDAM_STATE)',
  });
}
