import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, digestOf, sha256 } from '../../../lib/trust/canonical.js';
import { codeOf } from '../../support/code-of.js';

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });

describe('canonical JSON', () => {
  test('means the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is one text, whatever the order of the fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), json), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonical(turned)).toBe(canonical(value));
      }),
    );
  });

  test('is its own canonical form, without white space outside of strings', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonical(value);
        expect(canonical(JSON.parse(text))).toBe(text);
        expect(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/\s/);
      }),
    );
  });

  test('sorts fields by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonical(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test('writes numbers as RFC 8785 appendix B does', () => {
    expect(canonical([0, -0, 1e21, 1e-7, 333333333.33333329, 4.5, 9007199254740994])).toBe(
      '[0,0,1e+21,1e-7,333333333.3333333,4.5,9007199254740994]',
    );
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['an undefined field', { a: undefined }],
    ['an undefined list item', [undefined]],
    ['a list with a hole', Array.from({ length: 2 }).fill(1, 1)],
    ['NaN', { a: Number.NaN }],
    ['infinity', -Infinity],
    ['a big integer', 1n],
    ['a function', { a: () => 1 }],
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['bytes', new Uint8Array(1)],
    ['half a surrogate pair', { a: '\ud800' }],
    ['half a surrogate pair in a field name', { '\udc00': 1 }],
    ['a cycle', cycle],
  ])('does not exist for %s', async (_, value) => {
    expect(await codeOf(Promise.resolve().then(() => canonical(value)))).toBe('NOT_JSON');
  });
});

test('digests are the SHA-256 of the canonical text, and of bytes as they are', () => {
  const expected = createHash('sha256').update('{"a":1,"b":"é"}').digest('hex');
  expect(digestOf({ b: 'é', a: 1 })).toBe(expected);
  expect(sha256('{"a":1,"b":"é"}')).toBe(expected);
  expect(sha256(new TextEncoder().encode('{"a":1,"b":"é"}'))).toBe(expected);
});
