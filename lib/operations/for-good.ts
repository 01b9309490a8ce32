import { placesOf } from '../model/closing.js';
import type { Operation } from '../model/operation.js';
import type { Settings } from '../store/settings.js';

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
