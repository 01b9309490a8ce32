import { liftIn, placesOf } from '../model/closing.js';
import type { Settled } from './bench.js';
import type { Job } from './job.js';
import { endOfLift } from './lift.js';
import { loadOperation, type Planned } from './plan-check.js';
import { undone } from './undo.js';

/**
 * Notes, before the claim, that a setting is found other than what a release had left, so that nobody takes it for released who comes after a crash; and
 * of a lock that is lifted for its section until when, for whoever watches.
 */
export async function noteBefore({ deps, order }: Job, { operation, section }: Planned): Promise<void> {
  if (order.subject.kind !== 'bmc' || order.release !== null) return;
  const places = placesOf(operation);
  if (places.length === 0) return;
  const settings = deps.settings(order.incident, order.subject.target);
  await settings.forget('released', places);
  if (liftIn(section).lifts.includes(operation.n)) await settings.lift(places, endOfLift(section, deps.now()));
}

/**
 * Notes where an operation has left settings, before its outcome is written: what a release will set back, so that a later step can see to it that it
 * does not, what it must leave, and what it has set back. What held before we came is no doing of ours, but may be closed for good all the same.
 */
export async function noteSettings(job: Job, settled: Settled): Promise<void> {
  const { deps, order } = job;
  if (order.subject.kind !== 'bmc') return;
  const planned = await loadOperation(deps.objects, order);
  const { operation, section } = planned;
  const places = placesOf(operation);
  if (places.length === 0) return;
  const settings = deps.settings(order.incident, order.subject.target);
  const isSo = settled.is === 'done' || settled.is === 'already';
  const { lifts, sets } = liftIn(section);
  if (order.release !== null) {
    // What it left as it was it has not released; nor is a lock that it lifts and sets again.
    const isBetween = [...lifts, ...sets].includes(operation.n);
    if (isSo && !isBetween && (await undone(job, planned)) !== null) await settings.note('released', places);
    return;
  }
  // However that came out: the section is over, and what is lifted now is so without it.
  if (sets.includes(operation.n)) await settings.endLift(places);
  if (operation.forGood === true && isSo) await settings.note('forGood', places);
  if (operation.undo !== null && settled.is !== 'already') await settings.note('untilRelease', places);
}
