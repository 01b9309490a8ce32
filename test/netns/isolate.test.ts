import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Rules } from '../../lib/model/isolation.js';
import { openNftables } from '../../lib/isolation/nftables/enforcer.js';
import { openLab, PORT, unavailable, type Host, type Lab, type Place } from './lab.js';
import { gatewayRules, localTerms, release, rulesOf, say } from './rules.js';

if (unavailable !== null) say(`test/netns is skipped: ${unavailable}`);

describe.skipIf(unavailable !== null)('a segment behind a gateway with nftables', () => {
  let lab: Lab;
  let before: string;

  beforeAll(async () => {
    lab = await openLab();
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
    before = await lab.ruleset();
  });
  afterAll(() => lab.close());
  beforeEach(() => release(enforcer()));

  const enforcer = () => openNftables(localTerms(lab), { signal: new AbortController().signal });
  const isolate = (more: Partial<Rules> = {}) => enforcer().apply(rulesOf(lab, more), 600);

  /** Over IPv4, then over IPv6. */
  const reaches = async (from: Place, to: Host): Promise<readonly boolean[]> => {
    const { v4, v6 } = lab.addresses[to];
    return Promise.all([v4, v6].map((address) => lab.agent(from).reaches(address)));
  };

  it('is open to an attacker before, and to nobody but responders after', async () => {
    const attacked = await Promise.all([reaches('attacker', 'bmc1'), reaches('attacker', 'bmc2')]);
    await isolate();
    const after = await Promise.all([
      reaches('attacker', 'bmc1'),
      reaches('attacker', 'bmc2'),
      reaches('fallback', 'bmc1'),
      reaches('jump', 'bmc1'),
      reaches('jump', 'bmc2'),
    ]);
    expect({ attacked, after }).toEqual({
      attacked: [both(true), both(true)],
      after: [both(false), both(false), both(false), both(true), both(true)],
    });
  });

  it('lets no BMC call out, to its neighbour or to the gateway itself', async () => {
    const calls = () => Promise.all([reaches('bmc1', 'attacker'), reaches('bmc1', 'jump'), reaches('bmc1', 'bmc2'), toGateway('bmc1')]);
    const could = await calls();
    await isolate();
    expect({ could, can: await calls() }).toEqual({
      could: Array.from({ length: 4 }, () => both(true)),
      can: Array.from({ length: 4 }, () => both(false)),
    });
  });

  const toGateway = async (from: Host): Promise<readonly boolean[]> => {
    const { v4, v6 } = lab.gatewayOf(from);
    return Promise.all([v4, v6].map((address) => lab.agent(from).reaches(address)));
  };

  it('ends the flows that an attacker and a BMC have open, and keeps those of responders', async () => {
    const flows = await Promise.all([
      lab.agent('attacker').holds(lab.addresses.bmc1.v4),
      lab.agent('attacker').holds(lab.addresses.bmc1.v6),
      lab.agent('bmc1').holds(lab.addresses.attacker.v4),
      lab.agent('jump').holds(lab.addresses.bmc1.v4),
      lab.agent('jump').holds(lab.addresses.bmc1.v6),
    ]);
    const carried = () => Promise.all(flows.map((carries) => carries()));
    const could = await carried();
    await isolate();
    expect({ could, can: await carried() }).toEqual({ could: [true, true, true, true, true], can: [false, false, false, true, true] });
  });

  it('forgets what it knew of the flows of others', async () => {
    await Promise.all([lab.agent('attacker').holds(lab.addresses.bmc1.v4), lab.agent('attacker').holds(lab.addresses.bmc1.v6)]);
    await isolate();
    const flows = await Promise.all(['ipv4', 'ipv6'].map((family) => lab.exec('gateway', ['conntrack', '-L', '-f', family])));
    expect(
      flows
        .join('')
        .split('\n')
        .filter((line) => /src=(10\.66\.20|fd66:20:)/.test(line) && /dst=(10\.66\.1\.|fd66:1:)/.test(line)),
    ).toEqual([]);
  });

  it('lets a BMC reach what is allowed by name, and nothing back', async () => {
    const { v4, v6 } = lab.addresses.attacker;
    const allowances = [v4, v6].map((to) => ({ to, protocol: 'tcp', port: PORT, reason: 'kms' }) as const);
    await isolate({ allowances });
    expect(await Promise.all([reaches('bmc1', 'attacker'), reaches('bmc1', 'fallback'), reaches('attacker', 'bmc1')])).toEqual([
      both(true),
      both(false),
      both(false),
    ]);
  });

  it('judges what comes from inside by its interface: a responder for a source opens no way to a neighbour', async () => {
    await lab.exec('bmc1', ['ip', 'address', 'add', '10.66.10.2/32', 'dev', 'lo']);
    await isolate();
    await lab.agent('bmc1').reaches(lab.addresses.bmc2.v4, { from: '10.66.10.2' });
    await lab.exec('bmc1', ['ip', 'address', 'del', '10.66.10.2/32', 'dev', 'lo']);
    expect([await packets('inward', 0), (await packets('dropped', 1)) > 0]).toEqual([0, true]);
  });

  /** How often a rule was met, by its place in its chain. */
  const packets = async (chain: string, at: number): Promise<number> => {
    const rules = (await lab.exec('gateway', ['nft', 'list', 'chain', 'inet', 'cofferdam', chain])).split('\n').slice(2);
    return Number(/packets (\d+)/.exec(rules[at] ?? '')?.[1]);
  };

  it('of two targets cuts the one that is named', async () => {
    const { v4, v6 } = lab.addresses.bmc1;
    await isolate({ scope: 'targets', inside: [v4, v6] });
    expect(
      await Promise.all([reaches('attacker', 'bmc1'), reaches('bmc1', 'attacker'), reaches('attacker', 'bmc2'), reaches('jump', 'bmc1')]),
    ).toEqual([both(false), both(false), both(true), both(true)]);
  });

  it('touches no other table, and leaves the rules exactly as they were', async () => {
    await isolate();
    const during = await lab.ruleset();
    await release(enforcer());
    expect([during.startsWith(before), await lab.ruleset()]).toEqual([true, before]);
  });

  it('gives the witness that rules destroy: flows, neighbours, routes, rules', async () => {
    await reaches('attacker', 'bmc1');
    const { files, missing } = await enforcer().witness();
    const text = (name: string): string => Buffer.from(files.find((file) => file.name === name)?.body ?? []).toString('utf8');
    expect(text('ruleset.txt')).toBe(before);
    expect(text('conntrack-ipv4.txt')).toContain('src=10.66.20.2 dst=10.66.1.2');
    expect(text('conntrack-ipv6.txt')).toMatch(/src=fd66:20:\S+ dst=fd66:1:/);
    expect(text('neighbours-ipv4.txt')).toContain('10.66.1.2 dev oob0');
    expect(missing).toContain('cat /var/lib/kea/kea-leases4.csv');
  });
});

function both(state: boolean): readonly boolean[] {
  return [state, state];
}
