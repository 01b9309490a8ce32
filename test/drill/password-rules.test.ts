import { expect, test } from 'vitest';
import { anyPassword } from '../../drill/password-rules.js';
import { VENDORS } from '../../drill/vendors.js';

const CLASSES = [/[A-Z]/, /[a-z]/, /\d/, /[^A-Za-z\d]/];
const ALIKE = /(.)\1\1/;

test('a password for what is planted fits the rules of every maker, each time', () => {
  const makers = Object.values(VENDORS).map(({ passwords }) => passwords);
  const refused = Array.from({ length: 2000 }, anyPassword).filter(
    (one) =>
      !makers.every(({ min, max }) => one.length >= min && one.length <= max) ||
      !CLASSES.every((some) => some.test(one)) ||
      ALIKE.test(one),
  );
  expect(refused).toEqual([]);
});
