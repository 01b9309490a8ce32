import { randomBytes } from 'node:crypto';
import type { Refused } from './accounts.js';
import { at } from './json.js';
import type { Json } from '../lib/model/json.js';
import type { Resources } from './resources.js';

/**
 * A password that every maker's rules take: 20 characters, the most of an OpenBMC or a Supermicro, of all four classes. Random characters alone lack
 * both digit and symbol once in thirty to sixty times, and what was to be planted on a Lenovo or Supermicro was then not there.
 */
export function anyPassword(): string {
  for (;;) {
    const text = randomBytes(15).toString('base64url');
    if (Object.values(CLASSES).every((some) => some.test(text)) && !/(.)\1\1/.test(text)) return text;
  }
}

/** Why a maker's BMC does not take a password; null when it does. It goes by what its resources say of the rules, and by its maker's where they say nothing. */
export function passwordProblem(resources: Resources, service: string, userName: string, password: string): Refused | null {
  const { passwords } = resources.vendor;
  const shown = resources.json(service) ?? undefined;
  const min = lengthAt(shown, 'MinPasswordLength') ?? passwords.min;
  const max = lengthAt(shown, 'MaxPasswordLength') ?? passwords.max;
  if (password.length < min || password.length > max)
    return {
      status: 400,
      messageId: passwords.badLength,
      message: `Password takes ${String(min)} to ${String(max)} characters.`,
      args: [String(min), String(max)],
    };
  const { repeats, namesRefused } = passwords;
  const alike = repeats !== null && new RegExp(`(.)\\1{${String(repeats)}}`, 's').test(password);
  const named = namesRefused && userName !== '' && [userName, Array.from(userName).reverse().join('')].includes(password);
  return !alike && !named && hasClasses(resources, shown, password) ? null : policyRefusal(resources);
}

/** What the BMC says to a password that it does not want, though its length is right. */
export function policyRefusal({ vendor }: Resources): Refused {
  return { status: 400, messageId: vendor.passwords.badContent, message: 'The password does not meet the complexity requirements.' };
}

function lengthAt(service: Json | undefined, name: string): number | null {
  const value = at(service, name);
  return typeof value === 'number' && value > 0 ? value : null;
}

const CLASSES = { UpperCase: /[A-Z]/, lower: /[a-z]/, Numbers: /\d/, Symbols: /[^A-Za-z\d]/ };

function hasClasses(resources: Resources, service: Json | undefined, password: string): boolean {
  const { vendor } = resources;
  const count = Object.values(CLASSES).filter((one) => one.test(password)).length;
  // An iLO says whether it wants three of the four.
  const enforced = at(service, 'Oem', 'Hpe', 'EnforcePasswordComplexity');
  if (enforced !== undefined) return enforced !== true || count >= 3;
  if (vendor.name !== 'dell') return count >= vendor.passwords.classes;
  const attributes = at(resources.json(DELL_ATTRIBUTES) ?? undefined, 'Attributes');
  return (['UpperCase', 'Numbers', 'Symbols'] as const).every(
    (name) => at(attributes, `Security.1.PasswordRequire${name}`) !== 'Enabled' || CLASSES[name].test(password),
  );
}

export const DELL_ATTRIBUTES = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
