import { describe, expect, test } from 'vitest';
import type { Kept } from '../../../../lib/evidence/kept.js';
import { id, type Json } from '../../../../lib/model/json.js';
import type { Allowed } from '../../../../lib/model/site.js';
import type { Reading } from '../../../../lib/steps/reader.js';
import { isObject, textAt } from '../../../../lib/redfish/json.js';
import { reviewLogs } from '../../../../lib/steps/review-logs.js';
import { aReading } from '../../../support/a-reading.js';
import { plainTarget } from '../../../support/plain-target.js';

const NOW = Date.UTC(2026, 4, 1, 12);
const HOUR = 3_600_000;
const HPE: Json = { Vendor: 'HPE', Oem: { Hpe: {} } };
const LENOVO: Json = { Vendor: 'Lenovo' };
const DELL: Json = { Vendor: 'Dell' };
const SUPERMICRO: Json = { Oem: { Supermicro: {} } };

describe('numbers', () => {
  test('HPE: a hole is a removal, told at the record behind it; each hole by itself', async () => {
    expect(await review(HPE, { IEL: { entries: [1, 2, 5, 6, 9].map(ilo) } })).toEqual(['LOG_HOLE IEL/5', 'LOG_HOLE IEL/9']);
  });

  test('a hole is found in the log of a maker that nobody knows, and of one that claims to be another', async () => {
    const log = { Audit: { entries: [1, 2, 5].map(ilo) } };
    expect(await review({ Vendor: 'Acme' }, log)).toEqual(['VENDOR_UNKNOWN v1', 'LOG_HOLE Audit/5']);
    expect(await review({ Vendor: 'NVIDIA' }, log)).toEqual(['LOG_HOLE Audit/5']);
  });

  test('HPE: a whole log that begins late lost its beginning, unless its own clearing is the beginning', async () => {
    expect(await review(HPE, { IEL: { entries: [2082, 2083].map(ilo) } })).toEqual(['LOG_START_MISSING IEL/2082']);
    const cleared = { ...object(ilo(116)), MessageId: '33.4', Message: 'Security log cleared by: root' };
    expect(await review(HPE, { SL: { entries: [cleared, ilo(117)] } })).toEqual(['LOG_CLEARED SL/116']);
    // More pages than were read: who knows how it begins.
    expect(await review(HPE, { IEL: { entries: [2082, 2083].map(ilo), next: '?$skip=2' } })).toEqual([]);
  });

  test('Lenovo: a log that wrapped begins late, and has no hole', async () => {
    const entries = [5864, 5865, 5866].map((n): Json => ({ Id: String(n), Oem: { Lenovo: { EventSequenceNumber: n } } }));
    const service = {
      MaxNumberOfRecords: 1024,
      OverWritePolicy: 'WrapsWhenFull',
      Oem: { Lenovo: { FirstSeqNum: 5864, LastSeqNum: 6887 } },
    };
    expect(await review(LENOVO, { AuditLog: { entries, service } })).toEqual(['LOG_WRAPPED AuditLog']);
  });

  test('Lenovo: a full SEL that overwrites nothing records nothing more', async () => {
    const service = { MaxNumberOfRecords: 511, OverWritePolicy: 'NeverOverWrites' };
    expect(await review(LENOVO, { SEL: { entries: [{ Id: '1' }], count: 511, service } })).toEqual(['LOG_FULL SEL']);
    expect(await review(LENOVO, { SEL: { entries: [{ Id: '1' }], count: 510, service } })).toEqual([]);
  });

  test('Supermicro: the small maintenance log tells that it wrapped; HPE’s ring of events is full most of its life', async () => {
    const service = { MaxNumberOfRecords: 512 };
    expect(await review(SUPERMICRO, { Log1: { entries: [{ Id: '1' }], count: 512, service } })).toEqual(['LOG_WRAPPED Log1']);
    expect(await review(HPE, { Event: { entries: [{ Id: '1' }], count: 256 } })).toEqual([]);
  });

  test('Dell: a SEL whose last number is its bound is full; a lifecycle log may skip numbers', async () => {
    const entries: Json[] = [{ Id: '1023' }, { Id: '1024' }];
    expect(await review(DELL, { Sel: { entries, service: { MaxNumberOfRecords: 1024 } } })).toEqual(['LOG_WRAPPED Sel']);
    expect(await review(DELL, { Lclog: { entries: [{ Id: '83434' }, { Id: '83430' }] } })).toEqual([]);
  });
});

describe('people', () => {
  const login = (n: number, user: string, address: string, at = NOW - HOUR): Json => ({
    Id: String(n),
    Created: new Date(at).toISOString(),
    MessageId: 'IDRAC.2.7.USR0030',
    Message: `Successfully logged in using ${user}, from ${address} and REDFISH.`,
  });

  test('a stranger is told once, at its first record; listed ones, networks, the BMC itself and we are none', async () => {
    const entries = [
      login(1, 'root', '203.0.113.9'),
      login(2, 'root', '203.0.113.9'),
      login(3, 'root', '10.20.0.77'),
      login(4, 'metrics', '10.9.9.9'),
      login(5, 'root', '127.0.0.1'),
      login(6, 'us', '192.0.2.1'),
      login(7, 'tmp', '10.20.0.77'),
      login(8, 'tmp', '10.20.0.77'),
    ];
    expect(await review(DELL, { Lclog: { entries } })).toEqual(['LOG_UNKNOWN_ADDRESS Lclog/1', 'LOG_UNKNOWN_ACCOUNT Lclog/7']);
  });

  test('a use of a break-glass account is told, whoever may hold it and from wherever; at its newest record', async () => {
    const entries = [login(1, 'glass', '10.20.0.77'), login(2, 'metrics', '10.20.0.77'), login(3, 'Glass', '10.20.0.77')];
    expect(await review(DELL, { Lclog: { entries } })).toEqual(['BREAK_GLASS_USED Lclog/3']);
    expect(await review(DELL, { Lclog: { entries: [login(2, 'metrics', '10.20.0.77')] } })).toEqual([]);
  });

  test('our own name from elsewhere is a stranger, for somebody has our secret', async () => {
    expect(await review(DELL, { Lclog: { entries: [login(1, 'us', '203.0.113.9')] } })).toEqual(['LOG_UNKNOWN_ADDRESS Lclog/1']);
  });

  test('an account that we changed ourselves explains itself: by time, where the record shows no address', async () => {
    const change = (n: number, at: number): Json => ({
      Id: String(n),
      Created: new Date(at).toISOString(),
      Message: '[MEL-0003] User password was changed.',
      Oem: { Supermicro: { User: 'US(US)', Source: 'n/a' } },
    });
    const later: Json = { ...object(change(3, NOW)), Oem: { Supermicro: { User: 'eve', Source: 'n/a' } } };
    const entries = [change(1, NOW), change(2, NOW - 9 * HOUR), later];
    // Another time than ours is no crime for an allowed user; eve is none.
    expect(await review(SUPERMICRO, { Log1: { entries } })).toEqual(['LOG_UNKNOWN_ACCOUNT Log1/3', 'LOG_ACCOUNT_CHANGED Log1/3']);
  });

  test('a change of an account needs an allowed account and a known address', async () => {
    const change = (n: number, user: string, address: string): Json => ({
      Id: String(n),
      MessageId: 'IDRAC.2.7.RAC1195',
      Message: `User ${user} via IP ${address} requested state / configuration change to Users.5.Enable using REDFISH.`,
    });
    const entries = [change(1, 'root', '10.20.0.77'), change(2, 'root', '203.0.113.9')];
    expect(await review(DELL, { Lclog: { entries } })).toEqual(['LOG_UNKNOWN_ADDRESS Lclog/2', 'LOG_ACCOUNT_CHANGED Lclog/2']);
  });

  test('refused logins in bulk before one that works are guessing; folded ones count, few or old ones do not', async () => {
    const refused = (n: number, at: number): Json => ({
      Id: String(n),
      Created: new Date(at).toISOString(),
      MessageId: 'IDRAC.2.7.USR0031',
      Message: 'Unable to log in for root from 10.20.0.77 using REDFISH.',
    });
    const folded: Json = { Id: '2', MessageId: 'IDRAC.2.7.LOG007', Message: 'The previous log entry was repeated 5 times.' };
    const at = NOW - HOUR;
    const guessed = [refused(1, at - 60_000), folded, login(3, 'root', '10.20.0.5', at)];
    expect(await review(DELL, { Lclog: { entries: guessed } })).toEqual(['LOG_PASSWORD_GUESSED Lclog/3']);
    const few = [refused(1, at - 60_000), login(3, 'root', '10.20.0.5', at)];
    const old = [refused(1, at - HOUR), folded, login(3, 'root', '10.20.0.5', at)];
    const other = [refused(1, at - 60_000), folded, login(3, 'metrics', '10.20.0.5', at)];
    for (const entries of [few, old, other]) expect(await review(DELL, { Lclog: { entries } })).toEqual([]);
  });

  test('a code comes twenty times, and once more with how many were left out', async () => {
    const entries = Array.from({ length: 30 }, (_, n) => login(n + 1, 'root', `203.0.113.${String(n + 1)}`));
    const found = await review(DELL, { Lclog: { entries } });
    expect([found.length, found.at(-1)]).toEqual([21, 'LOG_UNKNOWN_ADDRESS Lclog/21']);
  });
});

describe('clocks', () => {
  test('one that is off by more than five minutes is told, and records are judged by it', async () => {
    const manager = { DateTime: new Date(NOW - 400 * 24 * HOUR).toISOString() };
    const fresh: Json = { ...object(ilo(1)), Created: new Date(NOW - 400 * 24 * HOUR).toISOString() };
    const late: Json = { ...object(ilo(2)), Created: new Date(NOW).toISOString() };
    expect(await review(HPE, { IEL: { entries: [fresh, late] } }, manager)).toEqual(['LOG_CLOCK_OFFSET 1', 'LOG_FROM_FUTURE IEL/2']);
    expect(await review(HPE, { IEL: { entries: [ilo(1), late] } }, { DateTime: new Date(NOW + 200_000).toISOString() })).toEqual([]);
    expect(await review(HPE, { IEL: { entries: [ilo(1), late] } }, { DateTime: 'nonsense' })).toEqual([]);
  });
});

describe('what cannot be judged is told', () => {
  test('a log without an answer, one without entries, and a BMC without logs', async () => {
    expect(await review(HPE, { IEL: { entries: [], status: 404 } })).toEqual(['LOG_UNREADABLE IEL']);
    expect(await review(HPE, { IEL: { entries: [], count: 5 } })).toEqual(['LOG_UNREADABLE IEL']);
    expect(await review(HPE, {})).toEqual(['LOG_UNREADABLE v1']);
  });

  test('records that are mere links are read one by one', async () => {
    expect(await review(HPE, { IEL: { entries: [1, 4].map(ilo), linked: true } })).toEqual(['LOG_HOLE IEL/4']);
  });

  test('dumps are no logs', async () => {
    expect(await review({ Vendor: 'NVIDIA' }, { EventLog: { entries: [{ Id: '1' }] }, Dump: { entries: [], status: 500 } })).toEqual([]);
  });
});

/** Chassis and firmware, once for each maker. */
test.each<[string, Json, string, Json, string]>([
  ['HPE', HPE, 'IML', { Id: '1', MessageId: '10.1025', Message: 'The server chassis hood was removed.' }, 'LOG_CHASSIS_OPENED'],
  ['HPE', HPE, 'IML', { Id: '1', MessageId: '32.2', Message: 'Firmware flashed (iLO 1.66)' }, 'LOG_FIRMWARE_CHANGED'],
  [
    'Dell',
    DELL,
    'Lclog',
    { Id: '1', MessageId: 'IDRAC.2.7.SEC0031', Message: 'The chassis is open while the power is on.' },
    'LOG_CHASSIS_OPENED',
  ],
  [
    'Dell',
    DELL,
    'Lclog',
    { Id: '1', MessageId: 'IDRAC.2.7.RED063', Message: 'The iDRAC firmware updated successfully.' },
    'LOG_FIRMWARE_CHANGED',
  ],
  ['OpenBMC', { Vendor: 'NVIDIA' }, 'EventLog', { Id: '1', MessageId: 'OpenBMC.0.4.ChassisIntrusionDetected' }, 'LOG_CHASSIS_OPENED'],
  ['Supermicro', SUPERMICRO, 'Log1', { Id: '1', Message: '[MEL-0104] BMC firmware was updated.' }, 'LOG_FIRMWARE_CHANGED'],
  [
    'Lenovo',
    LENOVO,
    'AuditLog',
    { Id: '1', Oem: { Lenovo: { CommonEventID: 'FQXSPUP4001I', EventSequenceNumber: 1 } } },
    'LOG_FIRMWARE_CHANGED',
  ],
])('%s: an event of its own is told', async (_name, root, log, entry, code) => {
  expect(await review(root, { [log]: { entries: [entry] } })).toEqual([`${code} ${log}/1`]);
});

/** A record of an iLO. */
function ilo(n: number): Json {
  return { Id: String(n), Created: '2026-04-01T00:00:00Z', MessageId: '35.1156', Message: 'health', Oem: { Hpe: { EventNumber: n } } };
}

function object(json: Json): Readonly<Record<string, Json>> {
  return isObject(json) ? json : {};
}

interface FakeLog {
  readonly entries: readonly Json[];
  readonly service?: Readonly<Record<string, Json>>;
  readonly count?: number;
  readonly next?: string;
  readonly linked?: boolean;
  readonly status?: number;
}

/** Reviews a BMC of one manager with these logs, of which nothing was captured before; returns code and last parts of the URI. */
async function review(
  root: Json,
  logs: Readonly<Record<string, FakeLog>>,
  manager: Readonly<Record<string, Json>> = {},
): Promise<string[]> {
  const base = '/redfish/v1/Managers/1';
  const link = (uri: string): Json => ({ '@odata.id': uri });
  const services = `${base}/LogServices`;
  const tree = new Map<string, Json>([
    ['/redfish/v1', { ...object(root), Managers: link('/redfish/v1/Managers') }],
    ['/redfish/v1/Managers', { Members: [link(base)] }],
    [base, { ...manager, LogServices: link(services) }],
    [services, { Members: Object.keys(logs).map((name) => link(`${services}/${name}`)) }],
    ['/redfish/v1/SessionService/Sessions/1', { UserName: 'us', ClientOriginIPAddress: '192.0.2.1' }],
  ]);
  const gone = new Map<string, number>();
  for (const [name, { entries, service = {}, count, next, linked, status }] of Object.entries(logs)) {
    const uri = `${services}/${name}`;
    const members = entries.map((entry): [string, Json] => [`${uri}/Entries/${textAt(entry, 'Id') ?? ''}`, entry]);
    tree.set(uri, { ...service, Entries: link(`${uri}/Entries`) });
    if (status !== undefined) gone.set(`${uri}/Entries`, status);
    tree.set(`${uri}/Entries`, {
      Members: members.map(([member, entry]) => (linked === true ? link(member) : { ...object(entry), ...object(link(member)) })),
      'Members@odata.count': count ?? entries.length,
      ...(next === undefined ? {} : { 'Members@odata.nextLink': `${uri}/Entries${next}` }),
    });
    for (const [member, entry] of members) tree.set(member, entry);
  }
  const get = (uri: string): Promise<Reading> =>
    Promise.resolve(aReading(uri, tree.get(uri) ?? null, gone.get(uri) ?? (tree.has(uri) ? 200 : 404), NOW));
  const own = { userName: 'us', session: '/redfish/v1/SessionService/Sessions/1', also: [] };
  const kept: Kept = { captures: [], work: [{ from: NOW - 60_000, to: NOW }] };
  const { findings, operations } = await reviewLogs({ reader: { get }, target: TARGET, own }, () => Promise.resolve(kept));
  expect(operations).toEqual([]);
  return findings.map(
    ({ code, uri }) =>
      `${code} ${uri
        .replace('/Entries', '')
        .split('/')
        .slice(isRecord(uri) ? -2 : -1)
        .join('/')}`,
  );
}

function isRecord(uri: string): boolean {
  return uri.includes('/Entries/');
}

const ALLOW: Allowed = {
  accounts: [
    ...['root', 'us', 'metrics'].map((userName) => ({ userName, roleId: 'Administrator', usedBy: 'tests' })),
    { userName: 'glass', roleId: 'Administrator', usedBy: 'the worst day', holders: [id<'person'>('lara')] },
  ],
  sessions: [{ userName: 'metrics', address: '10.9.9.9' }],
  addresses: ['10.20.0.0/24'],
  subscriptions: [],
  keys: [],
};

const TARGET = plainTarget(ALLOW);
