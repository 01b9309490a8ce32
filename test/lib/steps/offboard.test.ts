import { describe, expect, test } from 'vitest';
import { digest, id, time, type Digest, type Json } from '../../../lib/model/json.js';
import type { Person } from '../../../lib/model/policy.js';
import type { Allowed } from '../../../lib/model/site.js';
import type { Answer } from '../../../lib/redfish/types.js';
import { offboard, offboardCheck } from '../../../lib/steps/offboard.js';
import type { Leaver, OwnSecret, Proposal, Survey } from '../../../lib/steps/planning.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { plainTarget } from '../../support/plain-target.js';

const SERVICE = '/redfish/v1/AccountService';
const SESSIONS = '/redfish/v1/SessionService/Sessions';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBOB bob@laptop';

const account = (name: string, userName: string, more: Readonly<Record<string, Json>> = {}): [string, Json] => [
  `${SERVICE}/Accounts/${name}`,
  { UserName: userName, RoleId: 'Operator', Enabled: true, Keys: link(`${SERVICE}/Accounts/${name}/Keys`), ...more },
];
const key = (slot: string, text: string): [string, Json] => [`${SERVICE}/Accounts/${slot}/Keys/1`, { KeyString: text }];
const session = (name: string, userName: string): [string, Json] => [`${SESSIONS}/${name}`, { UserName: userName }];
const OURS = account('1', 'us', { RoleId: 'Administrator' });
const BOB: Person = { id: id('bob'), name: 'Bob', roles: [], keys: [], accounts: ['bob', 'bob2'], sshKeys: [sha256(KEY)] };
const CAROL: Person = { id: id('carol'), name: 'Carol', roles: [], keys: [], accounts: ['carol', 'bob2'] };

describe('what a person has on a BMC', () => {
  test('is taken back: accounts but for case, their key wherever it lies, every key of their account, their sessions; nothing of others', async () => {
    const tree = [
      OURS,
      account('2', 'Bob'),
      account('3', 'carol'),
      key('1', KEY),
      key('2', 'ssh-ed25519 AAAAsomebody'),
      key('3', 'ssh-ed25519 AAAAcarol'),
      session('1', 'us'),
      session('7', 'bob'),
      session('8', 'carol'),
    ];
    const { operations, last } = await run(offboard, tree);
    expect(last?.map(({ send }) => send)).toEqual([{ kind: 'dead-token', sessions: SESSIONS }]);
    expect(operations.map(({ send, before, undo }) => [sent(send), before.length, undo])).toEqual([
      [`PATCH ${SERVICE}/Accounts/2`, 2, null],
      [`DELETE ${SERVICE}/Accounts/1/Keys/1`, 0, null],
      [`DELETE ${SERVICE}/Accounts/2/Keys/1`, 0, null],
      [`DELETE ${SESSIONS}/7`, 1, null],
    ]);
  });

  test('is not what is shared with us or with somebody else: that is named for rotation', async () => {
    const { findings, operations } = await run(offboard, [OURS, account('2', 'bob2'), session('7', 'bob2')], { readsStore: true });
    expect(operations).toEqual([]);
    expect(codes(findings)).toEqual(['ROTATE_NEEDED', 'ROTATE_NEEDED']);
    const own = await run(offboard, [OURS], { person: { ...BOB, accounts: ['us'] } });
    expect([codes(own.findings), own.operations]).toEqual([['ROTATE_NEEDED'], []]);
    const incidents = await run(offboard, [OURS, account('2', 'ir-1')], { person: { ...BOB, accounts: ['ir-1'] } });
    expect([codes(incidents.findings), incidents.operations]).toEqual([['ROTATE_NEEDED'], []]);
  });

  test('names for rotation what the inventory says they use', async () => {
    const accounts = [
      { userName: 'monitor', roleId: 'ReadOnly', usedBy: 'bob' },
      { userName: 'bob', roleId: 'Operator', usedBy: 'Bob' },
      { userName: 'backup', roleId: 'ReadOnly', usedBy: 'nightly' },
      { userName: 'glass', roleId: 'Administrator', usedBy: 'nobody', secret: 'vault://file/glass', holders: [id<'person'>('bob')] },
    ];
    const { findings } = await run(offboard, [OURS], {}, accounts);
    expect(findings.map(({ code, advice }) => [code, /"(?:monitor|glass)"/.exec(advice)?.[0], /`[a-z-]+`/.exec(advice)?.[0]])).toEqual([
      ['ROTATE_NEEDED', '"monitor"', '`rotate`'],
      ['ROTATE_NEEDED', '"glass"', '`break-glass`'],
    ]);
  });

  test('stays when it is the last enabled administrator', async () => {
    const { findings, operations } = await run(offboard, [account('1', 'us'), account('2', 'bob', { RoleId: 'Administrator' })]);
    expect([codes(findings), operations]).toEqual([['LEAVER_DOOR', 'LAST_ADMINISTRATOR'], []]);
  });

  test('is left for a person where it has no switch, or is a certificate', async () => {
    const { findings, operations } = await run(offboard, [
      OURS,
      [`${SERVICE}/Accounts/2`, { UserName: 'bob', RoleId: 'Operator', Certificates: link(`${SERVICE}/Accounts/2/Certificates`) }],
      [`${SERVICE}/Accounts/2/Certificates/1`, { CertificateString: 'PEM' }],
    ]);
    expect([codes(findings), operations]).toEqual([['LEAVER_DOOR', 'LEAVER_DOOR', 'LEAVER_LEFT', 'LEAVER_LEFT'], []]);
  });

  test('is nothing to the last look when the account is disabled, and each thing that stands is told', async () => {
    const disabled = await run(offboardCheck, [OURS, account('2', 'bob', { Enabled: false })]);
    expect([disabled.findings, disabled.operations]).toEqual([[], []]);
    const rest = await run(offboardCheck, [OURS, account('2', 'bob'), key('2', KEY), session('7', 'BOB')]);
    expect([rest.findings.map(({ code, uri }) => `${code} ${uri}`), rest.operations]).toEqual([
      [`LEAVER_LEFT ${SERVICE}/Accounts/2`, `LEAVER_LEFT ${SERVICE}/Accounts/2/Keys/1`, `LEAVER_LEFT ${SESSIONS}/7`],
      [],
    ]);
  });

  test('is asked of nobody whom the launch does not name, and of no list that cannot be read', async () => {
    await expect(run(offboardCheck, [OURS], null)).rejects.toMatchObject({ code: 'NOBODY_NAMED' });
    await expect(run(offboardCheck, [OURS, [`${SESSIONS}/..`, {}]])).rejects.toMatchObject({ code: 'UNREADABLE' });
  });
});

function codes(findings: Proposal['findings']): readonly string[] {
  return findings.map(({ code }) => code);
}

function sent(send: Proposal['operations'][number]['send']): string {
  return send.kind === 'redfish' ? `${send.method} ${send.uri}` : send.kind;
}

function link(uri: string): Json {
  return { '@odata.id': uri };
}

/** Plans over a tree of a few resources; collections are made of what lies in them. */
async function run(
  planner: typeof offboard,
  resources: readonly (readonly [string, Json])[],
  leaver: Partial<Leaver> | null = {},
  accounts: Allowed['accounts'] = [],
): Promise<Proposal> {
  const tree = new Map<string, Json>(resources);
  tree.set('/redfish/v1', { AccountService: link(SERVICE), Links: { Sessions: link(SESSIONS) }, Managers: link('/redfish/v1/Managers') });
  tree.set(SERVICE, { Accounts: link(`${SERVICE}/Accounts`) });
  const members = (uri: string): Json => ({
    Members: [...tree.keys()].filter((name) => name.startsWith(`${uri}/`) && !name.slice(uri.length + 1).includes('/')).map(link),
  });
  const get = async (uri: string) => answer(uri, tree.get(uri) ?? members(uri));
  const survey: Survey = {
    reader: { get },
    target: plainTarget({ accounts }),
    own: { userName: 'us', session: `${SESSIONS}/1`, also: ['ir-1'] },
    leaver: leaver === null ? null : { person: BOB, others: [CAROL], readsStore: false, ...leaver },
  };
  return planner(survey, () => Promise.resolve({ captures: [], work: [] }), SECRET);
}

const SECRET: OwnSecret = {
  ref: 'vault://file/bmc-1',
  sharedWith: [],
  accounts: [],
  snmp: null,
  integrations: [],
  incident: id('case-1'),
  account: null,
  burnedAt: [],
  also: ['ir-1'],
};

function answer(uri: string, json: Json): Answer & { capture: Digest<'capture'> } {
  const body = Buffer.from(JSON.stringify(json));
  const at = time(0);
  const whole = { uri, answeredBy: uri, status: 200, headers: {}, etag: null, body, json, unread: null, startedAt: at, endedAt: at };
  return { ...whole, peer: digest('0'.repeat(64)), capture: sha256(body) };
}
