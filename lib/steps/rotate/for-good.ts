import type { Ground } from '../freeze/ground.js';
import { change, pointerOf, type Path } from '../freeze/setting.js';
import { at } from '../../redfish/json.js';
import { placeOf } from '../../model/closing.js';
import type { Numberless, SectionProposal, Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { unlocked } from '../makers-lock.js';

/** Whether it is on, or off until the release of this incident only. */
export function isOpen({ untilRelease = [] }: Survey, { uri, json }: Reading, path: Path): boolean {
  return at(json ?? undefined, ...path) === true || untilRelease.includes(placeOf({ uri, pointer: pointerOf(path) }));
}

/** Turns settings of one resource off, and no release of this incident turns them on again; what is off already costs the BMC no request. */
export async function offForGood(
  survey: Survey,
  ground: Ground,
  reading: Reading,
  [first, ...more]: readonly [Path, ...Path[]],
  what: string,
): Promise<SectionProposal> {
  const off = (path: Path): Numberless => {
    const line = `${what}: ${path.join('/')} at ${reading.uri} becomes false, and no release turns it on again`;
    return { ...change(reading, path, false, line), line, undo: null, forGood: true };
  };
  const section: SectionProposal = { operations: [off(first), ...more.map(off)], always: [] };
  const isOn = [first, ...more].some((path) => at(reading.json ?? undefined, ...path) === true);
  return isOn ? unlocked(survey, ground, section) : section;
}
