import { describe, expect, test } from 'vitest';
import type { Enforcer, InForce } from '../../../lib/isolation/enforcer.js';
import { undoText } from '../../../lib/isolation/undo-text.js';
import { openPaste } from '../../../lib/isolation/paste.js';
import { rulesFor } from '../../../lib/isolation/rules.js';
import type { Place } from '../../../lib/model/isolation.js';
import { id } from '../../../lib/model/json.js';
import type { Send } from '../../../lib/model/operation.js';
import type { CommandTerms, Isolation, PasteTerms, Vantage } from '../../../lib/model/isolation-terms.js';
import type { Target } from '../../../lib/model/site.js';
import { effectOf } from '../../../lib/operations/effect.js';
import { planIsolation, type IsolationPlan, type IsolationRequest } from '../../../lib/steps/isolate.js';
import { codeOf } from '../../support/code-of.js';
import { at, ISOLATION, NEVER, RULES } from '../isolation/support.js';

const TERMS: CommandTerms = { name: id('fw'), kind: 'command', command: ['/opt/ir/fw'], gateway: '127.0.0.1:22' };
const PASTE: PasteTerms = { name: id('core-switch'), kind: 'paste', instruction: 'Set the ACL', undo: 'Unset it', gateway: '127.0.0.1:22' };

/** What an enforcer says before anything is planned; nothing is applied here. */
function telling(inForce: Partial<InForce> = {}): Enforcer {
  return {
    identify: async () => 'command fw serial 7',
    witness: async () => ({ files: [], missing: [] }),
    inForce: async () => ({ rules: null, armed: false, intact: true, ...inForce }),
    check: async () => undefined,
    apply: async () => Promise.reject(new RangeError('a planner only reads')),
  };
}

function standing(place: Place, name: string, more: Partial<Vantage> = {}): Vantage {
  return { name: id(name), at: place, command: ['cofferdam-probe'], ...more };
}

const VANTAGES = [
  standing('responder', 'jump'),
  standing('outside', 'office', { controls: ['10.1.0.1:22', '[fd00:1::1]:22'], blocked: ['[fd00:20::9]:443'] }),
  standing('inside', 'rack', { controls: ['10.20.0.1:22'] }),
];
const TARGETS = [at('https://10.20.0.7', 'node1'), at('https://10.20.0.8:8443', 'node2')];

function plan(more: Partial<IsolationRequest> = {}): Promise<IsolationPlan> {
  const isolation = { ...ISOLATION, vantages: VANTAGES };
  return planIsolation({
    zone: id('oob'),
    isolation,
    terms: TERMS,
    incident: id('i1'),
    targets: TARGETS,
    enforcer: telling(),
    signal: NEVER,
    ...more,
  });
}

function sends({ operations }: IsolationPlan): readonly Send[] {
  return operations.map(({ send }) => send);
}

function probed(from: IsolationPlan, nth: number) {
  const probe = sends(from).filter((send) => send.kind === 'probe')[nth];
  return {
    paths: (probe?.paths ?? []).map(({ id: name, to, port, must }) => `${name} ${to} ${String(port)} ${must}`),
    unprobed: (probe?.unprobed ?? []).map(({ id: name }) => name),
  };
}

const WANTED = rulesFor({ incident: id('i1'), isolation: ISOLATION, targets: TARGETS });

describe('the plan to isolate', () => {
  test('cuts with a timer, proves that responders get in, disarms, and proves that nobody else does', async () => {
    const planned = await plan();
    expect(sends(planned).map((send) => (send.kind === 'network' ? [send.rules, send.armedForS] : send.kind))).toEqual([
      [WANTED, 120],
      'probe',
      [WANTED, null],
      'probe',
    ]);
    expect(planned.operations.map(({ undo }) => undo)).toEqual([
      { send: { kind: 'network', rules: null, armedForS: null }, after: [] },
      null,
      null,
      null,
    ]);
    expect(planned.operations.map(({ destroys }) => destroys)).toEqual([['network'], [], ['network'], []]);
    expect(planned.identity).toBe('command fw serial 7');
  });

  test('only contains and observes', async () => {
    expect(sends(await plan()).map((send) => effectOf(send))).toEqual(['contain', 'observe', 'contain', 'observe']);
  });

  test('proves the responders’ way by the gateway and never by a BMC', async () => {
    expect(probed(await plan(), 0)).toEqual({ paths: ['jump:gateway 127.0.0.1 22 reach'], unprobed: [] });
  });

  test('asks each other vantage point to show its own network, and tries BMCs from outside and the outside from inside', async () => {
    expect(probed(await plan(), 1)).toEqual({
      paths: [
        'office:control-1 10.1.0.1 22 reach',
        'office:control-2 fd00:1::1 22 reach',
        'office:node1 10.20.0.7 443 blocked',
        'office:node2 10.20.0.8 8443 blocked',
        'office:blocked-1 fd00:20::9 443 blocked',
        'rack:control-1 10.20.0.1 22 reach',
        'rack:office-control-1 10.1.0.1 22 blocked',
        'rack:office-control-2 fd00:1::1 22 blocked',
      ],
      unprobed: ['shared-nic', 'same-segment', 'host', 'udp'],
    });
  });

  test('names what nobody can try when there are no vantage points, and tries nothing', async () => {
    const planned = await plan({ isolation: ISOLATION });
    expect([probed(planned, 0), probed(planned, 1)]).toEqual([
      { paths: [], unprobed: ['responder'] },
      { paths: [], unprobed: ['outside', 'bmc-outward', 'shared-nic', 'same-segment', 'host', 'udp', 'ipv4', 'ipv6'] },
    ]);
  });

  test('tries a fair sample of a thousand targets and says so', async () => {
    const targets = Array.from({ length: 1000 }, (_, n): Target =>
      at(`https://10.20.${String(n >> 8)}.${String(n & 255)}`, `n${String(n).padStart(4, '0')}`),
    );
    const isolation = { ...ISOLATION, segment: ['10.20.0.0/16'], vantages: [standing('outside', 'office')] };
    const planned = await plan({ isolation, targets });
    const blocked = probed(planned, 1).paths.filter((path) => path.endsWith('blocked'));
    expect([blocked.length, blocked[0], blocked[15]]).toEqual([
      16,
      'office:n0000 10.20.0.0 443 blocked',
      'office:n0999 10.20.3.231 443 blocked',
    ]);
    expect(planned.operations.at(-1)?.line).toContain('16 of 1000 targets: first, last and spread');
    expect(probed(planned, 1).unprobed).toContain('other-targets');
  });

  test('is one sentence for the lead', async () => {
    const isolation: Isolation = {
      ...ISOLATION,
      fallback: ['10.9.0.0/24'],
      allowances: [{ to: '10.9.0.2', protocol: 'udp', port: 514, reason: 'syslog' }],
    };
    expect((await plan({ isolation })).operations[0]?.line).toBe(
      'cut off zone oob at fw: all of 10.20.0.0/24, fd00:20::/64, with 2 targets of the incident; in comes only 10.9.0.5; out goes only 10.9.0.2 udp/514 (syslog); unless that is confirmed within 120 s, the gateway lets 10.9.0.0/24 in as well',
    );
  });

  test('only proves again what is in force and disarmed', async () => {
    expect(sends(await plan({ enforcer: telling({ rules: WANTED }) })).map(({ kind }) => kind)).toEqual(['probe', 'probe']);
  });

  test.each([
    ['armed', { rules: WANTED, armed: true }],
    ['changed behind our back', { rules: WANTED, intact: false }],
    ['other rules of this incident', { rules: { ...WANTED, responders: ['10.9.0.6'] } }],
  ])('puts rules anew where they are %s, and goes back to what was there', async (_, inForce) => {
    const { operations } = await plan({ enforcer: telling(inForce) });
    expect(operations.map(({ send }) => send.kind)).toEqual(['network', 'probe', 'network', 'probe']);
    expect(operations[0]?.undo?.send).toEqual({ kind: 'network', rules: inForce.rules, armedForS: null });
  });

  test('finds rules that were changed behind our back, and every dependency that nobody answered for', async () => {
    const accepted = (['dhcp', 'directory-login', 'alerts', 'kms', 'fencing', 'ntp'] as const).map((dependency) => ({
      dependency,
      reason: 'known',
    }));
    const { findings } = await plan({ isolation: { ...ISOLATION, accepted }, enforcer: telling({ rules: WANTED, intact: false }) });
    expect(findings.map(({ code }) => code)).toEqual(['CONTAINMENT_CHANGED', 'DEPENDENCY_UNANSWERED', 'DEPENDENCY_UNANSWERED']);
  });

  test('is none while the enforcer serves another incident', async () => {
    expect(await codeOf(plan({ enforcer: telling({ rules: RULES }), incident: id('i2') }))).toBe('ANOTHER_INCIDENT');
  });

  test('is none for lists that would lock responders out, before the enforcer is asked anything', async () => {
    expect(await codeOf(plan({ isolation: { ...ISOLATION, responders: ['10.20.0.5'] } }))).toBe('RULES_REFUSED');
  });

  test('asks a person where no program can, with what must hold afterwards, and a way back', async () => {
    const planned = await plan({ terms: PASTE, enforcer: openPaste(PASTE) });
    const [first] = planned.operations;
    expect(sends(planned).map(({ kind }) => kind)).toEqual(['manual', 'probe', 'probe']);
    expect(first?.proof).toEqual({ by: 'act', witness: 'statement' });
    const instruction = first?.send.kind === 'manual' ? first.send.instruction : '';
    expect(instruction.split('\n').filter((line) => line.startsWith('  '))).toEqual([
      '  IPv4: 10.20.0.0/24',
      '  IPv6: fd00:20::/64',
      '  IPv4: 10.9.0.5',
      '  IPv6: nobody',
      '  nobody, over IPv4 and IPv6',
    ]);
    expect(instruction).toContain('Set the ACL');
    expect(first?.undo?.send.kind === 'manual' && first.undo.send.instruction).toContain('Unset it');
  });
});

describe('the text to release by hand', () => {
  test('of a site command holds lines for a shell that ask it to release', async () => {
    const terms = { ...TERMS, command: ['/opt/ir/fw', "it's"] };
    const { operations } = await plan({ terms });
    const lines = undoText({ zone: id('oob'), incident: id('i1'), terms, operations, mayRelease: ['Lea Lead'] }).split('\n');
    expect(lines).toContain(`  printf '%s\\n' '{"version":1,"enforcer":"fw","act":"release"}' | /opt/ir/fw 'it'\\''s'`);
    expect(lines).toContain('Who may decide it: Lea Lead.');
    expect(lines).toContain('Cut off: 10.20.0.0/24, fd00:20::/64');
  });

  test('goes back to the rules that were there before', async () => {
    const before = { ...WANTED, responders: ['10.9.0.6'] };
    const { operations } = await plan({ enforcer: telling({ rules: before }) });
    const told = undoText({ zone: id('oob'), incident: id('i1'), terms: TERMS, operations, mayRelease: [] });
    expect(told).toContain(JSON.stringify({ version: 1, enforcer: 'fw', act: 'apply', rules: before, armedForS: null }));
  });

  test('of a gateway takes our table away, and what a reload would bring back, before that', async () => {
    const { operations } = await plan();
    const told = undoText({
      zone: id('oob'),
      incident: id('i1'),
      terms: {
        name: id('gw'),
        kind: 'nftables',
        interfaces: ['oob0'],
        gateway: '10.9.0.1:22',
        command: ['sudo', '-n'],
        ssh: { host: '10.9.0.1', port: 2222, user: 'ir', hostKey: 'ssh-ed25519 AAAA', identityFile: '/etc/ir/key' },
        persist: { file: '/etc/nftables.d/cofferdam.nft', rules: '/etc/nftables.conf' },
      },
      operations,
      mayRelease: ['Lea Lead'],
    });
    expect(told.split('\n').filter((line) => /^On|^ {2}\d/.test(line))).toEqual([
      'On the gateway: ssh -p 2222 ir@10.9.0.1',
      '  1. look, and keep it:        sudo -n nft -s list ruleset > ruleset-before-release.txt',
      '  2. keep a reload from ours:  sudo -n truncate -s 0 /etc/nftables.d/cofferdam.nft',
      '  3. take our table away:      sudo -n nft delete table inet cofferdam',
      '  4. compare:                  sudo -n nft -s list ruleset (as it was before: see the evidence of this enforcer)',
    ]);
  });

  test('of a person is the way back that the site wrote down', async () => {
    const { operations } = await plan({ terms: PASTE, enforcer: openPaste(PASTE) });
    expect(undoText({ zone: id('oob'), incident: id('i1'), terms: PASTE, operations, mayRelease: [] }).split('\n')).toContain('Unset it');
  });
});
