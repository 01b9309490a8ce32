import type { Send } from '../model/operation.js';
import type { Numberless } from './planning.js';

/** An operation that is seen to be done by the state it leaves, that costs nobody anything and is not taken back; others say what they differ in. */
export function patientOperation(send: Send, line: string): Numberless {
  return {
    version: 1,
    send,
    line,
    limitMs: LIMIT_MS,
    before: [],
    after: [],
    proof: { by: 'state' },
    destroys: [],
    impact: 'none',
    undo: null,
  };
}

/**
 * A BMC may start again over it, take ten minutes for a certificate request, forget refused logins after a quarter of an hour, and a vault be sealed: so
 * long it is looked at before a person is asked.
 */
const LIMIT_MS = 20 * 60_000;
