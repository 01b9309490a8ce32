import { describe, expect, test } from 'vitest';
import { digest, time, type Json } from '../../../lib/model/json.js';
import type { Allowed } from '../../../lib/model/site.js';
import { freeze } from '../../../lib/steps/freeze.js';
import type { Proposal, Survey } from '../../../lib/steps/planning.js';
import { secretsOf } from '../../support/one-target.js';
import { plainTarget } from '../../support/plain-target.js';

const ROOT = '/redfish/v1';
const MANAGER = `${ROOT}/Managers/1`;
const ACCOUNTS = `${ROOT}/AccountService/Accounts`;
const SESSIONS = `${ROOT}/SessionService/Sessions`;
const TASKS = `${ROOT}/TaskService/Tasks`;
const TARGET = plainTarget();

const link = (uri: string): Json => ({ '@odata.id': uri });
const list = (...uris: readonly string[]): Json => ({ Members: uris.map(link) });

type Resources = Readonly<Record<string, Json>>;
interface Told {
  readonly resources?: Resources;
  /** Accounts by id, as `name role`; `us` is ours. */
  readonly accounts?: Readonly<Record<string, string>>;
  readonly allow?: Allowed['accounts'];
  readonly vendor?: string;
  readonly allows?: Readonly<Record<string, string>>;
  readonly root?: Resources;
}

/** Plans the freeze of a BMC with these resources beside one manager, which has nothing to close unless told. */
async function planned({
  resources = {},
  accounts = { 1: 'us Administrator' },
  allow = [],
  vendor = 'Acme',
  allows = {},
  root = {},
}: Told): Promise<Proposal> {
  const slots = Object.entries(accounts).map(([slot, text]): [string, Json] => {
    const [UserName = '', RoleId = ''] = text.split(' ');
    return [`${ACCOUNTS}/${slot}`, { UserName, RoleId, Enabled: true }];
  });
  const all: Resources = {
    [ROOT]: {
      Vendor: vendor,
      Managers: link(`${ROOT}/Managers`),
      AccountService: link(`${ROOT}/AccountService`),
      Links: { Sessions: link(SESSIONS) },
      ...root,
    },
    [`${ROOT}/Managers`]: list(MANAGER),
    [MANAGER]: { NetworkProtocol: link(`${MANAGER}/NetworkProtocol`) },
    [`${MANAGER}/NetworkProtocol`]: { HTTPS: { ProtocolEnabled: true } },
    [`${ROOT}/AccountService`]: { Accounts: link(ACCOUNTS) },
    [ACCOUNTS]: list(...slots.map(([uri]) => uri)),
    ...Object.fromEntries(slots),
    [SESSIONS]: list(),
    ...resources,
  };
  const at = time(0);
  const survey: Survey = {
    target: { ...TARGET, allow: { ...TARGET.allow, accounts: allow } },
    own: { userName: 'us', session: null, also: [] },
    reader: {
      get: async (uri) => {
        const json = all[uri] ?? null;
        const headers = allows[uri] === undefined ? {} : { allow: allows[uri] };
        const common = { uri, answeredBy: uri, headers, etag: null, body: new Uint8Array(), unread: null, startedAt: at, endedAt: at };
        return { ...common, status: json === null ? 404 : 200, json, peer: digest('1'.repeat(64)), capture: digest('2'.repeat(64)) };
      },
    },
  };
  return freeze(survey, null, secretsOf(survey.target));
}

const sends = ({ operations, sections = [] }: Proposal): unknown[] =>
  [...operations, ...sections.flatMap((section) => section.operations)].map(({ send }) =>
    send.kind === 'redfish' ? [send.method, send.uri, send.body] : send.kind,
  );
const codes = ({ findings }: Proposal): string[] => findings.map(({ code, uri }) => `${code} ${uri}`);
/** What a BMC of nobody’s with nothing to close says anyway. */
const BARE = [`HOST_DOOR_OPEN ${MANAGER}`, `NO_LOCKDOWN ${ROOT}`];

describe('accounts', () => {
  test('stay when they are listed with that role and for somebody, and go otherwise', async () => {
    const accounts = {
      1: 'us Administrator',
      2: 'root Administrator',
      3: 'metrics Administrator',
      4: 'backup ReadOnly',
      5: 'eve Administrator',
    };
    const allow = [
      { userName: 'root', roleId: 'Administrator', usedBy: 'break-glass' },
      { userName: 'metrics', roleId: 'ReadOnly', usedBy: 'collector' },
      { userName: 'backup', roleId: 'ReadOnly', usedBy: '' },
    ];
    const proposal = await planned({ accounts, allow });
    expect(sends(proposal)).toEqual(['3', '4', '5'].map((slot) => ['PATCH', `${ACCOUNTS}/${slot}`, { Enabled: false }]));
    expect(codes(proposal)).toEqual([`FREEZE_EXCEPTION ${ACCOUNTS}/2`, ...BARE]);
  });

  test('of our own name are never touched, and one administrator stays when we are none', async () => {
    const proposal = await planned({ accounts: { 1: 'US Operator', 2: 'eve Administrator', 3: 'mallory Administrator' } });
    expect(sends(proposal)).toEqual([['PATCH', `${ACCOUNTS}/3`, { Enabled: false }]]);
    expect(codes(proposal)).toEqual([`LAST_ADMINISTRATOR ${ACCOUNTS}/2`, `NO_LOCAL_RESPONDER ${ACCOUNTS}/1`, ...BARE]);
  });

  test('that are disabled, or cannot be, are left alone', async () => {
    const off = { UserName: 'off', RoleId: 'Operator', Enabled: false };
    const proposal = await planned({
      accounts: { 1: 'us Administrator', 2: 'off Operator', 3: 'fixed Operator', 4: 'plain Operator' },
      resources: { [`${ACCOUNTS}/2`]: off, [`${ACCOUNTS}/4`]: { UserName: 'plain', RoleId: 'Operator' } },
      allows: { [`${ACCOUNTS}/3`]: 'GET, HEAD' },
    });
    expect(sends(proposal)).toEqual([]);
    expect(codes(proposal)).toEqual([`FREEZE_EXCEPTION ${ACCOUNTS}/3`, `FREEZE_EXCEPTION ${ACCOUNTS}/4`, ...BARE]);
  });

  test('of a Lenovo are named again in every change', async () => {
    const allow = [{ userName: 'eve', roleId: 'Operator', usedBy: '' }];
    const proposal = await planned({ vendor: 'Lenovo', accounts: { 1: 'us Administrator', 2: 'eve Administrator' }, allow });
    const [first] = proposal.operations;
    expect(first?.send).toMatchObject({ body: { UserName: 'eve', Enabled: false } });
    expect(first?.undo?.send).toMatchObject({ body: { UserName: 'eve', Enabled: true } });
  });

  test('that nobody listed stay disabled after a release', async () => {
    const allow = [{ userName: 'backup', roleId: 'ReadOnly', usedBy: '' }];
    const { operations } = await planned({ accounts: { 1: 'us Administrator', 2: 'eve Administrator', 3: 'backup ReadOnly' }, allow });
    expect(operations.map(({ undo }) => undo === null)).toEqual([true, false]);
  });

  test('with hostile names are quoted, stripped and bounded in every line', async () => {
    const name = `x\u001b[2J\u202e${'y'.repeat(500)}`;
    const { operations } = await planned({ accounts: { 1: 'us Administrator', 2: `${name} Administrator` } });
    expect(operations).toHaveLength(1);
    expect(operations[0]?.line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(operations[0]?.line.length).toBeLessThan(400);
  });
});

describe('our own login', () => {
  const OPERATOR = { userName: 'us', roleId: 'Operator', usedBy: 'responders' };
  const off = { UserName: 'us', RoleId: 'Administrator', Enabled: false };
  const locked = { ...off, Enabled: true, Locked: true };

  test.each<[string, Told]>([
    ['an administrator', {}],
    ['of another role that the inventory lists', { accounts: { 1: 'us Operator' }, allow: [OPERATOR] }],
  ])('is a local account: %s', async (_, bmc) => {
    expect(codes(await planned(bmc))).toEqual(BARE);
  });

  test.each<[string, Told, string]>([
    ['is in no list', { accounts: { 1: 'eve Operator' } }, ACCOUNTS],
    ['is disabled there', { resources: { [`${ACCOUNTS}/1`]: off } }, `${ACCOUNTS}/1`],
    ['is locked there', { resources: { [`${ACCOUNTS}/1`]: locked } }, `${ACCOUNTS}/1`],
    ['has a role less', { accounts: { 1: 'us Operator' } }, `${ACCOUNTS}/1`],
    ['has a role more than the inventory lists', { allow: [OPERATOR] }, `${ACCOUNTS}/1`],
    ['has no role', { resources: { [`${ACCOUNTS}/1`]: { UserName: 'us' } } }, `${ACCOUNTS}/1`],
  ])('may be the word of a directory when it %s', async (_, bmc, uri) => {
    expect(codes(await planned(bmc))).toEqual([`NO_LOCAL_RESPONDER ${uri}`, ...BARE]);
  });
});

describe('pending work', () => {
  const root = { Tasks: link(`${ROOT}/TaskService`) };
  const service = { [`${ROOT}/TaskService`]: { Tasks: link(TASKS) } };

  test('that waits is cancelled where the BMC takes a DELETE; what runs or cannot be deleted is told, what has ended is not', async () => {
    const states = ['Pending', 'Running', 'Pending', 'Completed', 'Nonsense'];
    const tasks = states.map((TaskState, n): [string, Json] => [`${TASKS}/${String(n)}`, { Name: 'job', TaskState }]);
    const proposal = await planned({
      root,
      resources: { ...service, [TASKS]: list(...tasks.map(([uri]) => uri)), ...Object.fromEntries(tasks) },
      allows: { [`${TASKS}/0`]: 'GET, DELETE', [`${TASKS}/1`]: 'GET, DELETE', [`${TASKS}/2`]: 'GET' },
    });
    expect(sends(proposal)).toEqual([['DELETE', `${TASKS}/0`, null]]);
    expect(proposal.operations[0]).toMatchObject({
      before: [{ uri: `${TASKS}/0`, pointer: '/TaskState', equals: 'Pending' }],
      after: [{ uri: `${TASKS}/0`, absent: true }],
      undo: null,
    });
    expect(codes(proposal)).toEqual([...['0', '1', '2', '4'].map((n) => `PENDING_JOB ${TASKS}/${n}`), ...BARE]);
  });

  test('in a queue that cannot be read, or is none of a task’s, is never taken for none', async () => {
    const proposal = await planned({ root, resources: { ...service, [TASKS]: { Oops: true } } });
    expect(codes(proposal)).toEqual([`PENDING_JOB ${TASKS}`, ...BARE]);
    const stray = `${ROOT}/AccountService/Accounts/1`;
    const allows = { [stray]: 'GET, PATCH, DELETE' };
    const lying = await planned({
      root,
      allows,
      resources: { ...service, [TASKS]: list(stray), [stray]: { UserName: 'us', TaskState: 'Pending' } },
    });
    expect(sends(lying)).toEqual([]);
  });

  test('of a Dell is cancelled once, by the action for one job, though it stands in two queues', async () => {
    const jobs = `${MANAGER}/Oem/Dell/Jobs`;
    const jobService = `${MANAGER}/Oem/Dell/DellJobService`;
    const action = `${jobService}/Actions/DellJobService.DeleteJobQueue`;
    const proposal = await planned({
      vendor: 'Dell',
      root,
      resources: {
        ...service,
        [MANAGER]: { Links: { Oem: { Dell: { Jobs: link(jobs), DellJobService: link(jobService) } } } },
        [jobService]: { Actions: { '#DellJobService.DeleteJobQueue': { target: action } } },
        [jobs]: list(`${jobs}/JID_123456789012`),
        [`${jobs}/JID_123456789012`]: { JobState: 'Scheduled' },
        [TASKS]: list(`${TASKS}/JID_123456789012`),
        [`${TASKS}/JID_123456789012`]: { TaskState: 'Pending' },
      },
    });
    expect(sends(proposal)).toEqual([['POST', action, { JobID: 'JID_123456789012' }]]);
  });

  test('of the host’s settings is told when it differs from what is in force', async () => {
    const bios = `${ROOT}/Systems/1/Bios`;
    const staged = async (Attributes: Json): Promise<string[]> =>
      codes(
        await planned({
          root: { Systems: link(`${ROOT}/Systems`) },
          resources: {
            [`${ROOT}/Systems`]: list(`${ROOT}/Systems/1`),
            [`${ROOT}/Systems/1`]: { Bios: link(bios) },
            [bios]: { Attributes: { Boot: 'Uefi' }, '@Redfish.Settings': { SettingsObject: link(`${bios}/Settings`) } },
            [`${bios}/Settings`]: { Attributes },
          },
        }),
      );
    expect(await staged({ Boot: 'Uefi' })).toEqual(BARE);
    expect(await staged({ Boot: 'Legacy' })).toEqual([`STAGED_SETTINGS ${bios}/Settings`, ...BARE]);
  });
});

describe('settings', () => {
  const protocol = `${MANAGER}/NetworkProtocol`;
  const on = (...names: readonly string[]): Json => Object.fromEntries(names.map((name) => [name, { ProtocolEnabled: true }]));

  test('of services are switched off but for HTTPS; none when the BMC takes no change', async () => {
    const resources = { [protocol]: on('HTTPS', 'IPMI', 'Unheard') };
    const proposal = await planned({ resources });
    expect(sends(proposal)).toEqual([['PATCH', protocol, { IPMI: { ProtocolEnabled: false } }]]);
    const refused = await planned({ resources, allows: { [protocol]: 'GET, HEAD' } });
    expect([sends(refused), codes(refused)]).toEqual([[], [`SERVICE_STAYS_ON ${protocol}`, ...BARE]]);
  });

  test('that are not shown are taken for open', async () => {
    const proposal = await planned({ resources: { [MANAGER]: {} } });
    expect(codes(proposal)).toEqual([`SERVICE_STAYS_ON ${MANAGER}`, ...BARE]);
  });

  test('that are closed already are left alone; a lock that is set is seen to at the end, and no release lifts it', async () => {
    const lock = `${MANAGER}/Oem/Supermicro/SysLockdown`;
    const told = (SysLockdownEnabled: boolean): Told => ({
      vendor: 'Supermicro',
      resources: {
        [MANAGER]: { NetworkProtocol: link(protocol), Oem: { Supermicro: { SysLockdown: link(lock) } } },
        [lock]: { SysLockdownEnabled },
      },
    });
    expect(sends(await planned(told(false)))).toEqual([['PATCH', lock, { SysLockdownEnabled: true }]]);
    const kept = await planned(told(true));
    expect(sends(kept)).toEqual([['PATCH', lock, { SysLockdownEnabled: true }]]);
    expect(kept.sections?.map(({ operations: [{ undo }] }) => undo)).toEqual([null]);
  });
});

test('a plan has at most 200 operations; what is left out is told, and the lock is among it', async () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [String(n + 2), `user${String(n)} Operator`]));
  const lock = `${MANAGER}/Oem/Supermicro/SysLockdown`;
  const proposal = await planned({
    vendor: 'Supermicro',
    accounts: { 1: 'us Administrator', ...many },
    resources: { [MANAGER]: { Oem: { Supermicro: { SysLockdown: link(lock) } } }, [lock]: { SysLockdownEnabled: false } },
  });
  // With the five of the incident's own account.
  expect(proposal.operations).toHaveLength(195);
  expect(JSON.stringify(proposal.operations)).not.toContain('SysLockdown');
  expect(codes(proposal)).toContain(`FREEZE_INCOMPLETE ${ROOT}`);
  const locked = await planned({
    vendor: 'Supermicro',
    accounts: { 1: 'us Administrator', ...many },
    resources: { [MANAGER]: { Oem: { Supermicro: { SysLockdown: link(lock) } } }, [lock]: { SysLockdownEnabled: true } },
  });
  const all = [...(locked.first ?? []), ...(locked.sections ?? [])].flatMap(({ operations, always }) => [...operations, ...always]);
  const lifts = all.filter(({ line }) => line.startsWith('lift the lock')).length;
  expect([locked.operations, all.length <= 200, all.length > 190, lifts]).toEqual([[], true, true, 3]);
});

test.each([
  ['managers', { [`${ROOT}/Managers`]: list() }, 'UNREADABLE'],
  ['accounts', { [`${ROOT}/AccountService`]: {} }, 'UNSUPPORTED'],
])('a BMC that shows no %s is an error and not frozen', async (_, resources, code) => {
  await expect(planned({ resources })).rejects.toMatchObject({ code });
});
