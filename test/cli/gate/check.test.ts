import { describe, expect, it } from 'vitest';
import { checkGate } from '../../../cli/gate/check.js';
import { id } from '../../../lib/model/json.js';
import type { IndexRow, Plan } from '../../../lib/model/plan.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { fakeDesk } from '../../support/desk.js';
import { gateOf, openedOf } from '../../support/incident-view.js';
import { operation, storedGate, type Lies } from '../../support/plan-store.js';

async function check({ store, gate }: Pick<ReturnType<typeof storedGate>, 'store' | 'gate'>) {
  return checkGate(await fakeDesk({ read: store.read })(), openedOf(), gate);
}

const acts = (plan: Plan): boolean => plan.sections.length > 0;

describe('what a signer is shown', () => {
  it('is every plan under the root, by target, with the counts of the index', async () => {
    const { store, gate, index } = storedGate();
    const checked = await check({ store, gate });
    expect(checked).toMatchObject({ root: gate.root, counts: index.counts });
    expect(checked.plans.map(({ target, zone, row }) => [target, zone, row.operations])).toEqual([
      ['r1', 'a', 2],
      ['r2', 'a', 0],
    ]);
  });

  it('is read from the zone that has it, whichever that is', async () => {
    const { store, gate } = storedGate();
    const desk = await fakeDesk({ read: async (zone, ...rest) => (zone === 'a' ? store.read(zone, ...rest) : null) })();
    const { input } = openedOf();
    const zones = [{ zone: id<'zone'>('elsewhere'), targets: [] }, ...input.zones];
    expect((await checkGate(desk, openedOf({ input: { ...input, zones } }), gate)).plans).toHaveLength(2);
  });
});

describe('a worker that shows something else than what the gate is about', () => {
  it('is caught whichever object it changes', async () => {
    const { store, gate } = storedGate();
    for (const [digest, text] of [...store.objects]) {
      store.objects.set(
        digest,
        text.replace(/"(accounts|review-access|shard)"/, (word) => word.toUpperCase()),
      );
      if (store.objects.get(digest) === text) store.objects.set(digest, `${text} `);
      await expect(check({ store, gate })).rejects.toMatchObject({ code: 'FORGED_PLAN', exitCode: 3 });
      store.objects.set(digest, text);
    }
    await expect(check({ store, gate })).resolves.toBeDefined();
  });

  it('is caught when it swaps a plan for another good one', async () => {
    const { store, gate } = storedGate();
    for (const [digest, text] of [...store.objects]) store.objects.set(digest, text.replace('Accounts/1', 'Accounts/9'));
    await expect(check({ store, gate })).rejects.toMatchObject({ code: 'FORGED_PLAN' });
  });

  it('is caught with a target that only the unsigned part of the start names', async () => {
    const { launch } = openedOf();
    const opened = openedOf({ launch: { ...launch, targets: [id('r2')] } });
    const { store, gate } = storedGate();
    await expect(checkGate(await fakeDesk({ read: store.read })(), opened, gate)).rejects.toMatchObject({ code: 'FORGED_PLAN' });
  });

  it('is caught when it spells an object in another way under its own digest', async () => {
    const { store, gate } = storedGate();
    const text = ` ${store.objects.get(gate.root) ?? ''}`;
    store.objects.set(sha256(text), text);
    await expect(check({ store, gate: gateOf({ root: sha256(text) }) })).rejects.toMatchObject({ code: 'FORGED_PLAN' });
  });

  it.each<[string, Lies]>([
    ['another round', { index: (index) => ({ ...index, round: 2 }) }],
    ['another gate', { index: (index) => ({ ...index, gate: id('launch') }) }],
    [
      'an index of another step',
      { index: (index) => ({ ...index, step: id('reflash') }), plan: (plan) => ({ ...plan, step: id('reflash') }) },
    ],
    ['a plan of another step', { plan: (plan) => ({ ...plan, step: id('reflash') }) }],
    ['a target that the launch does not name', { row: (row) => ({ ...row, subject: { kind: 'bmc', target: id('r9') } }) }],
    ['a page of a zone that has no such target', { page: (page) => ({ ...page, zone: id('b') }) }],
    ['a target twice', { page: (page) => ({ ...page, rows: [...page.rows, ...page.rows.slice(1)] }) }],
    ['another device', { plan: (plan) => ({ ...plan, identity: sha256('another') }) }],
    ['an operation that the row does not count', { plan: (plan) => (acts(plan) ? withMore(plan) : plan) }],
    ['fewer operations than the row counts', { row: (row) => ({ ...row, operations: row.operations * 2 }) }],
    [
      'the plan of another target',
      { plan: (plan) => (acts(plan) ? { ...plan, subject: { kind: 'bmc', target: id('r2') } } : plan), row: ofTarget('r1') },
    ],
    [
      'two operations with one number',
      { plan: (plan) => (acts(plan) ? { ...plan, sections: plan.sections.map(() => section(1)) } : plan) },
    ],
    [
      'a row that keeps quiet about what a section ends with in any case',
      { plan: (plan) => (acts(plan) ? { ...plan, sections: [{ operations: [operation(1)], always: [operation(2)] }] } : plan) },
    ],
    ['a row that ends a section with something else', { row: (row) => ({ ...row, closing: [{ first: 1, last: 1, always: [2] }] }) }],
    ['a row that hides what is destroyed', { row: (row) => ({ ...row, destroys: [] }) }],
    [
      'a plan with a graver impact than its row',
      {
        plan: (plan) => (acts(plan) ? { ...plan, sections: [section(1), hostDown(2)] } : plan),
        index: (index) => ({ ...index, counts: { ...index.counts, none: 1, 'host-down': 1 } }),
      },
    ],
    ['counts that hide an operation', { index: (index) => ({ ...index, counts: { ...index.counts, change: 1 } }) }],
    ['counts that call a change an observation', { index: (index) => ({ ...index, counts: { ...index.counts, change: 0, observe: 2 } }) }],
    ['counts graver than any row', { index: (index) => ({ ...index, counts: { ...index.counts, change: 1, destroy: 1 } }) }],
    ['impacts that are not those of the plans', { index: (index) => ({ ...index, counts: { ...index.counts, none: 1, 'host-down': 1 } }) }],
    ['a field that nobody knows', { row: (row): IndexRow => ({ ...row, ...{ note: 'harmless' } }) }],
  ])('is caught with %s', async (_what, lies) => {
    await expect(check(storedGate(lies))).rejects.toMatchObject({ code: 'FORGED_PLAN' });
  });

  it('is told apart from a store that lacks an object', async () => {
    const { store, gate, index } = storedGate();
    for (const page of index.pages) store.objects.delete(page);
    await expect(check({ store, gate })).rejects.toMatchObject({ code: 'NOT_FOUND', exitCode: 10 });
  });
});

/** Names a target in the row that acts, whatever its plan says. */
function ofTarget(target: string): (row: IndexRow) => IndexRow {
  return (row) => (row.operations > 0 ? { ...row, subject: { kind: 'bmc', target: id(target) } } : row);
}

function section(n: number): Plan['sections'][number] {
  return { operations: [operation(n)], always: [] };
}

function hostDown(n: number): Plan['sections'][number] {
  return { operations: [operation(n, { impact: 'host-down' })], always: [] };
}

function withMore(plan: Plan): Plan {
  return { ...plan, sections: [...plan.sections, section(3)] };
}
