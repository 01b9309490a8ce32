import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NftablesTerms } from '../../lib/model/isolation-terms.js';
import { openNftables } from '../../lib/isolation/nftables/enforcer.js';
import { codeOf } from '../support/code-of.js';
import { openLab, unavailable, type Lab } from './lab.js';
import { gatewayRules, localTerms, release, rulesOf } from './rules.js';
import { openSshd, type Sshd } from './sshd.js';

describe.skipIf(unavailable !== null)('a gateway over ssh', () => {
  let lab: Lab;
  let sshd: Sshd;

  beforeAll(async () => {
    lab = await openLab();
    sshd = await openSshd(lab);
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
    await workOnJumpHost();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await sshd.close();
    await lab.close();
  });
  beforeEach(() => release(enforcer()));

  /** Our worker stands on the jump host: the `ssh` that it finds is the system's, in that namespace. */
  const workOnJumpHost = async (): Promise<void> => {
    const folder = join(lab.folder, 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'ssh'), `#!/bin/sh\nexec ${lab.prefix('jump').join(' ')} /usr/bin/ssh "$@"\n`);
    await chmod(join(folder, 'ssh'), 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  };

  const enforcer = (more: Partial<NonNullable<NftablesTerms['ssh']>> = {}, terms: Partial<NftablesTerms> = {}) => {
    const { port, user, hostKey, identityFile } = sshd;
    const ssh = { host: lab.gatewayOf('jump').v4, port, user, hostKey, identityFile, ...more };
    return openNftables(localTerms(lab, { command: [], ssh, ...terms }), { signal: new AbortController().signal });
  };
  const reaches = (from: 'attacker' | 'jump' | 'gateway') => lab.agent(from).reaches(lab.addresses.bmc1.v4);

  it('is isolated, read and released as one at hand', async () => {
    const before = await lab.ruleset();
    await enforcer().apply(rulesOf(lab), null);
    expect(await Promise.all([reaches('attacker'), reaches('jump')])).toEqual([false, true]);
    expect(await enforcer().inForce()).toEqual({ rules: rulesOf(lab), armed: false, intact: true });
    await release(enforcer());
    expect(await lab.ruleset()).toBe(before);
  });

  it('may itself reach the segment only as a responder', async () => {
    await enforcer().apply(rulesOf(lab), null);
    const stranger = await reaches('gateway');
    await enforcer().apply(rulesOf(lab, { responders: [...rulesOf(lab).responders, lab.gatewayOf('attacker').v4] }), null);
    expect([stranger, await reaches('gateway')]).toEqual([false, true]);
  });

  it('keeps its flows of others no longer', async () => {
    const carries = await lab.agent('attacker').holds(lab.addresses.bmc1.v4);
    await enforcer().apply(rulesOf(lab), null);
    expect([await carries(), await lab.exec('gateway', ['conntrack', '-L', '-s', lab.addresses.attacker.v4])]).toEqual([false, '']);
  });

  it('keeps the rules for a reload', async () => {
    const persist = { file: join(lab.folder, 'kept.nft'), rules: join(lab.folder, 'main.conf') };
    await writeFile(persist.rules, gatewayRules(`include "${lab.folder}/*.nft"`));
    await enforcer({}, { persist }).apply(rulesOf(lab), null);
    await lab.exec('gateway', ['nft', '-f', persist.rules]);
    expect(await enforcer().inForce()).toEqual({ rules: rulesOf(lab), armed: false, intact: true });
    await release(enforcer({}, { persist }));
  });

  it('refuses rules that would shut out the address that we come from', async () => {
    expect(await codeOf(enforcer().check(rulesOf(lab, { responders: ['10.66.99.0/24'] })))).toBe('RULES_REFUSED');
  });

  it('refuses to cut the interface through which we come', async () => {
    expect(await codeOf(enforcer({}, { interfaces: ['oob0', 'jump0'] }).check(rulesOf(lab)))).toBe('RULES_REFUSED');
  });

  it('that nobody answers for, or that does not know us, is unreachable', async () => {
    const codes = [await codeOf(enforcer({ port: 2 }).inForce()), await codeOf(enforcer({ user: 'nobody' }).inForce())];
    expect(codes).toEqual(['ENFORCER_UNREACHABLE', 'ENFORCER_UNREACHABLE']);
  });

  it('with nft missing says so', async () => {
    expect(await codeOf(enforcer({}, { command: ['env', 'PATH=/nonexistent'] }).inForce())).toBe('TOOL_MISSING');
  });

  it('gets nothing from us when it shows another host key', async () => {
    const before = await lab.ruleset();
    await sshd.changeKey();
    sshd.log();
    const code = await codeOf(enforcer().apply(rulesOf(lab), null));
    expect([code, await lab.ruleset()]).toEqual(['HOST_KEY_CHANGED', before]);
    await vi.waitFor(() => expect(sshd.log()).toMatch(/Connection (closed|reset)/), 10_000);
    expect(sshd.log()).not.toMatch(/Accepted|publickey|Starting session/);
  });
});
