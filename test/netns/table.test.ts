import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { id } from '../../lib/model/json.js';
import type { NftablesTerms } from '../../lib/model/isolation-terms.js';
import { openNftables } from '../../lib/isolation/nftables/enforcer.js';
import { render } from '../../lib/isolation/nftables/render.js';
import { tableText } from '../../lib/isolation/nftables/table.js';
import { codeOf } from '../support/code-of.js';
import { openLab, unavailable, type Lab } from './lab.js';
import { gatewayRules, localTerms, release, rulesOf, say } from './rules.js';

describe.skipIf(unavailable !== null)('our table on the gateway', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    await nft('flush ruleset');
    await nft(gatewayRules(''));
  });

  const nft = (commands: string) => lab.exec('gateway', ['nft', '-f', '-'], commands);
  const enforcer = (more: Partial<NftablesTerms> = {}) => openNftables(localTerms(lab, more), { signal: new AbortController().signal });

  it('reads back the rules that it was made from, and is intact', async () => {
    const allowances = [
      { to: '10.9.0.0/16', protocol: 'udp', port: 514, reason: 'syslog' },
      { to: '10.9.0.7/16', protocol: 'udp', port: 514, reason: 'syslog, "once" more' },
      { to: '10.9.0.5', protocol: 'udp', port: 67, reason: 'dhcp' },
      { to: 'fd09::/64', protocol: 'tcp', port: 636, reason: 'directory-login' },
    ] as const;
    const rules = rulesOf(lab, {
      responders: ['10.66.10.2', '10.66.10.0/24', '10.66.12.0/24', '10.66.13.0/24', 'FD66:10::2/64'],
      allowances,
    });
    await enforcer().apply(rules, null);
    expect(await enforcer().inForce()).toEqual({ rules, armed: false, intact: true });
  });

  it.each([
    ['a responder more', 'add element inet cofferdam responders4 { 10.66.20.2 }'],
    ['an interface less', 'delete element inet cofferdam oob { "oob0" }'],
    ['an allowance more', 'add element inet cofferdam allowed4 { 10.66.20.2 . tcp . 443 }'],
    ['a rule more', 'insert rule inet cofferdam forward accept'],
    ['a chain without its rules', 'flush chain inet cofferdam dropped'],
    ['a chain more', 'add chain inet cofferdam other'],
    ['a set more', 'add set inet cofferdam other { type ipv4_addr; }'],
    ['a family that was disarmed alone', 'delete element inet cofferdam armed { ipv4 }'],
    ['a table that is asleep', 'add table inet cofferdam { flags dormant; }'],
  ])('is not intact with %s', async (_, change) => {
    await enforcer().apply(rulesOf(lab), null);
    await nft(change);
    expect((await enforcer().inForce()).intact).toBe(false);
  });

  it('is put right by applying the same rules again', async () => {
    await enforcer().apply(rulesOf(lab), null);
    await nft('insert rule inet cofferdam forward accept');
    await enforcer().apply(rulesOf(lab), null);
    expect(await enforcer().inForce()).toEqual({ rules: rulesOf(lab), armed: false, intact: true });
  });

  it('of somebody else is neither taken for ours, nor replaced, nor removed', async () => {
    await nft('table inet cofferdam { chain theirs { drop; }; }');
    const before = await lab.ruleset();
    const state = await enforcer().inForce();
    const codes = [await codeOf(enforcer().apply(rulesOf(lab), null)), await codeOf(release(enforcer()))];
    expect({ state, codes, after: await lab.ruleset() }).toEqual({
      state: { rules: null, armed: true, intact: false },
      codes: ['ENFORCER_UNREADABLE', 'ENFORCER_UNREADABLE'],
      after: before,
    });
  });

  it('of another incident stays', async () => {
    await enforcer().apply(rulesOf(lab), null);
    const before = await lab.ruleset();
    expect(await codeOf(enforcer().apply(rulesOf(lab, { incident: id<'incident'>('inc-2') }), null))).toBe('ANOTHER_INCIDENT');
    expect(await lab.ruleset()).toBe(before);
  });

  it('does not come when nft is missing, refuses, or lacks an interface, and nothing changes', async () => {
    const before = await lab.ruleset();
    const bare = [...lab.prefix('gateway'), 'env', 'PATH=/nonexistent'];
    const codes = await Promise.all([
      codeOf(enforcer({ command: bare }).apply(rulesOf(lab), null)),
      codeOf(enforcer({ command: ['cofferdam-no-such-program'] }).apply(rulesOf(lab), null)),
      codeOf(enforcer({ interfaces: ['oob0', 'oob9'] }).apply(rulesOf(lab), null)),
      codeOf(enforcer().check(rulesOf(lab, { responders: ['0.0.0.0/0'] }))),
    ]);
    expect([codes, await lab.ruleset()]).toEqual([['TOOL_MISSING', 'TOOL_MISSING', 'RULES_REFUSED', 'RULES_REFUSED'], before]);
  });

  describe("kept for a reload of the gateway's own rules", () => {
    const files = async (include: string) => {
      const file = join(lab.folder, 'cofferdam.nft');
      const main = join(lab.folder, 'main.conf');
      await writeFile(main, gatewayRules(include));
      return { persist: { file, rules: main }, reload: () => lab.exec('gateway', ['nft', '-f', main]) };
    };

    it('is there after it, with the attacker still out', async () => {
      const { persist, reload } = await files(`include "${lab.folder}/*.nft"`);
      await enforcer({ persist }).apply(rulesOf(lab), null);
      await reload();
      const { bmc1 } = lab.addresses;
      expect(await enforcer({ persist }).inForce()).toEqual({ rules: rulesOf(lab), armed: false, intact: true });
      expect(
        await Promise.all([
          lab.agent('attacker').reaches(bmc1.v4),
          lab.agent('attacker').reaches(bmc1.v6),
          lab.agent('jump').reaches(bmc1.v4),
        ]),
      ).toEqual([false, false, true]);
      expect((await stat(persist.file)).mode & 0o777).toBe(0o600);
    });

    it('is gone after release, and the rules load as before', async () => {
      const { persist, reload } = await files(`include "${lab.folder}/*.nft"`);
      const before = await lab.ruleset();
      await enforcer({ persist }).apply(rulesOf(lab), null);
      await release(enforcer({ persist }));
      await reload();
      expect([await codeOf(stat(persist.file)), await lab.ruleset()]).toEqual(['ENOENT', before]);
    });

    it('leaves an empty file where the rules would not load without it', async () => {
      const { persist, reload } = await files(`include "${lab.folder}/cofferdam.nft"`);
      await enforcer({ persist }).apply(rulesOf(lab), null);
      await release(enforcer({ persist }));
      await reload();
      expect(await readFile(persist.file, 'utf8')).toBe('');
    });

    it('is refused where the rules do not include it', async () => {
      const { persist } = await files('');
      expect(await codeOf(enforcer({ persist }).check(rulesOf(lab)))).toBe('RULES_REFUSED');
    });
  });

  it('cuts a thousand targets off in one change', async () => {
    const inside = Array.from({ length: 1000 }, (_, at) => [
      `10.70.${String(at >> 8)}.${String(at & 255)}`,
      `fd70::${at.toString(16)}`,
    ]).flat();
    const rules = rulesOf(lab, { scope: 'targets', inside: [...inside, lab.addresses.bmc1.v4] });
    const bytes = tableText(render({ rules, interfaces: lab.interfaces, gatewayResponds: true }, 600)).length;
    const started = Date.now();
    await enforcer().apply(rules, 600);
    say(
      `1,000 targets over IPv4 and IPv6: one transaction of ${String(bytes)} bytes, in force after ${String(Date.now() - started)} ms with all checks`,
    );
    expect(await enforcer().inForce()).toEqual({ rules, armed: true, intact: true });
    expect(await lab.agent('attacker').reaches(lab.addresses.bmc1.v4)).toBe(false);
  });
});
