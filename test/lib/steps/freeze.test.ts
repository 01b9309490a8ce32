import { afterEach, describe, expect, test } from 'vitest';
import type { ProfileName } from '../../../drill/profiles/profiles.js';
import { NTP_SERVER } from '../../../drill/profiles/doors.js';
import type { FreezeTruth } from '../../../drill/truth.js';
import type { Finding } from '../../../lib/model/finding.js';
import { id } from '../../../lib/model/json.js';
import type { Operation } from '../../../lib/model/operation.js';
import type { Plan } from '../../../lib/model/plan.js';
import type { Isolation } from '../../../lib/model/isolation-terms.js';
import { ISOLATION } from '../isolation/support.js';
import { oneTarget, POLICY, type OneTarget } from '../../support/one-target.js';

const PROFILES: readonly ProfileName[] = ['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'];

/** The incident's own account comes before everything else. */
const OWN = ['vault create', 'account make', 'vault promote', 'account use'];

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

describe.each(PROFILES)('on a %s', (profile) => {
  test('everything is planned that a freeze does there, in its order, and nothing of our own', async () => {
    one = await oneTarget({ profile }, POLICY, id('freeze'));
    const truth = truthOf(one);
    const operations = operationsOf((await one.review()).plan);
    const groups = [OWN.length, truth.cancelled.length, truth.frozen.length, 1, truth.closed.length, truth.lock === null ? 0 : 1, 1];
    const [own, cancelled, frozen, ended, closed, locked, last] = cut(operations, groups);
    expect(own?.map(({ send }) => ('act' in send ? `${send.kind} ${send.act}` : send.kind))).toEqual(OWN);
    expect(cancelled?.map(({ after }) => after)).toEqual(truth.cancelled.map((uri) => [{ uri, absent: true }]));
    expect(frozen?.map(({ send, after }) => [uriOf(send), after])).toEqual(
      truth.frozen.map((uri) => [uri, [{ uri, pointer: '/Enabled', equals: false }]]),
    );
    expect(ended?.map(({ send }) => send.kind)).toEqual(['redfish-each']);
    expect(sorted(closed?.map(settingOf) ?? [])).toEqual(sorted(truth.closed));
    expect(locked?.map(settingOf)).toEqual(truth.lock === null ? [] : [truth.lock]);
    expect(last?.map(({ send }) => send.kind)).toEqual(['dead-token']);
    expect(operations).toHaveLength(groups.reduce((sum, one) => sum + one, 0));
    const { userName } = one.bmc;
    expect(operations.filter(({ line, send }) => line.includes(`account "${userName}"`) || /HTTPS/.test(JSON.stringify(send)))).toEqual([]);
  });

  test('what stays open, stays in or waits is found, all of it and nothing else', async () => {
    one = await oneTarget({ profile }, POLICY, id('freeze'));
    const { objects } = one;
    const { plan } = await one.review();
    const findings = await Promise.all(plan.findings.map(async (name) => findingOf(await objects.get(name))));
    const told = new Set(findings.map(({ code, uri }) => `${code} ${uri}`).filter((line) => !line.startsWith('FOREIGN_SESSION')));
    expect([...told].sort()).toEqual([...new Set(truthOf(one).findings.map(({ code, uri }) => `${code} ${uri}`))].sort());
  });
});

test('what a BMC is set to use is told of where its zone is cut off, and only there', async () => {
  one = await oneTarget({ profile: 'openbmc' }, POLICY, id('freeze'));
  const { objects } = one;
  const told = async (isolation?: Isolation): Promise<readonly string[]> => {
    const plan = await one?.review(isolation).then((reviewed) => reviewed.plan);
    const findings = await Promise.all((plan?.findings ?? []).map(async (name) => findingOf(await objects.get(name))));
    return findings.filter(({ code }) => code === 'DEPENDENCY_CUT_OFF').map(({ advice }) => advice);
  };
  expect(await told()).toEqual([]);
  expect(await told(ISOLATION)).toEqual([expect.stringContaining(`asks "${NTP_SERVER}" for the time, which the isolation cuts off`)]);
});

test('a BMC without a lock says so and is frozen otherwise', async () => {
  one = await oneTarget({ profile: 'dell' }, POLICY, id('freeze'));
  const before = operationsOf((await one.review()).plan);
  await one.fleet.fault(one.target.id, 'no-lock');
  const { plan } = await one.review();
  const { objects } = one;
  const findings = await Promise.all(plan.findings.map(async (name) => findingOf(await objects.get(name))));
  expect(findings.filter(({ code }) => code === 'NO_LOCKDOWN')).toHaveLength(1);
  const [lock, proof] = before.slice(-2);
  expect([lock?.send.kind, operationsOf(plan)]).toEqual(['redfish', [...before.slice(0, -2), { ...proof, n: lock?.n }]]);
});

test('planning changes nothing, and what is planned may not exceed the step', async () => {
  one = await oneTarget({ profile: 'supermicro' }, POLICY, id('freeze'));
  const { row, counts } = await one.review();
  expect(one.fleet.wire.entries.filter(({ method, uri }) => method !== 'GET' && !uri.includes('/Sessions'))).toEqual([]);
  expect([row.effect, row.impact, counts.destroy]).toEqual(['change', 'none', 0]);
  expect(row.destroys).toEqual(['sessions', 'accounts', 'volatile-logs', 'configuration']);
});

function truthOf({ bmc }: OneTarget): FreezeTruth {
  const truth = bmc.freeze();
  if (truth === null) throw new RangeError('a generated BMC has a truth of its freeze');
  return truth;
}

function operationsOf({ sections }: Plan): readonly Operation[] {
  return sections.flatMap(({ operations }) => operations);
}

function cut<T>(list: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  let from = 0;
  return sizes.map((size) => list.slice(from, (from += size)));
}

function uriOf(send: Operation['send']): string {
  return send.kind === 'redfish' ? send.uri : send.kind;
}

/** What a change and its undo set. */
function settingOf({ before, after, undo, send }: Operation): FreezeTruth['closed'][number] {
  const [[was], [is], [again]] = [before, after, undo?.after ?? []];
  if (was === undefined || is === undefined || !('pointer' in was) || !('pointer' in is)) throw new RangeError('no setting');
  expect([was.uri, was.pointer, again, uriOf(send)]).toEqual([is.uri, is.pointer, was, is.uri]);
  return { uri: is.uri, pointer: is.pointer, before: was.equals, after: is.equals };
}

function sorted(settings: readonly FreezeTruth['closed'][number][]): readonly FreezeTruth['closed'][number][] {
  return settings.toSorted((a, b) => `${a.uri}${a.pointer}`.localeCompare(`${b.uri}${b.pointer}`));
}

function isFinding(value: unknown): value is Finding {
  return typeof value === 'object' && value !== null && 'evidence' in value;
}

function findingOf(value: unknown): Finding {
  if (isFinding(value)) return value;
  throw new TypeError('expected a finding');
}
