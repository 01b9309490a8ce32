import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { id, time } from '../../../lib/model/json.js';
import { openLeases, type Leases } from '../../../lib/store/leases.js';
import { ended, planned, releaseBy, tried, type Planned, type Try } from '../../support/by-launch.js';
import { oneTarget, plantedUri, writes, type OneTarget } from '../../support/one-target.js';

const STEP = 'lease';
const OTHER = id<'incident'>('case-2');

let one: OneTarget;
let leases: Leases;
let lease: Planned;

beforeEach(async () => {
  one = await oneTarget({ profile: 'small' });
  leases = openLeases(one.layout.leases);
  lease = await planned(one, {
    subject: { kind: 'bmc', target: one.target.id },
    step: STEP,
    sections: [[{ send: { kind: 'lease', act: 'take' }, undo: { send: { kind: 'lease', act: 'give-back' }, after: [] } }]],
    row: { destroys: [] },
  });
});
afterEach(() => one.close());

const attempt = (how: Try = {}) => ended(tried(one, lease, STEP, how));
const holder = async () => (await leases.get(one.target.id))?.incident ?? null;
const takenByOther = () => leases.take(one.target.id, { incident: OTHER, launch: one.launch }, time(Date.now()));

test('it is taken for this incident, by the launch alone, and no byte goes to the BMC', async () => {
  const before = one.fleet.wire.entries.length;
  expect(await attempt()).toEqual(['done']);
  expect(await holder()).toBe(one.ground.incident);
  expect(one.fleet.wire.entries).toHaveLength(before);
});

test('a lease that is ours already is `already`, without a claim', async () => {
  await leases.take(one.target.id, { incident: one.ground.incident, launch: one.launch }, time(Date.now()));
  expect(await attempt()).toEqual(['already']);
  expect(await one.claims.find(one.order(lease.row), null)).toBe(null);
});

test('a target that another incident holds cannot be held by ours', async () => {
  await takenByOther();
  expect(await attempt()).toEqual(['NOT_ATTEMPTED', 'LEASE_HELD']);
  expect(await holder()).toBe(OTHER);
});

test('another incident that takes it between our claim and ours wins, and our operation fails', async () => {
  const racing = (deps: Parameters<NonNullable<Try['over']>>[0]): typeof deps => ({
    ...deps,
    leases: { ...deps.leases, take: async (...order) => (await takenByOther(), deps.leases.take(...order)) },
  });
  expect(await attempt({ over: racing })).toEqual(['failed', 'LEASE_HELD']);
  expect(await holder()).toBe(OTHER);
});

test('a release gives it back', async () => {
  await attempt();
  expect(await attempt({ release: await releaseBy(one, 'lara') })).toEqual(['done']);
  expect(await holder()).toBe(null);
});

test('a release leaves a lease that another incident has taken meanwhile', async () => {
  await attempt();
  await leases.giveBack(one.target.id, one.ground.incident);
  await takenByOther();
  expect(await attempt({ release: await releaseBy(one, 'lara') })).toEqual(['NOT_ATTEMPTED', 'LEASE_HELD']);
  expect(await holder()).toBe(OTHER);
});

test('a lease that was ours before this operation is not given back by its undo', async () => {
  await leases.take(one.target.id, { incident: one.ground.incident, launch: one.launch }, time(Date.now()));
  await attempt();
  expect(await attempt({ release: await releaseBy(one, 'lara') })).toEqual(['already']);
  expect(await holder()).toBe(one.ground.incident);
});

const STANDS: readonly (readonly [string, string, () => Promise<unknown>])[] = [
  ["another incident's lease", 'LEASE_HELD', takenByOther],
  [
    'a lease that cannot be read',
    'RECORD_UNREADABLE',
    async () => {
      await mkdir(one.layout.leases, { recursive: true });
      await writeFile(join(one.layout.leases, `${one.target.id}.json`), '{}');
    },
  ],
];

test.each(STANDS)('%s stops every change on the target', async (_, code, freeze) => {
  const uri = plantedUri(one, 'rogue-administrator');
  const change = await planned(one, {
    subject: { kind: 'bmc', target: one.target.id },
    step: 'freeze',
    gate: 'change',
    sections: [
      [
        {
          send: { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: false } },
          after: [{ uri, pointer: '/Enabled', equals: false }],
        },
      ],
    ],
    row: { effect: 'change', destroys: ['accounts', 'sessions'] },
    counts: { change: 1, contain: 0 },
  });
  await one.seal('accounts', 'sessions');
  await one.approve(change.gate);
  await freeze();
  expect(await ended(tried(one, change, 'freeze'))).toEqual(['NOT_ATTEMPTED', code]);
  expect(writes(one)).toEqual([]);
});
