import { describe, expect, it } from 'vitest';
import { digest, id, type Id } from '../../../lib/model/json.js';
import { maySteer, mayTrust, tally, type CountedDecision } from '../../../lib/model/quorum.js';
import type { GatePolicy, Person } from '../../../lib/model/policy.js';

const lead = id<'role'>('lead');
const person = (name: string, ...roles: Id<'role'>[]): Person => ({ id: id(name), name, roles, keys: [] });
const people = [person('ann', lead), person('ben', lead), person('cas', lead), person('dov', id('responder'))];
const policy: GatePolicy = { roles: [lead], quorum: 2, requesterExcluded: true, decisionExpiresAfter: 60, executionExpiresAfter: 120 };
const says = (name: string, verb: 'approve' | 'deny'): CountedDecision => ({ person: id(name), verb, statement: digest('0'.repeat(64)) });

describe('tally', () => {
  it('approves when the quorum of distinct people has approved', () => {
    expect(tally(policy, people, id('dov'), [says('ann', 'approve'), says('ben', 'approve')])).toMatchObject({
      state: 'approved',
      missing: 0,
    });
  });

  it('counts one person once, however often they sign', () => {
    expect(tally(policy, people, id('dov'), [says('ann', 'approve'), says('ann', 'approve')])).toMatchObject({ state: 'open', missing: 1 });
  });

  it('does not count the requester', () => {
    expect(tally(policy, people, id('ann'), [says('ann', 'approve'), says('ben', 'approve')])).toMatchObject({ state: 'open', missing: 1 });
  });

  it('does not count people without the role, or unknown ones', () => {
    expect(tally(policy, people, id('cas'), [says('dov', 'approve'), says('zoe', 'approve')])).toMatchObject({ state: 'open', missing: 2 });
  });

  it('lets one denial outweigh any number of approvals', () => {
    expect(tally(policy, people, id('dov'), [says('ann', 'approve'), says('ben', 'approve'), says('cas', 'deny')]).state).toBe('denied');
  });

  it('keeps a person’s first decision', () => {
    const decisions = [says('ann', 'deny'), says('ann', 'approve'), says('ben', 'approve')];
    expect(tally(policy, people, id('dov'), decisions)).toMatchObject({ state: 'denied', denials: [says('ann', 'deny')] });
  });
});

describe('maySteer', () => {
  const site = { launch: { roles: [id<'role'>('responder')], cosignersAbove: 50, cosigners: 1 }, gates: { change: policy } };

  it('lets whoever may launch or decide steer, and nobody else', () => {
    expect(people.map(({ id: name }) => maySteer(site, [...people, person('eve', id('reader'))], name))).toEqual([true, true, true, true]);
    expect(maySteer(site, [person('eve', id('reader'))], id('eve'))).toBe(false);
  });
});

describe('mayTrust', () => {
  const of = (...gates: GatePolicy[]) => ({
    launch: { roles: [id<'role'>('responder')], cosignersAbove: 1, cosigners: 1 },
    gates: Object.fromEntries(gates.map((gate, n) => [`gate-${String(n)}`, gate])),
  });

  it('lets those vouch for a key who decide at a gate, and the requester where a gate does not exclude the requester', () => {
    expect(['ann', 'dov', 'zoe'].map((name) => mayTrust(of(policy), people, id('dov'), id(name)))).toEqual([true, false, false]);
    expect(mayTrust(of(policy), people, id('ann'), id('ann'))).toBe(false);
    expect(mayTrust(of(policy, { ...policy, requesterExcluded: false }), people, id('ann'), id('ann'))).toBe(true);
  });

  it('lets nobody vouch under a policy without gates', () => {
    expect(people.some((one) => mayTrust(of(), people, id('dov'), one.id))).toBe(false);
  });
});
