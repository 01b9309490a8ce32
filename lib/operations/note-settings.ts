import type { Settled } from './bench.js';
import { placesOf } from './for-good.js';
import type { Job } from './job.js';
import { loadOperation } from './plan-check.js';
import { undone } from './undo.js';

/**
 * Notes where an operation has left settings, before its outcome is written: what a release will set back, so that a later step can see to it that it
 * does not, what it must leave, and what it has set back. What held before we came is no doing of ours, but may be closed for good all the same.
 */
export async function noteSettings(job: Job, settled: Settled): Promise<void> {
  const { deps, order } = job;
  if (order.subject.kind !== 'bmc') return;
  const planned = await loadOperation(deps.objects, order);
  const { operation } = planned;
  const places = placesOf(operation);
  if (places.length === 0) return;
  const settings = deps.settings(order.incident, order.subject.target);
  const isSo = settled.is === 'done' || settled.is === 'already';
  if (order.release !== null) {
    // What it left as it was it has not released.
    if (isSo && (await undone(job, planned)) !== null) await settings.note('released', places);
    return;
  }
  if (settled.is !== 'already') await settings.forget('released', places);
  if (operation.forGood === true && isSo) await settings.note('forGood', places);
  if (operation.undo !== null && settled.is !== 'already') await settings.note('untilRelease', places);
}
