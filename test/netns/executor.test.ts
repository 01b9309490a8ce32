import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../lib/model/json.js';
import type { Send } from '../../lib/model/operation.js';
import { readPlan } from '../../lib/trust/read-plan.js';
import { custodyOf, capturesOf } from '../lib/evidence/support.js';
import { INCIDENT } from '../support/one-target.js';
import { GATEWAY, IN, openEnforced, OUT, OUTSIDE, whoReaches, type Enforced } from './enforced.js';
import { openLab, unavailable, type Lab } from './lab.js';
import { gatewayRules } from './rules.js';

describe.skipIf(unavailable !== null)('an isolation that is carried out under the launch', () => {
  let lab: Lab;
  let enforced: Enforced;
  let before: string;

  beforeAll(async () => {
    lab = await openLab();
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
    before = await lab.ruleset();
    enforced = await openEnforced(lab);
  });
  afterAll(async () => {
    await enforced.close();
    await lab.close();
  });
  beforeEach(() => enforced.clear());

  it('seals flows, neighbours and rules as they were before the first claim', async () => {
    await lab.agent('attacker').holds(lab.addresses.bmc1.v4);
    await enforced.carryOut(await enforced.plan(), 1);
    const bags = await sealedBags();
    const lines = (await Promise.all(bags.map(custodyOf))).flat();
    const captured = (await Promise.all(bags.map(capturesOf))).flat().map(({ uri }) => uri);
    expect(captured).toEqual(
      expect.arrayContaining(['ruleset.txt', 'conntrack-ipv4.txt', 'neighbours-ipv4.txt'].map((name) => `enforcer:/${GATEWAY}/${name}`)),
    );
    // The claim came after the seal: it lies in a bag that is still open.
    expect([
      lines.filter(({ type }) => type === 'network.witnessed').length,
      lines.filter(({ type }) => type === 'operation.claimed'),
    ]).toEqual([1, []]);
  });

  const sealedBags = async (): Promise<readonly string[]> => {
    const folder = join(enforced.one.layout.incident(INCIDENT).evidence, GATEWAY);
    return (await readdir(folder))
      .filter((name) => name.startsWith('S'))
      .sort()
      .map((name) => join(folder, name));
  };

  it('cuts the attacker off, lets responders in, and proves both', async () => {
    const could = await whoReaches(lab, ...OUTSIDE);
    const round = await enforced.plan();
    const ends = await enforced.carryOutAll(round);
    expect({ effect: round.row.effect, could, ends, can: await whoReaches(lab, ...OUTSIDE) }).toEqual({
      effect: 'contain',
      could: { jump: IN, fallback: IN, attacker: IN },
      ends: ['done', 'done', 'done', 'done'],
      can: { jump: IN, fallback: OUT, attacker: OUT },
    });
    expect(await enforced.check(round)).toMatchObject({ state: 'contained', rules: 'in-force' });
  });

  it('tries every path over IPv4 and IPv6, in both directions', async () => {
    const { row } = await enforced.plan();
    const sends = readPlan(await enforced.one.objects.get(row.plan)).sections.flatMap(({ operations }) =>
      operations.map(({ send }) => send),
    );
    const blocked = sends.flatMap((send) => (send.kind === 'probe' ? send.paths : [])).filter(({ must }) => must === 'blocked');
    const { attacker, bmc1, bmc2 } = lab.addresses;
    expect(blocked.map(({ at, to }) => `${at} ${to}`).sort()).toEqual(
      [
        ...[bmc1.v4, bmc1.v6, bmc2.v4, bmc2.v6].map((to) => `outside ${to}`),
        ...[attacker.v4, attacker.v6, ...Object.values(lab.gatewayOf('attacker'))].map((to) => `inside ${to}`),
      ].sort(),
    );
  });

  it('is taken back by a signed release, backwards, to exactly the rules that were there', async () => {
    const round = await enforced.plan();
    await enforced.carryOutAll(round);
    const ends = await enforced.carryOutAll(round, await enforced.release());
    expect(ends).toEqual(['already', 'already', 'already', 'done']);
    expect(await lab.ruleset()).toBe(before);
  });

  it('is not taken back by a release that nobody signed', async () => {
    const round = await enforced.plan();
    await enforced.carryOutAll(round);
    const during = await lab.ruleset();
    expect(await enforced.carryOut(round, 1, { release: digest('7'.repeat(64)) })).toBe('NOT_ATTEMPTED RELEASE_NOT_SIGNED');
    expect(await lab.ruleset()).toBe(during);
  });

  it.each<[string, (send: Send) => Send]>([
    ['rules that let more in', (send) => withRules(send, (rules) => ({ ...rules, responders: [...rules.responders, '10.66.20.0/24'] }))],
    ['no rules at all', (send) => withRules(send, () => null)],
  ])('refuses %s, since the launch only contains', async (_, alter) => {
    await enforced.carryOutAll(await enforced.plan());
    // Rules that are changed are put in force anew; those that are as they must be are left alone.
    await lab.exec('gateway', ['nft', 'add', 'rule', 'inet', 'cofferdam', 'forward', 'counter']);
    const during = await lab.ruleset();
    expect(await enforced.carryOut(await enforced.plan(alter), 1)).toBe('NOT_ATTEMPTED EFFECT_TOO_GRAVE');
    expect(await lab.ruleset()).toBe(during);
  });
});

type Rules = (Send & { kind: 'network' })['rules'];

function withRules(send: Send, alter: (rules: NonNullable<Rules>) => Rules): Send {
  return send.kind === 'network' && send.rules !== null ? { ...send, rules: alter(send.rules) } : send;
}
