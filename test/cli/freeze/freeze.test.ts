import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '../../../cli/desk.js';
import { CliError } from '../../../cli/error.js';
import { runCheck } from '../../../cli/freeze/check.js';
import { runList } from '../../../cli/freeze/list.js';
import { id, time } from '../../../lib/model/json.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;

beforeAll(async () => {
  fixture = await makeSite();
});
afterAll(() => fixture.remove());

const LEASE = { target: id<'target'>('node1'), incident: id<'incident'>('inc-1'), since: time(0) };

function asking(frozen: Desk['frozen'], form: 'table' | 'json' = 'json') {
  const on = stage();
  return { on, options: { ...baseOf(on, { site: fixture.dir, output: form }), timeout: 10, desk: fakeDesk({ frozen }) } };
}

async function check(frozen: Desk['frozen'], target = 'node1') {
  const { on, options } = asking(frozen);
  const code = await runCheck({ ...options, target: id(target) });
  const answer: unknown = JSON.parse(on.out());
  return { code, answer };
}

const failing = (error: CliError) => async (): Promise<never> => {
  throw error;
};

describe('freeze check', () => {
  it('is 0 only when the zone knows the target and has no lease of it', async () => {
    const { code, answer } = await check(async () => []);
    expect(code).toBe(0);
    expect(answer).toEqual({ target: 'node1', frozen: false, incident: null, since: null, reason: null, why: null });
  });

  it('is 3 with the incident and its beginning for a lease, however old', async () => {
    const { code, answer } = await check(async () => [LEASE]);
    expect(code).toBe(3);
    expect(answer).toMatchObject({ frozen: true, incident: 'inc-1', since: time(0), reason: 'lease' });
  });

  it('is 3 for a record that nobody can read', async () => {
    const { code, answer } = await check(async () => [{ ...LEASE, incident: null, since: null }]);
    expect(code).toBe(3);
    expect(answer).toMatchObject({ frozen: true, incident: null, reason: 'unreadable' });
  });

  it.each(['NO_WORKER', 'ENGINE_UNREACHABLE', 'ENGINE_FAILED', 'NOT_AUTHENTIC', 'REFUSED'] as const)(
    'is 3 when nobody gives an answer that can be believed: %s',
    async (silence) => {
      const { code, answer } = await check(failing(new CliError(silence, 'nobody there', { why: 'gone' })));
      expect(code).toBe(3);
      expect(answer).toMatchObject({ frozen: true, reason: 'no-answer', why: 'nobody there: gone' });
    },
  );

  it('is 3 for an answer about another target', async () => {
    expect((await check(async () => [{ ...LEASE, target: id('node2') }])).code).toBe(3);
  });

  it('is 10 for a target that this inventory does not have, without asking anybody', async () => {
    const { options } = asking(failing(new CliError('UNEXPECTED', 'asked')));
    await expect(runCheck({ ...options, target: id('node9') })).rejects.toMatchObject({ code: 'NOT_FOUND', exitCode: 10 });
  });

  it('is never 0 or 3 for what is wrong at the desk itself', async () => {
    const { options } = asking(failing(new CliError('INTERRUPTED', 'stopped')));
    await expect(runCheck({ ...options, target: id('node1') })).rejects.toMatchObject({ exitCode: 130 });
    await expect(runCheck({ ...options, globals: { ...options.globals, site: '/nowhere' }, target: id('node1') })).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it('asks the zone of the target, for that target, within the time given', async () => {
    const asked: unknown[] = [];
    await check(async (...args) => {
      asked.push(args);
      return [];
    });
    expect(asked).toEqual([['oob', 'node1', 10_000]]);
  });
});

describe('freeze list', () => {
  it('has a row for each frozen target, by zone', async () => {
    const { on, options } = asking(async () => [LEASE, { target: id('node2'), incident: null, since: null }]);
    expect(await runList(options)).toBe(0);
    expect(JSON.parse(on.out())).toEqual([
      { zone: 'oob', ...LEASE, reason: 'lease' },
      { zone: 'oob', target: 'node2', incident: null, since: null, reason: 'unreadable' },
    ]);
  });

  it('shows a silent zone as frozen, and exits 3', async () => {
    const { on, options } = asking(failing(new CliError('NO_WORKER', 'silence')), 'table');
    expect(await runList(options)).toBe(3);
    expect(on.out()).toMatch(/oob +all of it +no-answer/);
    expect(on.err()).toContain('silence');
  });
});
