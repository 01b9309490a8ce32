import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { HIDDEN, Secret } from '../../../lib/vault/secret.js';
import { codeOf } from '../../support/code-of.js';

const CANARY = 'canary-7b1f-do-not-print';
const secret = Secret.of(CANARY);
const attempt = async (act: () => unknown): Promise<unknown> => codeOf(Promise.resolve().then(act));

describe('a secret', () => {
  test('is revealed on demand', () => {
    expect(secret.reveal()).toBe(CANARY);
  });

  test.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => [secret].join()],
    ['concatenation', () => ''.concat(String(secret))],
    ['inspect', () => inspect({ deep: { secret } }, { depth: null, showHidden: true })],
    ['inspect without its custom form', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['format', () => format('%s %o %O', secret, secret, { secret })],
    ['its own keys', () => Reflect.ownKeys(secret).map(String).join()],
    ['a copy by spread', () => JSON.stringify(Object.assign({}, secret))],
    ['structuredClone', () => inspect(structuredClone(secret), { showHidden: true })],
    ['the engine’s own serialisation', () => serialize({ secret }).toString('latin1')],
    ['an error about it', () => String(new Error(`cannot log in with ${String(secret)}`).stack)],
  ])('does not show in %s', (_, print) => {
    expect(print()).not.toContain(CANARY);
  });

  test('shows that something is hidden, rather than an empty object', () => {
    expect([inspect(secret), String(secret)]).toEqual([HIDDEN, HIDDEN]);
  });

  test('refuses to become JSON, at any depth', async () => {
    expect(await attempt(() => JSON.stringify(secret))).toBe('SECRET_EXPOSED');
    expect(await attempt(() => JSON.stringify({ login: [{ secret }] }))).toBe('SECRET_EXPOSED');
  });

  test('does not reach a log', () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    try {
      log.info({ secret }, 'login');
    } catch {
      // Refusing is as good as hiding.
    }
    expect(lines.join('')).not.toContain(CANARY);
  });
});
