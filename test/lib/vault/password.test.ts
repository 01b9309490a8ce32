import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PasswordClass, PasswordRules } from '../../../lib/model/password.js';
import { entropyBits, makePassword } from '../../../lib/vault/password.js';

const CLASSES: Readonly<Record<PasswordClass, RegExp>> = { lower: /[a-z]/, upper: /[A-Z]/, digit: /[0-9]/, symbol: /[^A-Za-z0-9]/ };
const NAMES: readonly PasswordClass[] = ['lower', 'upper', 'digit', 'symbol'];

const rules: fc.Arbitrary<PasswordRules> = fc
  .record({
    least: fc.integer({ min: 0, max: 24 }),
    more: fc.integer({ min: 0, max: 40 }),
    classes: fc.option(fc.subarray([...NAMES]), { nil: undefined }),
    excluded: fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ0189-_.+=')), maxLength: 8 }),
  })
  .map(({ least, more, classes, excluded }) => ({
    minLength: least,
    maxLength: Math.max(least + more, 6),
    excluded,
    ...(classes === undefined ? {} : { classes }),
  }));

describe('a made password', () => {
  test('fits the rules, begins with a letter, and has nothing in it that naive tools trip over', () => {
    fc.assert(
      fc.property(rules, (asked) => {
        const text = makePassword(asked).reveal();
        expect(text).toMatch(/^[A-Za-z][A-Za-z0-9._+=~-]*$/);
        expect(text).toHaveLength(Math.min(asked.maxLength, Math.max(asked.minLength, 20)));
        for (const name of asked.classes ?? ['lower', 'upper', 'digit']) expect(text).toMatch(CLASSES[name]);
        for (const character of asked.excluded ?? '') expect(text).not.toContain(character);
      }),
      { numRuns: 300 },
    );
  });

  test('has symbols only where they are asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 20 }),
        (length) => !CLASSES.symbol.test(makePassword({ minLength: length, maxLength: length }).reveal()),
      ),
    );
  });

  test('is as likely as every other one that fits', () => {
    const asked = {
      minLength: 2,
      maxLength: 2,
      classes: ['digit', 'lower'],
      excluded: 'cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ23456789',
    } as const;
    const seen = new Map<string, number>();
    for (let at = 0; at < 4000; at++) {
      const text = makePassword(asked).reveal();
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
    expect(2 ** entropyBits(asked)).toBe(4);
    // Ten standard deviations.
    for (const times of seen.values()) expect(Math.abs(times - 1000)).toBeLessThan(275);
  });

  test('has the entropy that is stated', () => {
    expect(entropyBits({ minLength: 8, maxLength: 16 })).toBeCloseTo(94.9, 0);
    expect(entropyBits({ minLength: 8, maxLength: 20 })).toBeCloseTo(118.8, 0);
    expect(entropyBits({ minLength: 1, maxLength: 1, classes: [] })).toBeCloseTo(Math.log2(52), 9);
  });

  test.each<[string, PasswordRules]>([
    ['classes that do not fit into the length', { minLength: 1, maxLength: 2 }],
    ['a class whose characters are all excluded', { minLength: 8, maxLength: 16, excluded: '0123456789' }],
    ['a length below the least', { minLength: 9, maxLength: 8 }],
    ['no length', { minLength: 0, maxLength: 0 }],
  ])('is not made for %s', (_, asked) => {
    expect(() => makePassword(asked)).toThrow(RangeError);
  });
});
