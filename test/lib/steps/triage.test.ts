import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startFleet } from '../../../drill/fleet.js';
import type { Series, Staged } from '../../../lib/evidence/types.js';
import { digest, type Json } from '../../../lib/model/json.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import { isObject } from '../../../lib/redfish/json.js';
import type { ConnectOptions } from '../../../lib/redfish/types.js';
import { triage, type Triage } from '../../../lib/steps/triage.js';
import { connectTo, reply, SESSIONS, startSmallBmc, type Handler } from '../redfish/small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** Remembers what a series was given; what is not committed does not count. */
function recorder() {
  const committed: Staged[] = [];
  const complete: string[] = [];
  let staged: Staged[] = [];
  const position = { seq: 0, head: digest<'custody'>('0'.repeat(64)) };
  const commit = async () => {
    committed.push(...staged);
    staged = [];
    return position;
  };
  const series: Pick<Series, 'stage' | 'commit' | 'markComplete'> = {
    stage: async (capture) => {
      staged.push(capture);
      return null;
    },
    commit,
    markComplete: async (classes) => {
      complete.push(...classes);
      return commit();
    },
  };
  return {
    series,
    complete,
    uris: () =>
      committed.map((capture) => ('answer' in capture ? capture.answer.uri : 'file' in capture ? capture.file.uri : capture.failure.uri)),
    failures: () => committed.flatMap((capture) => ('failure' in capture ? [capture.failure.code] : [])),
  };
}

async function triageOf(
  bmc: { address: string; pin: ConnectOptions['pin'] },
  options: Partial<ConnectOptions> = {},
): Promise<Triage & ReturnType<typeof recorder>> {
  const connection = await connectTo(bmc, { credential: null, ...options });
  const record = recorder();
  try {
    return { ...(await triage(connection, record.series)), ...record };
  } finally {
    await connection.close();
  }
}

describe('against the fleet', () => {
  test.each(['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'] as const)(
    'a %s BMC gives away what dies first, in that order, in few reads',
    async (profile) => {
      const fleet = await startFleet({ targets: 1, profile });
      cleanup.push(() => fleet.close());
      const [target] = fleet.targets;
      if (target === undefined) throw new Error('no target');
      const { userName, password } = target;
      const { classes, complete, reads, uris } = await triageOf(target, { credential: { userName, password: { reveal: () => password } } });
      expect(classes).toEqual(['sessions', 'accounts', 'volatile-logs']);
      expect(complete).toEqual(classes);
      expect(reads).toBe(uris().length);
      expect(reads).toBeLessThan(70);
      const first = (part: string): number => uris().findIndex((uri) => uri.includes(part));
      const order = [
        first('/Sessions'),
        first('/TaskService'),
        first('/Accounts'),
        first('/Subscriptions'),
        first('/NetworkProtocol'),
        first('/Entries'),
      ].filter((place) => place >= 0);
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order.length).toBeGreaterThan(3);
    },
  );
});

const link = (uri: string): Json => ({ '@odata.id': uri });
const members = (...uris: string[]): Json => ({ Members: uris.map(link), 'Members@odata.count': uris.length });
const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
const LOGS = '/redfish/v1/Managers/1/LogServices';

/** Every resource that a triage looks for, by path; `changes` replace some, null takes one away. */
function resources(changes: Record<string, Json> = {}): Record<string, Json> {
  return {
    '/redfish/v1/': {
      SessionService: link('/redfish/v1/SessionService'),
      AccountService: link('/redfish/v1/AccountService'),
      Tasks: link('/redfish/v1/TaskService'),
      Managers: link('/redfish/v1/Managers'),
      Systems: link('/redfish/v1/Systems'),
    },
    '/redfish/v1/SessionService': { Sessions: link(SESSIONS) },
    [SESSIONS]: members(`${SESSIONS}/1`),
    [`${SESSIONS}/1`]: { UserName: 'alice' },
    '/redfish/v1/TaskService': { Tasks: link('/redfish/v1/TaskService/Tasks') },
    '/redfish/v1/TaskService/Tasks': members('/redfish/v1/TaskService/Tasks/1'),
    '/redfish/v1/TaskService/Tasks/1': { TaskState: 'Running' },
    '/redfish/v1/AccountService': { Accounts: link(ACCOUNTS), Roles: link('/redfish/v1/AccountService/Roles') },
    [ACCOUNTS]: members(`${ACCOUNTS}/1`),
    [`${ACCOUNTS}/1`]: { UserName: 'alice', Keys: link(`${ACCOUNTS}/1/Keys`) },
    [`${ACCOUNTS}/1/Keys`]: members(`${ACCOUNTS}/1/Keys/1`),
    [`${ACCOUNTS}/1/Keys/1`]: { KeyString: 'ssh-ed25519 AAAA' },
    '/redfish/v1/AccountService/Roles': members('/redfish/v1/AccountService/Roles/Administrator'),
    '/redfish/v1/AccountService/Roles/Administrator': { RoleId: 'Administrator' },
    '/redfish/v1/Managers': members('/redfish/v1/Managers/1'),
    '/redfish/v1/Managers/1': { LogServices: link(LOGS) },
    [LOGS]: members(`${LOGS}/SEL`, `${LOGS}/Dump`, `${LOGS}/Journal`),
    [`${LOGS}/SEL`]: { Entries: link(`${LOGS}/SEL/Entries`) },
    [`${LOGS}/SEL/Entries`]: { Members: [], 'Members@odata.nextLink': `${LOGS}/SEL/Entries?$skip=50` },
    [`${LOGS}/Journal`]: { Entries: link(`${LOGS}/Journal/Entries`) },
    [`${LOGS}/Journal/Entries`]: { Members: [{ ...object(link(`${LOGS}/Journal/Entries/1`)), Message: 'login' }] },
    // As with Lenovo: the system has the same logs.
    '/redfish/v1/Systems': members('/redfish/v1/Systems/1'),
    '/redfish/v1/Systems/1': { LogServices: link(LOGS) },
    ...changes,
  };
}

function object(json: Json): Readonly<Record<string, Json>> {
  return isObject(json) ? json : {};
}

async function bmcWith(changes: Record<string, Json> = {}, handlers: Record<string, Handler> = {}) {
  const served = Object.entries(resources(changes)).filter(([, body]) => body !== null);
  const plain = Object.fromEntries(served.map(([path, body]): [string, Handler] => [path, (_, response) => reply(response, 200, body)]));
  const bmc = await startSmallBmc({ ...plain, ...handlers });
  cleanup.push(bmc.stop);
  return bmc;
}

describe('a triage', () => {
  test('reads each resource once, the log of who did what first, no dump, and of a long log the first page', async () => {
    const bmc = await bmcWith();
    const { classes, gaps, uris } = await triageOf(bmc);
    expect(classes).toEqual(['sessions', 'accounts', 'volatile-logs']);
    expect(gaps).toEqual([{ class: 'logs', uri: `${LOGS}/SEL/Entries?$skip=50`, code: 'TOO_MANY_PAGES' }]);
    expect(new Set(uris()).size).toBe(uris().length);
    expect(uris().slice(-4)).toEqual([`${LOGS}/Journal`, `${LOGS}/Journal/Entries`, `${LOGS}/SEL`, `${LOGS}/SEL/Entries`]);
  });

  test('does not mind a member that is gone between list and read', async () => {
    const { classes } = await triageOf(await bmcWith({ [`${SESSIONS}/1`]: null, [`${ACCOUNTS}/1/Keys/1`]: null }));
    expect(classes).toEqual(['sessions', 'accounts', 'volatile-logs']);
  });

  const error: Handler = (_, response) => reply(response, 403, {});
  const page: Handler = (_, response) => reply(response, 200, '<html>please log in</html>');
  const drop: Handler = (_, __, socket) => socket.destroy();
  test.each<[string, Record<string, Json>, Record<string, Handler>, string, string]>([
    [
      'a service is not advertised',
      { '/redfish/v1/': { AccountService: link('/redfish/v1/AccountService') } },
      {},
      'sessions',
      'NOT_ADVERTISED',
    ],
    ['a collection is refused', {}, { [SESSIONS]: error }, 'sessions', 'HTTP_403'],
    ['a collection is missing', { [ACCOUNTS]: null }, {}, 'accounts', 'HTTP_404'],
    ['a member is refused', {}, { [`${ACCOUNTS}/1`]: error }, 'accounts', 'HTTP_403'],
    ['an error comes with status 200', { [SESSIONS]: { error: { code: 'Base.1.0.GeneralError' } } }, {}, 'sessions', 'ERROR_BODY'],
    ['a member is an error with status 200', { [`${ACCOUNTS}/1`]: { error: { code: 'x' } } }, {}, 'accounts', 'ERROR_BODY'],
    ['a web page comes in place of a collection', {}, { [SESSIONS]: page }, 'sessions', 'NOT_JSON'],
    ['an account is a web page', {}, { [`${ACCOUNTS}/1`]: page }, 'accounts', 'NOT_JSON'],
    ['a collection is empty of everything', {}, { [ACCOUNTS]: (_, response) => reply(response, 200, '') }, 'accounts', 'NOT_JSON'],
    ['a collection has no members at all', { [ACCOUNTS]: {} }, {}, 'accounts', 'NO_MEMBERS'],
    ['tasks are offered and not named', { '/redfish/v1/TaskService': {} }, {}, 'volatile-logs', 'NOT_ADVERTISED'],
    ['a member has no whole answer', {}, { [`${ACCOUNTS}/1`]: drop }, 'accounts', 'DROPPED'],
    ['the keys of an account are refused', {}, { [`${ACCOUNTS}/1/Keys`]: error }, 'accounts', 'HTTP_403'],
    [
      'a collection counts more than it shows',
      { [SESSIONS]: { ...object(members()), 'Members@odata.count': 2 } },
      {},
      'sessions',
      'COUNT_DIFFERS',
    ],
    [
      'there are too many members',
      { [SESSIONS]: members(...Array.from({ length: 65 }, (_, n) => `${SESSIONS}/${n}`)) },
      {},
      'sessions',
      'TOO_MANY_MEMBERS',
    ],
    [
      'a volatile log has only links',
      { [`${LOGS}/Journal/Entries`]: members(`${LOGS}/Journal/Entries/1`) },
      {},
      'volatile-logs',
      'MEMBERS_NOT_INLINE',
    ],
    [
      'a volatile log has no end',
      { [`${LOGS}/Journal/Entries`]: { Members: [], 'Members@odata.nextLink': `${LOGS}/Journal/Entries` } },
      {},
      'volatile-logs',
      'TOO_MANY_PAGES',
    ],
  ])('does not claim a class when %s', async (_, changes, handlers, incomplete, code) => {
    const { classes, complete, gaps } = await triageOf(await bmcWith(changes, handlers), { limits: { retryPausesMs: [] } });
    expect(complete).toEqual(classes);
    expect(classes).not.toContain(incomplete);
    expect(gaps).toContainEqual(expect.objectContaining({ class: incomplete, code }));
  });

  test('reads a collection on with `$skip` where it counts more than it shows', async () => {
    const first = { ...object(members(`${SESSIONS}/1`)), 'Members@odata.count': 2 };
    const second = { ...object(members(`${SESSIONS}/2`)), 'Members@odata.count': 2 };
    const { classes, uris } = await triageOf(
      await bmcWith({ [SESSIONS]: first, [`${SESSIONS}?$skip=1`]: second, [`${SESSIONS}/2`]: { UserName: 'bob' } }),
    );
    expect(classes).toContain('sessions');
    expect(uris()).toContain(`${SESSIONS}/2`);
  });

  test('stages a failed read as evidence of the failure', async () => {
    const { failures } = await triageOf(await bmcWith({}, { [`${ACCOUNTS}/1`]: drop }), { limits: { retryPausesMs: [] } });
    expect(failures()).toEqual(['DROPPED']);
  });

  test('ends with a BMC that is lost, keeps what it had, and claims nothing', async () => {
    const bmc = await bmcWith(
      {},
      {
        [ACCOUNTS]: (_, __, socket) => {
          void bmc.stop();
          socket.destroy();
        },
      },
    );
    const connection = await connectTo(bmc, { credential: null });
    cleanup.push(() => connection.close());
    const { series, complete, uris, failures } = recorder();
    await expect(triage(connection, series)).rejects.toSatisfy((thrown) => thrown instanceof RedfishError && thrown.code === 'UNREACHABLE');
    expect(complete).toEqual([]);
    expect(failures()).toEqual(['UNREACHABLE']);
    expect(uris()).toContain(`${SESSIONS}/1`);
  });

  test('is bounded, however much a hostile BMC advertises', async () => {
    const many = (base: string): Json => members(...Array.from({ length: 64 }, (_, n) => `${base}/${n}`));
    const keyed = Object.fromEntries(
      Array.from({ length: 64 }, (_, n): [string, Json] => [`${ACCOUNTS}/${n}`, { Keys: link(`${ACCOUNTS}/${n}/Keys`) }]),
    );
    const keys = Object.fromEntries(
      Array.from({ length: 64 }, (_, n): [string, Json] => [`${ACCOUNTS}/${n}/Keys`, many(`${ACCOUNTS}/${n}/Keys`)]),
    );
    const { classes, reads, gaps } = await triageOf(await bmcWith({ [ACCOUNTS]: many(ACCOUNTS), ...keyed, ...keys }));
    expect(reads).toBe(250);
    expect(classes).not.toContain('accounts');
    expect(gaps).toContainEqual(expect.objectContaining({ code: 'OUT_OF_READS' }));
  });
});

describe('members that come with their collection', () => {
  const five = Array.from({ length: 5 }, (_, n) => `${ACCOUNTS}/${n}`);
  const account = (uri: string): Json => ({ '@odata.id': uri, '@odata.type': '#ManagerAccount', UserName: uri.slice(-1) });
  const alone = Object.fromEntries(five.map((uri) => [uri, account(uri)]));
  const expanded = `${ACCOUNTS}?$expand=.`;
  const says = (expand: Json): Json => ({
    ...object(resources()['/redfish/v1/'] ?? null),
    ProtocolFeaturesSupported: { ExpandQuery: expand },
  });
  const listed = { [ACCOUNTS]: members(...five), ...alone };
  const whole: Json = { Members: five.map(account), 'Members@odata.count': 5 };

  test('save a read each, once the service was found to say what it says without', async () => {
    const { classes, uris } = await triageOf(await bmcWith({ '/redfish/v1/': says({ NoLinks: true }), ...listed, [expanded]: whole }));
    expect(classes).toContain('accounts');
    expect(uris().filter((uri) => uri.startsWith(ACCOUNTS))).toEqual([ACCOUNTS, expanded, five[0]]);
  });

  test('are asked for as the service says: all of it, where it offers nothing else', async () => {
    const { uris } = await triageOf(
      await bmcWith({ '/redfish/v1/': says({ ExpandAll: true }), ...listed, [`${ACCOUNTS}?$expand=*`]: whole }),
    );
    expect(uris().filter((uri) => uri.startsWith(ACCOUNTS))).toEqual([ACCOUNTS, `${ACCOUNTS}?$expand=*`, five[0]]);
  });

  test('are not asked for where the service says nothing of it', async () => {
    const { uris } = await triageOf(await bmcWith({ ...listed, [expanded]: whole }));
    expect(uris()).not.toContain(expanded);
  });

  test.each<[string, Json]>([
    ['leaves one out', { Members: five.slice(1).map(account) }],
    ['adds one', { Members: [...five, `${ACCOUNTS}/9`].map(account) }],
    ['changes one for another', { Members: [...five.slice(1), `${ACCOUNTS}/9`].map(account) }],
    ['shows mere links', { Members: five.map(link) }],
    ['leaves properties out', { Members: five.map((uri) => ({ '@odata.id': uri, UserName: uri.slice(-1) })) }],
    ['is an error', { error: { code: 'Base.1.0.QueryNotSupported' } }],
    ['has more pages', { ...object(whole), 'Members@odata.nextLink': `${expanded}&$skip=5` }],
    ['is nonsense', 'nonsense'],
  ])('are read one by one when the collection with them %s, and it is not asked for again', async (_, answer) => {
    const roles = ['A', 'B', 'C', 'D'].map((name) => `/redfish/v1/AccountService/Roles/${name}`);
    const { classes, uris } = await triageOf(
      await bmcWith({
        '/redfish/v1/': says({ NoLinks: true }),
        ...listed,
        [expanded]: answer,
        '/redfish/v1/AccountService/Roles': members(...roles),
        ...Object.fromEntries(roles.map((uri) => [uri, { RoleId: uri.slice(-1) }])),
      }),
    );
    expect(classes).toContain('accounts');
    for (const uri of [...five, ...roles]) expect(uris()).toContain(uri);
    expect(uris().filter((uri) => uri.includes('$expand'))).toEqual([expanded]);
  });
});

const TREES = resolve(import.meta.dirname, '../../../../shared/mockups');
const trees = existsSync(TREES) ? readdirSync(TREES).filter((name) => existsSync(join(TREES, name, 'redfish'))) : [];

describe(trees.length > 0 ? 'a captured BMC' : `a captured BMC (none is here: ${TREES})`, () => {
  test.each(trees)('%s gives away what dies first in so few reads that 0.3 s each come to under half a minute', async (tree) => {
    const fleet = await startFleet({ trees: [join(TREES, tree)], compromise: false });
    cleanup.push(() => fleet.close());
    const [target] = fleet.targets;
    if (target === undefined) throw new Error('no target');
    const { userName, password } = target;
    const { classes, reads } = await triageOf(target, { credential: { userName, password: { reveal: () => password } } });
    expect(classes).toEqual(['sessions', 'accounts', 'volatile-logs']);
    expect(reads * 0.3).toBeLessThan(30);
  });
});
