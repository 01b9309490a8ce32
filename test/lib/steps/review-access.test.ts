import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FleetOptions } from '../../../drill/fleet.js';
import type { ProfileName } from '../../../drill/profiles/profiles.js';
import type { CaptureLine } from '../../../lib/evidence/format.js';
import type { Finding } from '../../../lib/model/finding.js';
import { id, type Digest, type Json } from '../../../lib/model/json.js';
import { operationsOf } from '../../../lib/model/plan.js';
import type { Allowed } from '../../../lib/model/site.js';
import type { Answer } from '../../../lib/redfish/types.js';
import { StepError } from '../../../lib/steps/error.js';
import type { Proposal, Survey } from '../../../lib/steps/planning.js';
import { planTarget } from '../../../lib/steps/plan.js';
import { reviewAccess } from '../../../lib/steps/review-access.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { aReading } from '../../support/a-reading.js';
import { oneTarget, plantedUri, secretsOf, type OneTarget } from '../../support/one-target.js';
import { plainTarget } from '../../support/plain-target.js';

const TREES = resolve(import.meta.dirname, '../../../../shared/mockups');
const trees = existsSync(TREES) ? readdirSync(TREES).map((name) => join(TREES, name)) : [];

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

const FLEETS: readonly [string, FleetOptions][] = [
  ...(['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'] as const).map((profile): [string, FleetOptions] => [
    `a ${profile} profile`,
    { profile },
  ]),
  ...trees.map((tree): [string, FleetOptions] => [`the captured tree ${tree.split('/').at(-1) ?? ''}`, { trees: [tree] }]),
];

describe(trees.length > 0 ? 'on an emulated BMC' : 'on an emulated BMC (captured trees are not here, so none was tried)', () => {
  test.each(FLEETS)('%s: what was planted is found, all of it and nothing else', async (_, options) => {
    one = await oneTarget(options);
    const { plan } = await one.review();
    const { objects } = one;
    const findings = await Promise.all(plan.findings.map(async (name) => findingOf(await objects.get(name))));
    const found = findings.map(({ code, uri }) => `${code} ${uri}`);
    const due = [...one.bmc.planted, ...one.bmc.standing].map(({ finding, uri }) => `${finding} ${uri}`);
    expect([...found].sort()).toEqual(due.sort());
    // Only the rogue account is disabled; one rule ends the sessions; what one request takes out is taken out; at last a token is tried.
    const taken = one.bmc.planted.filter(({ kind }) => kind === 'added-key' || kind === 'planted-subscription').map(({ uri }) => uri);
    const [first, second, ...rest] = plan.sections.map(({ operations }) => operations[0]);
    const [last, more] = [rest.at(-1), rest.slice(0, -1)];
    const uris = more.map(({ send }) => (send.kind === 'redfish' ? send.uri : send.kind));
    expect([first?.send, second?.send.kind, uris.sort(), last?.send]).toEqual([
      { kind: 'redfish', method: 'PATCH', uri: plantedUri(one, 'rogue-administrator'), body: { Enabled: false } },
      'redfish-each',
      taken.sort(),
      { kind: 'dead-token', sessions: '/redfish/v1/SessionService/Sessions' },
    ]);
    expect(first?.line).toContain('nightly backup');
  });

  test('every finding names a capture that is in the series, and planning again makes the same plan', async () => {
    one = await oneTarget({ profile: 'hpe' });
    const [first, second] = [await one.review(), await one.review()];
    expect(second.row.plan).toBe(first.row.plan);
    const { objects } = one;
    const findings = await Promise.all(first.plan.findings.map(async (name) => findingOf(await objects.get(name))));
    const captures = await capturesOf(one);
    for (const { evidence, uri } of findings)
      expect(captures.filter((line) => line.sha256 === evidence).map((line) => line.uri)).toContain(uri);
  });

  test.each<ProfileName>(['dell', 'supermicro'])('on a locked %s every change lifts the lock and sets it again', async (profile) => {
    one = await oneTarget({ profile });
    await one.fleet.fault(one.bmc.id, 'lockdown-on');
    const planned = await one.review();
    const gate = await one.open(planned);
    await one.seal('accounts', 'sessions', 'configuration');
    await one.approve(gate);
    const ends: string[] = [];
    for (const { operations, always } of planned.plan.sections)
      for (const { n } of [...operations, ...always]) ends.push((await one.attempt(planned.row, gate, n)).is);
    expect(ends.length).toBeGreaterThan(0);
    expect(ends.filter((is) => is !== 'done' && is !== 'already')).toEqual([]);
    // Nothing is planned anew but what only looks: whatever was found is gone, under a lock that is set.
    const { plan } = await one.review();
    expect(operationsOf(plan).filter(({ send }) => send.kind !== 'dead-token')).toEqual([]);
    expect(one.bmc.isLocked()).toBe(true);
  });

  test('another device than the inventory has is not planned for', async () => {
    const here = await oneTarget({ profile: 'small' });
    one = here;
    const { target, objects } = here;
    const swapped = { ...target, identity: { ...target.identity, uuid: 'other' } };
    const planned = here.withSeries((series) =>
      here.withConnection('read-only', (connection) =>
        planTarget({
          step: id('review-access'),
          target: swapped,
          series,
          connection,
          objects,
          secret: secretsOf(target),
        }),
      ),
    );
    await expect(planned).rejects.toMatchObject({ code: 'WRONG_DEVICE' });
  });
});

describe('on a BMC that says', () => {
  const SERVICE = '/redfish/v1/AccountService';
  const account = (name: string, userName: string, more: Readonly<Record<string, Json>> = {}): [string, Json] => [
    `${SERVICE}/Accounts/${name}`,
    { UserName: userName, RoleId: 'Administrator', Enabled: true, ...more },
  ];
  const session = (name: string, userName: string, address: string | null): [string, Json] => [
    `/redfish/v1/SessionService/Sessions/${name}`,
    { UserName: userName, ...(address === null ? {} : { ClientOriginIPAddress: address }) },
  ];
  const OURS = account('1', 'us');

  test('that a listed account has another role, in either spelling', async () => {
    const linked = account('3', 'carol', { RoleId: 'ReadOnly', Links: { Role: { '@odata.id': `${SERVICE}/Roles/Administrator` } } });
    const { findings } = await review([OURS, account('2', 'bob'), linked], {
      accounts: ['us Administrator', 'bob Operator', 'carol ReadOnly'],
    });
    expect(findings.map(({ code, uri }) => [code, uri.split('/').at(-1)])).toEqual([
      ['ROLE_RAISED', '2'],
      ['ROLE_RAISED', '3'],
    ]);
  });

  test('that slots are empty or accounts disabled: the first are no accounts, the second are found and left alone', async () => {
    const { findings, operations } = await review([OURS, account('2', '', { Enabled: false }), account('3', 'old', { Enabled: false })]);
    expect(findings.map(({ code }) => code)).toEqual(['UNKNOWN_ACCOUNT']);
    expect(operations).toEqual([]);
  });

  test('that an account has a name of a megabyte: it is found, and its name stands in no plan', async () => {
    const { findings, operations } = await review([OURS, account('2', 'x'.repeat(1_000_000)), account('3', 'y'.repeat(256))]);
    expect(findings.map(({ code }) => code)).toEqual(['UNKNOWN_ACCOUNT', 'UNKNOWN_ACCOUNT']);
    expect(operations.map(({ send }) => (send.kind === 'redfish' ? send.uri : send.kind))).toEqual([`${SERVICE}/Accounts/3`]);
    expect(JSON.stringify([findings, operations]).length).toBeLessThan(10_000);
  });

  test('that the only administrators are unknown: one stays, and that is a finding', async () => {
    const operator = account('1', 'us', { RoleId: 'Operator' });
    const { findings, operations } = await review([operator, account('2', 'eve'), account('3', 'mallory')]);
    expect(findings.map(({ code, uri }) => [code, uri.split('/').at(-1)])).toEqual([
      ['UNKNOWN_ACCOUNT', '2'],
      ['UNKNOWN_ACCOUNT', '3'],
      ['LAST_ADMINISTRATOR', '2'],
    ]);
    expect(operations.map(({ send }) => (send.kind === 'redfish' ? send.uri : send.kind))).toEqual([`${SERVICE}/Accounts/3`]);
  });

  test('our own name in another case: it is taken for ours, unless another is just ours', async () => {
    const { operations } = await review([account('1', 'US'), account('2', 'bob')], { accounts: ['bob Administrator'] });
    expect(operations).toEqual([]);
    const both = await review([account('1', 'US'), account('2', 'us')]);
    expect(both.operations.map(({ send }) => (send.kind === 'redfish' ? send.uri : send.kind))).toEqual([`${SERVICE}/Accounts/1`]);
  });

  test('sessions of listed people from listed addresses: only those are spared, and ours', async () => {
    const { findings, operations } = await review(
      [
        OURS,
        session('1', 'us', '10.0.0.9'),
        session('2', 'ops', '10.0.0.5'),
        session('3', 'ops', '10.0.0.6'),
        session('4', 'ops', null),
        session('5', 'ops', '::ffff:10.0.0.5'),
      ],
      { sessions: [{ userName: 'ops', address: '10.0.0.5' }] },
    );
    expect(findings.map(({ uri }) => uri.split('/').at(-1))).toEqual(['3', '4']);
    expect(operations.map(({ send }) => send)).toEqual([
      {
        kind: 'redfish-each',
        method: 'DELETE',
        collection: '/redfish/v1/SessionService/Sessions',
        spare: ['/redfish/v1/SessionService/Sessions/2', '/redfish/v1/SessionService/Sessions/5'],
      },
    ]);
  });

  test('that sessions are to end: a token is tried last, and where we have none a finding says that none can be', async () => {
    const there = [OURS, session('3', 'ops', '10.0.0.6')];
    const { findings, last } = await review(there);
    expect([findings.map(({ code }) => code), last?.map(({ send }) => send)]).toEqual([
      ['FOREIGN_SESSION'],
      [{ kind: 'dead-token', sessions: '/redfish/v1/SessionService/Sessions' }],
    ]);
    const basic = await review(there, {}, 50, () => 0, {}, null);
    expect([basic.findings.map(({ code }) => code), basic.operations.map(({ send }) => send.kind), basic.last]).toEqual([
      ['FOREIGN_SESSION', 'TOKENS_UNTRIED'],
      ['redfish-each'],
      [],
    ]);
    expect((await review([OURS])).last).toEqual([]);
  });

  test('an account as its host makes them: it is told and left alone, unless it has more ways in than those have', async () => {
    const bootstrap = account('2', 'Mez0ZwK6acUUw61R', { AccountTypes: ['Redfish', 'WebUI'] });
    const rogue = account('3', 'CqIAhqxIK5D8vNaX', { AccountTypes: ['Redfish', 'WebUI', 'IPMI'] });
    const { findings, operations } = await review([OURS, bootstrap, rogue]);
    expect(findings.map(({ code, severity, uri }) => [code, severity, uri.split('/').at(-1)])).toEqual([
      ['UNKNOWN_ACCOUNT', 'high', '3'],
      ['LOOKALIKE', 'info', '2'],
    ]);
    expect(operations.map(({ send }) => (send.kind === 'redfish' ? send.uri : send.kind))).toEqual([`${SERVICE}/Accounts/3`]);
  });

  test('a look-alike that its own log says was made from the network: it is an unknown account', async () => {
    const manager = '/redfish/v1/Managers/1';
    const record = {
      Id: '1',
      Message: 'User: eve, IP: 203.0.113.9, Protocol: https - resource /redfish/v1/AccountService/Accounts Mez0ZwK6acUUw61R',
    };
    const { findings } = await review([
      OURS,
      account('2', 'Mez0ZwK6acUUw61R', { AccountTypes: ['Redfish', 'WebUI'] }),
      [manager, { LogServices: { '@odata.id': `${manager}/LogServices` } }],
      [`${manager}/LogServices/AuditLog`, { Entries: { '@odata.id': `${manager}/LogServices/AuditLog/Entries` } }],
      [`${manager}/LogServices/AuditLog/Entries`, { Members: [record] }],
    ]);
    expect(findings.map(({ code }) => code)).toEqual(['UNKNOWN_ACCOUNT']);
    expect(findings[0]?.advice).toContain('by "eve" from 203.0.113.9 over HTTPS');
  });

  test('that a door it links to answers 403: that is a finding, and a missing one is none', async () => {
    const network = '/redfish/v1/Managers/1/NetworkProtocol';
    const manager: [string, Json] = [
      '/redfish/v1/Managers/1',
      { NetworkProtocol: { '@odata.id': network }, VirtualMedia: { '@odata.id': '/redfish/v1/Managers/1/VirtualMedia' } },
    ];
    const status = (uri: string): number => (uri === network ? 403 : uri.endsWith('/VirtualMedia') ? 404 : 0);
    const { findings } = await review([OURS, manager], {}, 50, status);
    expect(findings.map(({ code, uri }) => [code, uri])).toEqual([['ACCESS_UNREADABLE', network]]);
  });

  test('a directory that nobody listed: it is turned off, unless we may have come in through it', async () => {
    const own = { ServiceEnabled: true, ServiceAddresses: ['203.0.113.9'] };
    const local = await review([OURS], {}, 50, () => 0, { LDAP: own });
    expect(local.operations.map(({ send }) => send)).toEqual([
      { kind: 'redfish', method: 'PATCH', uri: SERVICE, body: { LDAP: { ServiceEnabled: false } } },
    ]);
    const remote = await review([account('1', 'somebody')], { accounts: ['somebody Administrator'] }, 50, () => 0, { LDAP: own });
    expect(remote.findings.map(({ code }) => code)).toEqual(['UNKNOWN_DIRECTORY']);
    expect(remote.operations).toEqual([]);
  });

  test('hostile text: it is quoted, stripped and bounded', async () => {
    const { findings, operations } = await review([OURS, account('2', `x\u001b[2J\u202e"\n${'y'.repeat(240)}`)]);
    const lines = [...findings.map(({ advice }) => advice), ...operations.map(({ line }) => line)];
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/account "x \[2J \\"/);
      expect(line.length).toBeLessThan(400);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  test('that a listed account is gone, a custom role is held, keys and subscriptions nobody listed', async () => {
    const known = sha256<'key'>('ssh-ed25519 KNOWN');
    const held = account('2', 'bob', { RoleId: 'Helper', Keys: { '@odata.id': `${SERVICE}/Accounts/2/Keys` } });
    const { findings } = await review(
      [
        OURS,
        held,
        [`${SERVICE}/Roles/Helper`, { RoleId: 'Helper', IsPredefined: false }],
        [`${SERVICE}/Roles/dirgroup1`, { RoleId: 'dirgroup1', IsPredefined: false }],
        [`${SERVICE}/Accounts/2/Keys/1`, { KeyString: ' ssh-ed25519 KNOWN\n' }],
        [`${SERVICE}/Accounts/2/Keys/2`, { KeyString: 'ssh-ed25519 OTHER' }],
        ['/redfish/v1/EventService/Subscriptions/1', { Destination: 'https://siem' }],
        ['/redfish/v1/EventService/Subscriptions/2', { Destination: 'https://0.0.0.0' }],
        ['/redfish/v1/EventService/Subscriptions/3', { Destination: 'https://evil' }],
      ],
      { accounts: ['us Administrator', 'bob Other', 'gone Operator'], keys: [known], subscriptions: ['https://siem'] },
    );
    expect(findings.map(({ code, uri }) => `${code} ${uri.split('/').at(-1) ?? ''}`)).toEqual([
      'ROLE_RAISED 2',
      'ALLOWED_ACCOUNT_MISSING v1',
      'CUSTOM_ROLE Helper',
      'UNKNOWN_KEY 2',
      'UNKNOWN_SUBSCRIPTION 3',
    ]);
  });

  test('its collections in pages, and in a circle: every member is seen once', async () => {
    const many = Array.from({ length: 7 }, (_, n) => account(String(n + 1), n === 0 ? 'us' : `user-${String(n)}`));
    const { findings } = await review(many, {}, 2);
    expect(findings).toHaveLength(6);
  });

  test.each([
    ['no accounts', 'UNSUPPORTED', (uri: string): number => (uri === SERVICE ? 200 : 0)],
    ['an account that answers 500', 'UNREADABLE', (uri: string): number => (uri.endsWith('/Accounts/2') ? 500 : 0)],
    ['a session that answers 403', 'UNREADABLE', (uri: string): number => (uri.endsWith('/Sessions/2') ? 403 : 0)],
    ['sessions that answer 503', 'UNREADABLE', (uri: string): number => (uri.endsWith('/Sessions') ? 503 : 0)],
  ])('%s: an error and not a clean bill', async (_, code, meddle) => {
    const refused = await review([OURS, account('2', 'x'), session('2', 'x', null)], {}, 50, meddle).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StepError);
    expect(refused).toMatchObject({ code });
  });

  interface Listed {
    readonly accounts?: readonly string[];
    readonly sessions?: Allowed['sessions'];
    readonly keys?: Allowed['keys'];
    readonly subscriptions?: readonly string[];
  }

  /** Reviews a tree of a few resources; collections are made of what lies in them. `meddle` gives a URI another status; 200 empties it. */
  async function review(
    resources: readonly (readonly [string, Json])[],
    listed: Listed = {},
    perPage = 50,
    meddle: (uri: string) => number = () => 0,
    service: Readonly<Record<string, Json>> = {},
    sessionUri: string | null = '/redfish/v1/SessionService/Sessions/1',
  ): Promise<Proposal> {
    const tree = new Map<string, Json>(resources);
    const link = (uri: string): Json => ({ '@odata.id': uri });
    tree.set('/redfish/v1', {
      AccountService: link(SERVICE),
      Managers: link('/redfish/v1/Managers'),
      EventService: link('/redfish/v1/EventService'),
      Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
    });
    tree.set(SERVICE, { Accounts: link(`${SERVICE}/Accounts`), Roles: link(`${SERVICE}/Roles`), ...service });
    tree.set('/redfish/v1/EventService', { Subscriptions: link('/redfish/v1/EventService/Subscriptions') });
    const get = async (asked: string): Promise<Answer & { capture: Digest<'capture'> }> => {
      const [uri = '', query = ''] = asked.split('?');
      const status = meddle(uri);
      const known = status === 200 ? {} : (tree.get(uri) ?? page(uri, Number(query.slice(5))));
      return aReading(asked, known, status === 0 ? 200 : status);
    };
    /** The last page leads to the first again. */
    const page = (uri: string, from: number): Json => {
      const members = [...tree.keys()].filter((member) => member.startsWith(`${uri}/`) && !member.slice(uri.length + 1).includes('/'));
      const next = from + perPage < members.length ? from + perPage : 0;
      const more = members.length > perPage ? { 'Members@odata.nextLink': `${uri}?from=${String(next)}` } : {};
      return { Members: members.slice(from, from + perPage).map(link), ...more };
    };
    const userName = 'us';
    const accounts = (listed.accounts ?? []).map((text) => {
      const [name = '', roleId = ''] = text.split(' ');
      return { userName: name, roleId, usedBy: 'tests' };
    });
    const allow: Allowed = { sessions: [], addresses: [], subscriptions: [], keys: [], ...listed, accounts };
    const survey: Survey = { reader: { get }, target: { ...TARGET, allow }, own: { userName, session: sessionUri, also: [] } };
    return reviewAccess(survey, () => Promise.resolve({ captures: [], work: [] }));
  }
});

function isFinding(value: unknown): value is Finding {
  return typeof value === 'object' && value !== null && 'evidence' in value;
}

function findingOf(value: unknown): Finding {
  if (isFinding(value)) return value;
  throw new TypeError('expected a finding');
}

/** What the series holds, by its own lines. */
async function capturesOf({ layout, ground }: OneTarget): Promise<readonly Pick<CaptureLine, 'uri' | 'sha256'>[]> {
  const { evidence } = layout.incident(ground.incident);
  const text = await readFile(join(evidence, ground.target.id, 'open', 'captures.jsonl'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => z.object({ uri: z.string(), sha256: z.custom<Digest<'capture'>>() }).parse(JSON.parse(line)));
}

const TARGET = plainTarget();
