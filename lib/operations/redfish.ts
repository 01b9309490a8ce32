import type { Send } from '../model/operation.js';
import { sendOnce, isNo, isYes, type Bench, type Look, type Prepared } from './bench.js';
import { allHold, readingOnce } from './conditions.js';
import { refuse } from './error.js';
import { guardAccounts } from './guard.js';

/**
 * One request to one resource. Reads what it is about to overwrite, for the record, and judges on that very reading; null when the
 * postcondition holds already.
 */
export async function prepareRequest(bench: Bench, send: Send & { kind: 'redfish' }): Promise<Prepared | null> {
  const { operation, connection } = bench;
  const reader = readingOnce(bench.reader('before-claim'));
  const fresh = await reader.get(send.uri);
  if (await allHold(operation.after, reader)) return null;
  if (!(await allHold(operation.before, reader)))
    refuse('PRECONDITION_FAILED', `${send.uri} is no longer as the plan saw it; plan again and let the lead see the difference`);
  await guardAccounts(send, fresh, connection.userName, reader);
  const ifMatch = send.method === 'POST' ? null : fresh.etag;
  return {
    seen: {},
    act: async () => {
      const left = await sendOnce(bench, null, { method: send.method, uri: send.uri, body: send.body, ifMatch });
      return left ? observeRequest(bench) : { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

/** Looks whether what was sent holds now. A definite no that left the resource as it was settles at once. */
export async function observeRequest({ order, operation, claims, reader }: Bench): Promise<Look> {
  if (await allHold(operation.after, reader('observe'))) return { is: 'done' };
  const status = (await claims.tries(order, null)).answer?.status;
  if (isNo(status)) return { is: 'failed', code: `HTTP_${String(status)}` };
  return { is: 'unsettled', shown: true, acknowledged: isYes(status) };
}
