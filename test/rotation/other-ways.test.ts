import { afterEach, describe, expect, test } from 'vitest';
import type { FaultName } from '../../drill/faults/faults.js';
import type { FleetOptions } from '../../drill/fleet.js';
import { id } from '../../lib/model/json.js';
import { isObject } from '../../lib/redfish/json.js';
import type { Connection } from '../../lib/redfish/types.js';
import { planTarget } from '../../lib/steps/plan.js';
import { readFinding, readPlan } from '../../lib/trust/read-plan.js';
import { oneTarget, POLICY, secretsOf, type OneTarget } from '../support/one-target.js';

const ROTATE = id<'step'>('rotate');
let one: OneTarget;
afterEach(() => one.close());

async function planned(options: FleetOptions, fault: FaultName | null = null) {
  one = await oneTarget({ compromise: false, ...options }, POLICY, ROTATE);
  if (fault !== null) await one.fleet.fault(one.bmc.id, fault);
  const whole = await one.review();
  const findings = await Promise.all(whole.plan.findings.map(async (digest) => readFinding(await one.objects.get(digest))));
  return { ...whole, findings };
}

describe('the host', () => {
  test.each([
    ['lenovo', null],
    ['openbmc', null],
    ['supermicro', 'lockdown-on'],
  ] as const)('is given no account of the BMC any more: %s, with %s', async (profile, fault) => {
    const { plan, row, counts } = await planned({ profile }, fault);
    const gate = await one.open({ row, counts });
    await one.seal('accounts', 'sessions', 'configuration');
    await one.approve(gate);
    const [section, ...more] = plan.sections.filter(({ operations }) =>
      operations.some(({ line }) => line.includes('CredentialBootstrapping')),
    );
    const ends: string[] = [];
    for (const { n } of [...(section?.operations ?? []), ...(section?.always ?? [])]) ends.push((await one.attempt(row, gate, n)).is);
    expect([more, new Set(ends)]).toEqual([[], new Set(['done'])]);
    const set = section?.operations.filter(({ line }) => line.includes('CredentialBootstrapping')) ?? [];
    expect(set.map(({ after, undo }) => [after.map((one) => 'pointer' in one && one.pointer), undo])).toEqual([
      [['/CredentialBootstrapping/EnableAfterReset'], null],
      [['/CredentialBootstrapping/Enabled'], null],
    ]);
    const uri = set[0]?.after[0]?.uri ?? '';
    const shown = await one.withConnection('read-only', async (connection) => (await connection.get(uri)).json);
    expect(shown).toMatchObject({ CredentialBootstrapping: { Enabled: false, EnableAfterReset: false } });
  });
});

test('an account that the host was given earlier is disabled, unless it is listed', async () => {
  const [given, listed] = ['hb-4711', 'ops-oncall'];
  one = await oneTarget({ profile: 'lenovo', compromise: false }, POLICY, ROTATE);
  const { target, objects } = one;
  const uriOf = (userName: string) => one.bmc.logins().find((account) => account.userName === userName)?.uri ?? '';
  const uris = [uriOf('metrics'), uriOf(listed)];
  await one.withConnection('read-write', async (connection) => {
    const { etag } = await connection.get(uris[0] ?? '');
    await connection.send({ method: 'PATCH', uri: uris[0] ?? '', body: { UserName: given }, ifMatch: etag, limitMs: 10_000 });
  });
  // The fleet has no such accounts: what the planner is told of them is the BMC's word.
  const saying = (connection: Connection): Connection => ({
    ...connection,
    async get(uri) {
      const answer = await connection.get(uri);
      const { json } = answer;
      return json !== null && isObject(json) && uris.includes(uri) ? { ...answer, json: { ...json, HostBootstrapAccount: true } } : answer;
    },
  });
  const { row, counts } = await one.withSeries((series) =>
    one.withConnection('read-only', (connection) =>
      planTarget({ step: ROTATE, target, series, connection: saying(connection), objects, secret: secretsOf(target) }),
    ),
  );
  const gate = await one.open({ row, counts });
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  const plan = readPlan(await objects.get(row.plan));
  const found = plan.sections
    .flatMap(({ operations }) => operations)
    .filter(({ after }) => after.some((one) => 'pointer' in one && one.pointer === '/Enabled'));
  expect(found.map(({ send, undo }) => [send.kind === 'redfish' && send.uri, undo])).toEqual([[uris[0], null]]);
  expect((await one.attempt(row, gate, found[0]?.n)).is).toBe('done');
  const shown = await one.withConnection('read-only', async (connection) => (await connection.get(uris[0] ?? '')).json);
  expect(shown).toMatchObject({ UserName: given, Enabled: false });
});

describe('a secret that the BMC holds', () => {
  test('for another server is told of, to be revoked there and installed later, and is no failure of the step', async () => {
    const { findings, unsupported } = await planned({ profile: 'supermicro', persistence: true });
    expect(findings.map(({ code, uri }) => `${code} ${uri.split('/').at(-1) ?? ''}`)).toEqual(['INSTALL_LATER RADIUS']);
    expect(unsupported).toBeNull();
  });

  test('and that opens the BMC, with no request known that replaces it, stays, and the step does not read as a success', async () => {
    const { findings, unsupported } = await planned({ profile: 'hpe', persistence: true });
    const about = findings
      .filter(({ uri }) => !uri.endsWith('/NetworkProtocol'))
      .map(({ code, uri }) => `${code} ${uri.split('/').at(-2) ?? ''}`);
    expect(about.sort()).toEqual(['SECRET_STAYS AppAccounts', 'SECRET_STAYS FederationGroups']);
    expect(unsupported).toBe('SECRET_STAYS');
  });

  test.each([
    ['an iDRAC with a key of IPMI', '0a'.repeat(20), 'SECRET_STAYS'],
    ['an iDRAC whose key is all zero', '0'.repeat(40), null],
  ])('%s says so, and shows nobody the key', async (_, key, stays) => {
    one = await oneTarget({ profile: 'dell', compromise: false }, POLICY, ROTATE);
    const uri = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
    // The fleet has no such setting: what the planner is told of it is the BMC's word.
    const saying = (connection: Connection): Connection => ({
      ...connection,
      async get(asked) {
        const answer = await connection.get(asked);
        const { json } = answer;
        const attributes = asked === uri && json !== null && isObject(json) && isObject(json['Attributes']) ? json['Attributes'] : null;
        if (json === null || attributes === null || !isObject(json)) return answer;
        const set = { 'IPMILan.1.EncryptionKey': key, 'IPMILan.1.Enable': 'Enabled' };
        return { ...answer, json: { ...json, Attributes: { ...attributes, ...set } } };
      },
    });
    const { row, unsupported } = await one.withSeries((series) =>
      one.withConnection('read-only', (connection) =>
        planTarget({
          ...{ step: ROTATE, target: one.target, series, connection: saying(connection), objects: one.objects },
          secret: secretsOf(one.target),
        }),
      ),
    );
    const plan = readPlan(await one.objects.get(row.plan));
    const findings = await Promise.all(plan.findings.map(async (digest) => readFinding(await one.objects.get(digest))));
    expect(findings.filter((found) => found.uri === uri).map(({ code }) => code)).toEqual(stays === null ? [] : [stays]);
    expect([unsupported, JSON.stringify(findings).includes(key)]).toEqual([stays, false]);
  });
});
