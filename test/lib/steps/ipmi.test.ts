import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { SimOptions } from '../../../drill/ipmi/sim.js';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import type { Series } from '../../../lib/evidence/types.js';
import { verifyPath } from '../../../lib/evidence/verify/verify.js';
import { openIpmi, type IpmiConnection } from '../../../lib/ipmi/connection.js';
import { id } from '../../../lib/model/json.js';
import type { Allowed, IpmiTarget } from '../../../lib/model/site.js';
import { captureOverIpmi } from '../../../lib/steps/ipmi/capture.js';
import { inspectOverIpmi } from '../../../lib/steps/ipmi/inspect.js';
import { planOverIpmi } from '../../../lib/steps/ipmi/plan.js';
import { triageOverIpmi } from '../../../lib/steps/ipmi/triage.js';
import { openObjects } from '../../../lib/store/objects.js';
import { readPlan } from '../../../lib/trust/read-plan.js';
import { Secret } from '../../../lib/vault/secret.js';
import { secretsOf } from '../../support/one-target.js';
import { COLLECTOR, optionsIn } from '../evidence/support.js';
import { hasIpmi, PASSWORD, SHOWN_GUID, startStage, USERS, type Stage } from '../ipmi/support.js';

const ALLOWED = {
  accounts: [
    { userName: 'irops', roleId: 'OPERATOR', usedBy: 'us' },
    { userName: 'root', roleId: 'Administrator', usedBy: 'break-glass' },
  ],
  sessions: [],
  addresses: [],
  subscriptions: [],
  keys: [],
};

let folder: string;
let stages: Stage[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-ipmi-steps-'));
});
afterAll(async () => {
  for (const stage of stages) await stage.stop();
  await rm(folder, { recursive: true, force: true });
});

/** One simulated BMC, and what a worker has around it. */
async function ground(change: Partial<SimOptions> = {}, allow: Allowed = ALLOWED) {
  const stage = await startStage(change);
  stages = [...stages, stage];
  const root = join(folder, String(stages.length));
  const target: IpmiTarget = {
    id: id('old-1'),
    address: stage.address,
    protocol: 'ipmi',
    ipmi: { reason: 'speaks nothing else' },
    zone: id('oob'),
    identity: { serial: '', uuid: SHOWN_GUID },
    secret: 'vault://file/old-1',
    host: 'h',
    class: 'ipmi',
    usedBy: [],
    failureDomain: 'f',
    allow,
  };
  const objects = openObjects(join(root, 'objects'));
  const within = async <T>(work: (connection: IpmiConnection, series: Series) => Promise<T>): Promise<T> => {
    const series = await openSeries(optionsIn(root));
    const credential = { userName: 'irops', password: Secret.of(PASSWORD) };
    const connection = await openIpmi({ address: stage.address, credential, signal: new AbortController().signal });
    return work(connection, series).finally(async () => {
      await connection.close();
      await series.close();
    });
  };
  const plan = (step = 'review-access', other: Partial<IpmiTarget> = {}) =>
    within((connection, series) =>
      planOverIpmi({
        step: id(step),
        target: { ...target, ...other },
        series,
        connection: async () => connection,
        objects,
        secret: secretsOf({ ...target, ...other }),
      }),
    );
  /** The findings of a stored plan. */
  const found = async ({ row }: Awaited<ReturnType<typeof plan>>) => {
    const { findings } = readPlan(await objects.get(row.plan));
    const stored = await Promise.all(findings.map(async (digest) => FINDING.parse(await objects.get(digest))));
    return stored.map(({ code, uri }) => `${code} ${uri}`).sort();
  };
  /** What each section of a stored plan sends, by kind alone but for what is sent to the BMC. */
  const sections = async ({ row }: Awaited<ReturnType<typeof plan>>) =>
    readPlan(await objects.get(row.plan)).sections.map(({ operations, always }) =>
      [...operations, ...always].map(({ send }) => (send.kind === 'ipmi' ? send : send.kind)),
    );
  return { stage, root, within, plan, found, sections };
}

const FINDING = z.object({ code: z.string(), uri: z.string() });

const ON_EVERY_SIM = [
  'IPMI_CIPHER_ZERO ipmi:/channel/getciphers/ipmi/1',
  'IPMI_DEFAULT_COMMUNITY ipmi:/lan/print/1',
  'IPMI_NO_KG ipmi:/mc/guid',
  'IPMI_RAKP_HASH ipmi:/mc/guid',
];

describe.skipIf(!hasIpmi)('over IPMI', () => {
  it('triage and capture bring home what can be read, in evidence that verifies, and no password with it', async () => {
    const { root, within } = await ground();
    await within(async (connection, series) => {
      expect(await triageOverIpmi(connection, series)).toEqual(['sessions', 'accounts', 'logs']);
      await captureOverIpmi(connection, series);
      await series.seal({ final: true, heads: null, atLeast: null });
      expect([...series.sealedClasses()].sort()).toEqual(['accounts', 'configuration', 'logs', 'sessions']);
    });
    const { archive } = await exportCase({ root, incident: id('inc-1'), out: join(root, 'out') });
    const report = await verifyPath(archive, { certificates: [COLLECTOR.certificate], drill: false, now: new Date() });
    expect(report).toMatchObject({ refusals: [], incomplete: [{ error: 'CASE_ABSENT' }] });
    const everything = await Promise.all(
      (await readdir(root, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')),
    );
    expect(everything.length).toBeGreaterThan(50);
    expect(everything.filter((text) => text.includes(PASSWORD))).toEqual([]);
  });

  it('review finds every weakness once, plans nothing, and is not done while somebody unknown may log in', async () => {
    const { plan, found } = await ground();
    const planned = await plan();
    expect(planned).toMatchObject({ unsupported: 'NO_CHANGES_OVER_IPMI', row: { operations: 0, effect: 'observe' } });
    expect(await found(planned)).toEqual(
      [
        ...ON_EVERY_SIM,
        'IPMI_15_ENABLED ipmi:/lan/print/1',
        'IPMI_ANONYMOUS_USER ipmi:/channel/getaccess/1/1',
        'UNKNOWN_ACCOUNT ipmi:/channel/getaccess/1/4',
      ].sort(),
    );
  });

  it('review is done where only settings are weak, and tells a raised privilege and a missing account', async () => {
    const { 2: own, 3: root } = USERS;
    if (own === undefined || root === undefined) throw new RangeError('the stage has both');
    const allow = {
      ...ALLOWED,
      accounts: [
        { userName: 'root', roleId: 'USER', usedBy: 'b' },
        { userName: 'gone', roleId: 'USER', usedBy: 'g' },
      ],
    };
    const { plan, found } = await ground({ users: { 2: own, 3: root }, ipmi15: false }, allow);
    const planned = await plan();
    expect(planned.unsupported).toBeNull();
    expect(await found(planned)).toEqual(
      [...ON_EVERY_SIM, 'ALLOWED_ACCOUNT_MISSING ipmi:/channel/getaccess/1', 'ROLE_RAISED ipmi:/channel/getaccess/1/3'].sort(),
    );
  });

  it('rotation plans one section for each user whose login proves something, ours first, and tells what stays', async () => {
    const users = {
      ...USERS,
      2: { name: 'irops', password: PASSWORD, privilege: 'admin' },
      5: { name: 'mon', password: 'm', privilege: 'user' },
    } as const;
    const listed = (userName: string, secret: string) => ({ userName, secret, roleId: 'x', usedBy: 'a service' });
    const allow = {
      ...ALLOWED,
      accounts: [listed('root', 'vault://file/root'), listed('mon', 'vault://file/mon'), listed('gone', 'vault://file/gone')],
    };
    const { plan, found, sections } = await ground({ users }, allow);
    const planned = await plan('rotate');
    expect(planned).toMatchObject({
      unsupported: 'SECRET_STAYS',
      row: { operations: 10, effect: 'change', destroys: ['sessions', 'accounts'] },
    });
    expect(await sections(planned)).toEqual([
      ['vault', { kind: 'ipmi', act: 'set-password', user: 2, userName: 'irops', ref: 'vault://file/old-1' }, 'refusal', 'vault', 'vault'],
      ['vault', { kind: 'ipmi', act: 'set-password', user: 3, userName: 'root', ref: 'vault://file/root' }, 'refusal', 'vault', 'vault'],
    ]);
    const table = 'ipmi:/channel/getaccess/1';
    expect(await found(planned)).toEqual(['IPMI_NO_KG ipmi:/mc/guid', `SECRET_STAYS ${table}`, `SECRET_STAYS ${table}`]);
  });

  it.each([
    ['is no administrator', { 2: { name: 'irops', password: PASSWORD, privilege: 'operator' } }],
    [
      'has two slots',
      { 2: { name: 'irops', password: PASSWORD, privilege: 'admin' }, 3: { name: 'irops', password: PASSWORD, privilege: 'admin' } },
    ],
  ] as const)('rotation plans nothing where our user %s', async (_, users) => {
    const { plan, found } = await ground({ users });
    const planned = await plan('rotate');
    expect(planned).toMatchObject({ unsupported: 'SECRET_STAYS', row: { operations: 0 } });
    expect(await found(planned)).toContain('SECRET_STAYS ipmi:/channel/getaccess/1');
  });

  it('a step that needs more is unsupported before anything is asked, and another device stops the plan', async () => {
    const { stage, plan } = await ground();
    const before = stage.messages().length;
    await expect(plan('dump')).rejects.toMatchObject({ name: 'StepError', code: 'NOT_OVER_IPMI' });
    expect(stage.messages().length).toBe(before);
    const other = { serial: '', uuid: '00000000-0000-0000-0000-000000000000' };
    await expect(plan('review-access', { identity: other })).rejects.toMatchObject({ code: 'WRONG_DEVICE' });
  });

  it('inspection shows what an inventory needs', async () => {
    const { within } = await ground();
    expect(await within((connection) => inspectOverIpmi(connection))).toMatchObject({
      identity: { serial: '', uuid: SHOWN_GUID },
      ipmi: '2.0',
      users: [{ id: 1 }, { id: 2, userName: 'irops', privilege: 'OPERATOR' }, { id: 3 }, { id: 4, userName: 'svc-update', enabled: true }],
    });
  });
});
