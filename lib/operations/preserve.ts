import type { Send } from '../model/operation.js';
import { LAST_RESULTS } from '../redfish/vendors/dumps.js';
import { keepFile } from '../steps/recording.js';
import type { Bench } from './bench.js';
import { destroysOf } from './effect.js';
import { refuse } from './error.js';
import type { Witnesses } from './witnesses.js';

/**
 * Before a dump that may overwrite an earlier one: fetches what is there and seals it. A full capture does not have it, since attachments are
 * no resources, and a seal of hours ago would not have the latest. Costs nothing when the act overwrites none.
 */
export async function preserve({ connection, series, operation }: Bench, send: Send & { kind: 'redfish' }, now: Witnesses): Promise<void> {
  if (!destroysOf(send).includes('dumps')) return;
  const entries = now.entries ?? [];
  if (entries.length > MOST)
    refuse(
      'EVIDENCE_NOT_SEALED',
      `operation ${String(operation.n)} may overwrite one of ${String(entries.length)} earlier dumps; at most ${String(MOST)} are fetched first`,
    );
  const last = LAST_RESULTS.get(send.uri.toLowerCase().split('/').at(-1) ?? '');
  // An error answer is an answer: there is nothing to lose. A failure is thrown, and nothing is sent.
  for (const file of [...entries.flatMap((entry) => entry.file ?? []), ...(last === undefined ? [] : [last])])
    await keepFile(connection, series, 'before-claim', file);
  await series.markComplete(['dumps']);
  await series.seal({ final: false, heads: null, atLeast: null });
}

/** More earlier dumps than any BMC keeps. */
const MOST = 64;
