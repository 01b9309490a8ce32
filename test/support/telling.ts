import { sleep } from '@temporalio/workflow';
import type { Id } from '../../lib/model/json.js';
import type { EndpointRef, NoticeCounts } from '../../lib/model/notice.js';
import type { Case } from '../../lib/model/work.js';
import { watchWorkers } from '../../workflows/no-worker.js';
import { Notices } from '../../workflows/notices.js';

export { notify } from '../../workflows/notify.js';

export interface Telling {
  readonly case: Case;
  readonly endpoints: readonly EndpointRef[];
}

/** As an incident does that ends right after it told. */
export async function tellAndEnd({ case: known, endpoints }: Telling): Promise<NoticeCounts> {
  const notices = new Notices(known, endpoints, 1);
  for (let n = 0; n < 3; n++) notices.tell('gate-expired');
  notices.tell('incident-ended', { state: 'done', targets: 2 });
  await notices.allStarted();
  return notices.counts;
}

/** As an incident does while it works, until somebody was told of something. */
export async function watchZone({ case: known, endpoints, zone }: Telling & { readonly zone: Id<'zone'> }): Promise<NoticeCounts> {
  const notices = new Notices(known, endpoints);
  watchWorkers([known.home, zone], notices, () => true, { first: 100, longest: 100, patience: 1_000 });
  while (notices.counts.delivered === 0) await sleep(100);
  return notices.counts;
}
