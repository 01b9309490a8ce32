import { randomInt } from 'node:crypto';
import type { PasswordClass, PasswordRules } from '../model/password.js';
import { Secret } from './secret.js';

/** Symbols that no shell, URL, XML, JSON, CSV or format string takes for its own; nothing outside of ASCII anywhere. */
const CLASSES = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digit: '0123456789',
  symbol: '-_.+=~',
} as const satisfies Record<PasswordClass, string>;
const DEFAULT_CLASSES: readonly PasswordClass[] = ['lower', 'upper', 'digit'];

/** Refused by some makers (Lenovo) whatever else they show; a hundredth of a bit, where there are characters enough. */
const THRICE = /(.)\1\1/;
const FEW = 30;

/** As long as IPMI 2.0 takes; more only where the device insists. */
const LONGEST = 20;

/** A password out of all that fit, each equally likely. Throws RangeError when none fits. */
export function makePassword(rules: PasswordRules): Secret {
  const shape = shapeOf(rules);
  if (count(shape) === 0n)
    throw new RangeError(`no password of at most ${String(rules.maxLength)} characters fits these rules; look at the vendor's data`);
  for (;;) {
    const text = pick(shape.first) + Array.from({ length: shape.length - 1 }, () => pick(shape.alphabet)).join('');
    if (shape.alphabet.length > FEW && THRICE.test(text)) continue;
    if (shape.demanded.every((characters) => Array.from(characters).some((character) => text.includes(character)))) return Secret.of(text);
  }
}

/** Binary logarithm of how many passwords `makePassword` chooses from; -Infinity when there is none. */
export function entropyBits(rules: PasswordRules): number {
  const all = count(shapeOf(rules));
  const shift = Math.max(all.toString(2).length - 53, 0);
  return Math.log2(Number(all >> BigInt(shift))) + shift;
}

interface Shape {
  readonly length: number;
  readonly alphabet: string;
  /** The first character is a letter where letters are allowed: a leading sign is an option to some tools, and a leading zero a number. */
  readonly first: string;
  /** One of each of these. */
  readonly demanded: readonly string[];
}

function shapeOf({ minLength, maxLength, classes = DEFAULT_CLASSES, excluded = '' }: PasswordRules): Shape {
  if (!(Number.isInteger(minLength) && Number.isInteger(maxLength) && minLength >= 0 && maxLength >= Math.max(minLength, 1)))
    throw new RangeError('expected whole numbers with minLength <= maxLength and 1 <= maxLength');
  const allowed = (name: PasswordClass): string =>
    Array.from(CLASSES[name])
      .filter((character) => !excluded.includes(character))
      .join('');
  const asked = [...new Set(classes)];
  const alphabet = [...new Set([...DEFAULT_CLASSES, ...asked])].map(allowed).join('');
  const letters = allowed('lower') + allowed('upper');
  return {
    length: Math.min(maxLength, Math.max(minLength, LONGEST)),
    alphabet,
    first: letters === '' ? alphabet : letters,
    demanded: asked.map(allowed),
  };
}

/** By inclusion and exclusion over the classes that must occur. */
function count({ length, alphabet, first, demanded }: Shape): bigint {
  if (demanded.includes('')) return 0n;
  let total = 0n;
  for (let subset = 0; subset < 1 << demanded.length; subset++) {
    const missing = demanded.filter((_, at) => (subset & (1 << at)) !== 0).join('');
    const left = (characters: string): bigint => BigInt(Array.from(characters).filter((character) => !missing.includes(character)).length);
    const ways = left(first) * left(alphabet) ** BigInt(length - 1);
    total += bitCount(subset) % 2 === 0 ? ways : -ways;
  }
  return total;
}

function bitCount(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}
