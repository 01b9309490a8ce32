import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { id } from '../../lib/model/json.js';
import type { NftablesTerms } from '../../lib/model/isolation-terms.js';
import { openNftables } from '../../lib/isolation/nftables/enforcer.js';
import { IN, openEnforced, OUT, OUTSIDE, whoReaches, type Enforced, type Round } from './enforced.js';
import { openLab, unavailable, type Lab, type Place } from './lab.js';
import { gatewayRules, localTerms, rulesOf } from './rules.js';

const BOUND = { timeout: 15_000, interval: 100 };

describe.skipIf(unavailable !== null)('an isolation on a bad day', () => {
  let lab: Lab;
  let enforced: Enforced;

  beforeAll(async () => {
    lab = await openLab();
    enforced = await openEnforced(lab);
  });
  afterAll(async () => {
    await enforced.close();
    await lab.close();
  });
  beforeEach(() => lab.exec('gateway', ['nft', '-f', '-'], gatewayRules('')));

  const nft = (...words: readonly string[]): Promise<string> => lab.exec('gateway', ['nft', ...words]);
  const contained = async (): Promise<Round> => {
    const round = await enforced.plan();
    expect(await enforced.carryOutAll(round)).toEqual(['done', 'done', 'done', 'done']);
    return round;
  };

  it.each<[string, string, readonly string[]]>([
    ['absent', 'our table is deleted', ['delete', 'table', 'inet', 'cofferdam']],
    ['absent', 'all rules are flushed', ['flush', 'ruleset']],
    ['changed', 'a chain of ours is emptied', ['flush', 'chain', 'inet', 'cofferdam', 'forward']],
    ['changed', 'an attacker becomes a responder', ['add', 'element', 'inet', 'cofferdam', 'responders4', '{ 10.66.20.0/24 }']],
  ])('is seen to be open, its rules %s, when %s', async (rules, _, words) => {
    const round = await contained();
    await nft(...words);
    const { state, rules: seen, paths } = await enforced.check(round);
    const open = paths.filter(({ must, state: found }) => must === 'blocked' && found === 'open').map(({ id: name }) => name);
    expect({ state, seen }).toEqual({ state: 'open', seen: rules });
    expect(open).toContain('office:blocked-2');
  });

  it('is put in force over what somebody else changed since the plan, and leaves that as it is', async () => {
    const round = await enforced.plan();
    await nft('add', 'table', 'inet', 'somebodys');
    await nft('delete', 'table', 'ip', 'nat');
    const changed = await lab.ruleset();
    await enforced.carryOutAll(round);
    expect(await enforced.check(round)).toMatchObject({ state: 'contained', rules: 'in-force' });
    await enforced.carryOutAll(round, await enforced.release());
    expect(await lab.ruleset()).toBe(changed);
  });

  it('leaves the rules alone that another incident put there since the plan', async () => {
    const round = await enforced.plan();
    const theirs = await others();
    expect(await enforced.carryOut(round, 1)).toBe('NOT_ATTEMPTED ANOTHER_INCIDENT');
    expect(await lab.ruleset()).toBe(theirs);
  });

  it('takes back nothing of another incident that took its place', async () => {
    const round = await contained();
    await enforced.clear();
    const theirs = await others();
    expect(await enforced.carryOut(round, 1, { release: await enforced.release() })).toBe('already');
    expect(await lab.ruleset()).toBe(theirs);
  });

  /** Another incident cuts the segment off; returns the rules of the gateway then. */
  const others = async (): Promise<string> => {
    await openNftables(localTerms(lab), { signal: NEVER }).apply(rulesOf(lab, { incident: id('inc-2') }), null);
    return lab.ruleset();
  };

  it.each<[string, string, () => Promise<Partial<NftablesTerms>>]>([
    ['ENFORCER_UNREACHABLE', 'the gateway does not answer', async () => ({ ssh: nobody(lab) })],
    ['TOOL_MISSING', 'it has no nft', async () => ({ command: [...lab.prefix('gateway'), 'env', `PATH=${await withoutNft(lab)}`] })],
  ])('says %s, and claims nothing, when %s', async (code, _, terms) => {
    const round = await enforced.plan();
    const there = enforced.over(localTerms(lab, await terms()));
    const before = await lab.ruleset();
    expect(await there.carryOut(round, 1)).toBe(`NOT_ATTEMPTED ${code}`);
    expect([await enforced.one.claims.find(enforced.order(round, 1), null), await lab.ruleset()]).toEqual([null, before]);
  });

  it('is not undone by a BMC that is silent during the proof', async () => {
    await silenced('bmc1', '', async () => {
      const round = await contained();
      expect(await enforced.check(round)).toMatchObject({ state: 'contained', rules: 'in-force' });
    });
    expect(await whoReaches(lab, ...OUTSIDE)).toEqual({ jump: IN, fallback: OUT, attacker: OUT });
  });

  it('lets the fallback in by itself, and the attacker not, when responders do not get through', async () => {
    const round = await enforced.plan((send) => (send.kind === 'network' && send.armedForS !== null ? { ...send, armedForS: 1 } : send));
    expect(await enforced.carryOut(round, 1)).toBe('done');
    await silenced('jump', `ip daddr ${lab.gatewayOf('jump').v4}`, async () => {
      expect(await enforced.carryOut(round, 2)).toBe('failed PATH_CLOSED');
    });
    expect(await enforced.carryOut(round, 3)).toBe('NOT_ATTEMPTED PRECONDITION_FAILED');
    await vi.waitFor(async () => expect(await whoReaches(lab, 'fallback')).toEqual({ fallback: IN }), BOUND);
    expect(await whoReaches(lab, 'attacker')).toEqual({ attacker: OUT });
    expect(await enforced.check(round)).toMatchObject({ rules: 'armed' });
  });

  /** Nothing that matches leaves that place meanwhile. */
  async function silenced(at: Place, match: string, work: () => Promise<void>): Promise<void> {
    const rules = `table inet silence { chain out { type filter hook output priority 0; ${match} drop; }; }`;
    await lab.exec(at, ['nft', '-f', '-'], rules);
    await work().finally(() => lab.exec(at, ['nft', 'delete', 'table', 'inet', 'silence']));
  }
});

const NEVER = new AbortController().signal;

/** Where no sshd listens. */
function nobody(lab: Lab): NonNullable<NftablesTerms['ssh']> {
  const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVHs4g0dPCFrAInOyzJAqSZ0Eb0n8LtVNfWNyrDDTJu';
  return { host: '127.0.0.1', port: 1, user: 'root', hostKey, identityFile: join(lab.folder, 'none') };
}

/** A folder with the programs that the enforcer takes, but for nft. */
async function withoutNft(lab: Lab): Promise<string> {
  const folder = join(lab.folder, 'bin');
  await mkdir(folder);
  await symlink('/bin/cat', join(folder, 'cat'));
  return folder;
}
