import type { Fault } from '../../drill/faults/fault.js';
import { PASSWORDS } from '../../drill/faults/passwords.js';

type Name = keyof typeof PASSWORDS;
/** A BMC that goes on demanding a change is met by a first password alone. */
export type Rotates = Exclude<NonNullable<Fault['rotates']>, 'new-restricted'>;

/** Of our own login alone, and planned in another way: see each-first-password. */
const RESTRICTED: ReadonlySet<string> = new Set<Name>(['password-must-change', 'password-must-change-again']);

/** What the fleet plays on passwords, and what a rotation comes to on it. */
export const BAD_DAYS = Object.keys(PASSWORDS)
  .filter((name): name is Name => name in PASSWORDS && !RESTRICTED.has(name))
  .flatMap((name) => {
    const { rotates }: Fault = PASSWORDS[name];
    return rotates === undefined || rotates === 'new-restricted' ? [] : [{ name, rotates }];
  });

/** A BMC whose passwords are of 16 bytes from the start cuts none of ours. */
export function expectedOn(profile: string, { name, rotates }: (typeof BAD_DAYS)[number]): Rotates {
  return profile === 'small' && name === 'password-cut-at-16' ? 'new' : rotates;
}
