import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openNftables } from '../../lib/isolation/nftables/enforcer.js';
import { openLab, unavailable, type Lab, type Place } from './lab.js';
import { gatewayRules, localTerms, release, rulesOf } from './rules.js';

const BOUND = { timeout: 20_000, interval: 200 };

describe.skipIf(unavailable !== null)("the gateway's own timer", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
  });
  afterAll(() => lab.close());
  beforeEach(() => release(enforcer()));

  const enforcer = () => openNftables(localTerms(lab), { signal: new AbortController().signal });
  const reaches = async (from: Place): Promise<readonly boolean[]> => {
    const { v4, v6 } = lab.addresses.bmc1;
    return Promise.all([v4, v6].map((address) => lab.agent(from).reaches(address)));
  };

  it('lets fallback in when nobody proved the way of the responders, and nobody else', async () => {
    await enforcer().apply(rulesOf(lab), 2);
    expect(await reaches('fallback')).toEqual([false, false]);
    await vi.waitFor(async () => expect(await reaches('fallback')).toEqual([true, true]), BOUND);
    expect(await Promise.all([reaches('attacker'), reaches('jump')])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(await enforcer().inForce()).toEqual({ rules: rulesOf(lab), armed: true, intact: true });
  });

  it('never does once it is disarmed', async () => {
    await enforcer().apply(rulesOf(lab), 2);
    await enforcer().apply(rulesOf(lab), null);
    await kernelPasses(3);
    expect(await Promise.all([reaches('fallback'), reaches('attacker'), reaches('jump')])).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ]);
    expect(await enforcer().inForce()).toEqual({ rules: rulesOf(lab), armed: false, intact: true });
  });

  /** Until an element that times out in the same kernel has done so. */
  const kernelPasses = async (seconds: number): Promise<void> => {
    const clock = `table inet clock { set c { typeof meta nfproto; flags timeout; elements = { ipv4 timeout ${String(seconds)}s }; }; }`;
    await lab.exec('gateway', ['nft', '-f', '-'], clock);
    await vi.waitFor(
      async () => expect(await lab.exec('gateway', ['nft', 'list', 'set', 'inet', 'clock', 'c'])).not.toContain('elements'),
      BOUND,
    );
    await lab.exec('gateway', ['nft', 'delete', 'table', 'inet', 'clock']);
  };

  it('drops again what fallback had open when the rules are put in force anew', async () => {
    await enforcer().apply(rulesOf(lab), 1);
    await vi.waitFor(async () => expect(await reaches('fallback')).toEqual([true, true]), BOUND);
    const carries = await lab.agent('fallback').holds(lab.addresses.bmc1.v4);
    await enforcer().apply(rulesOf(lab), null);
    expect(await carries()).toBe(false);
  });
});
