import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '../../../cli/desk.js';
import { runCancel } from '../../../cli/incident/cancel.js';
import { runResolve } from '../../../cli/incident/resolve.js';
import { id, type Id } from '../../../lib/model/json.js';
import { readStatement } from '../../../lib/model/read-statement.js';
import type { Statement } from '../../../lib/model/statement.js';
import { statementDigest } from '../../../lib/trust/statement.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { INCIDENT, LAUNCH, openedOf, viewOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;

beforeAll(async () => {
  fixture = await makeSite();
});
afterAll(() => fixture.remove());

const STEP = id<'step'>('triage');
const parked = (target: string, retry: number) => ({
  target: id<'target'>(target),
  step: STEP,
  state: { at: 'parked', code: 'TIMEOUT', why: '', operation: null, offers: ['retry'] } as const,
  retry,
});

/** A desk with three parked targets, and what is delivered to it. */
function desk(heard = true): { readonly open: () => Promise<Desk>; readonly delivered: Statement[] } {
  const delivered: Statement[] = [];
  const open = fakeDesk({
    opened: async () => openedOf(),
    view: async () => (heard ? viewOf({ parked: [parked('r1', 0), parked('r2', 1), parked('r3', 0)] }) : null),
    deliver: async (_incident, signed) => {
      const read = readStatement(signed.text);
      if ('refusal' in read) throw new Error(read.why);
      delivered.push(read.statement);
      return { statement: statementDigest(signed), gate: null };
    },
  });
  return { open, delivered };
}

function signed() {
  const on = stage();
  const base = { ...baseOf(on, { site: fixture.dir }), context: { ...on.context, now: Date.now } };
  return { ...base, incident: INCIDENT, as: 'rosa', key: fixture.keyFiles['rosa'] ?? '', reason: 'power is back' };
}

async function resolve(targets: readonly Id<'target'>[], heard = true) {
  const { open, delivered } = desk(heard);
  await runResolve({ ...signed(), targets, step: STEP, choice: 'retry', desk: open });
  return delivered;
}

describe('incident resolve', () => {
  it('signs one statement for all targets with the same past', async () => {
    const delivered = await resolve([id('r1'), id('r2'), id('r3')]);
    expect(delivered).toMatchObject([
      { verb: 'resolve', launch: LAUNCH, step: 'triage', choice: 'retry', retry: 0, targets: ['r1', 'r3'], by: 'rosa' },
      { retry: 1, targets: ['r2'] },
    ]);
  });

  it('signs nothing for a target that is not parked there, or when nobody can say', async () => {
    await expect(resolve([id('r1'), id('r9')])).rejects.toMatchObject({ code: 'NOT_PARKED', exitCode: 3 });
    await expect(resolve([id('r1')], false)).rejects.toMatchObject({ code: 'NO_WORKER' });
  });
});

describe('incident cancel', () => {
  it('signs a statement over the whole incident, of the same size for any number of targets', async () => {
    const { open, delivered } = desk();
    expect(await runCancel({ ...signed(), desk: open })).toBe(0);
    expect(delivered).toMatchObject([{ verb: 'cancel', launch: LAUNCH, subjects: [] }]);
  });
});
