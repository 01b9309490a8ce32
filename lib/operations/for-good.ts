import type { Operation } from '../model/operation.js';
import { placeOf, type Settings } from '../store/settings.js';
import type { Settled } from './bench.js';
import type { Job } from './job.js';
import { loadOperation } from './plan-check.js';

/**
 * Notes where an operation has left settings, before its outcome is written: what a release will set back, so that a later step can see to it that it
 * does not, and what it must leave. What held before we came is no doing of ours, but may be closed for good all the same.
 */
export async function noteSettings({ deps, order }: Job, settled: Settled): Promise<void> {
  if (order.subject.kind !== 'bmc') return;
  const { operation } = await loadOperation(deps.objects, order);
  const places = placesOf(operation);
  if (places.length === 0) return;
  const settings = deps.settings(order.incident, order.subject.target);
  const isSo = settled.is === 'done' || settled.is === 'already';
  if (order.release !== null) {
    if (isSo && operation.undo !== null) await settings.note('released', places);
    return;
  }
  if (settled.is !== 'already') await settings.forget('released', places);
  if (operation.forGood === true && isSo) await settings.note('forGood', places);
  if (operation.undo !== null && settled.is !== 'already') await settings.note('untilRelease', places);
}

/** Whether a later step of this incident, with its gate's approval, has set the same for good: then no release takes it back. */
export async function isForGood(settings: Settings, operation: Operation): Promise<boolean> {
  const { forGood } = await settings.read();
  const places = placesOf(operation);
  return places.length > 0 && places.every((place) => forGood.includes(place));
}

/**
 * Whether a release has set back what the end of a section would put in force again, as a maker's lock that the section lifted. Who has locked since then,
 * so that the section found it to lift, is not who released it.
 */
export async function isReleased(settings: Settings, operation: Operation): Promise<boolean> {
  const { released } = await settings.read();
  const places = placesOf(operation);
  return places.length > 0 && places.every((place) => released.includes(place));
}

function placesOf({ send, proof, after }: Operation): readonly string[] {
  if (send.kind !== 'redfish' || send.method !== 'PATCH' || proof.by !== 'state') return [];
  return after.flatMap((condition) => ('pointer' in condition ? [placeOf(condition)] : []));
}
