import { dell } from './dell.js';
import { hpe } from './hpe.js';
import { lenovo } from './lenovo.js';
import { openbmc } from './openbmc.js';
import { small } from './small.js';
import { supermicro } from './supermicro.js';
import type { Profile } from './skeleton.js';
import type { Random } from '../random.js';

/** Generated BMCs, by name. The same seed gives the same one. */
export const PROFILES = { dell, hpe, lenovo, openbmc, supermicro, small } as const satisfies Record<string, (random: Random) => Profile>;
export type ProfileName = keyof typeof PROFILES;

export function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}
