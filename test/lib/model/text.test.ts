import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../../lib/model/text.js';

test.each([
  ['\u001b[31mred\u001b[0m', '[31mred [0m'],
  ['two\r\nlines\tand a tab', 'two lines and a tab'],
  ['admin\u202enimda\u2066x\u2069', 'admin nimda x'],
  ['zero\u200bwidth\u00adsoft\ufeff', 'zero width soft'],
  ['para\u2029line\u2028nbsp\u00a0', 'para line nbsp'],
  ['\u{e0041}tag and half \ud800', 'tag and half'],
  ['Zürich 東京 🚀', 'Zürich 東京 🚀'],
])('%j is shown as %j', (text, shown) => {
  expect(plain(text, 80)).toBe(shown);
});

test('longer text is cut between characters, and says so', () => {
  expect(plain('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
  expect(plain('abc', 3)).toBe('abc');
});

test('whatever comes in, what goes out is one line of the length asked for, without anything that hides', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
      const shown = plain(text, max);
      expect(Array.from(shown).length).toBeLessThanOrEqual(max);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u);
    }),
  );
});
