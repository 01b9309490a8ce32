import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProfileName } from '../../../drill/profiles/profiles.js';
import type { Planned } from '../../../lib/model/incident.js';
import type { Digest, Json } from '../../../lib/model/json.js';
import type { Finding } from '../../../lib/model/finding.js';
import { isList } from '../../../lib/redfish/json.js';
import type { Connection } from '../../../lib/redfish/types.js';
import { planTarget } from '../../../lib/steps/plan.js';
import { readFinding, readPlan } from '../../../lib/trust/read-plan.js';
import { codeOf } from '../../support/code-of.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { oneTarget, secretsOf, POLICY, type OneTarget } from '../../support/one-target.js';
import { actOf, CERTIFICATES, renewing, shown, SUBJECT } from '../../support/renewing.js';

let authority: Authority;
let one: OneTarget | null = null;
beforeAll(async () => {
  authority = await makeAuthority('site CA');
});
afterAll(() => authority.remove());
afterEach(async () => {
  await one?.close();
  one = null;
});

async function target(profile: ProfileName): Promise<OneTarget> {
  one = await oneTarget({ profile, compromise: false }, POLICY, CERTIFICATES, { authority: { ...authority, subject: SUBJECT } });
  return one;
}

async function findingsOf({ objects }: OneTarget, digests: readonly Digest<'finding'>[]): Promise<readonly Finding[]> {
  return Promise.all(digests.map(async (digest) => readFinding(await objects.get(digest))));
}

describe.skipIf(!HAS_OPENSSL)('the plan of a renewal', () => {
  test.each<[ProfileName, readonly string[], readonly string[], readonly string[]]>([
    ['openbmc', ['CERTIFICATE_FOREIGN'], ['request', 'sign', 'install', 'prove'], ['none', 'none', 'none', 'none']],
    [
      'dell',
      ['CERTIFICATE_FOREIGN', 'TLS_VERSION_OLD'],
      ['request', 'sign', 'install', 'reset', 'prove', 'redfish'],
      ['none', 'none', 'none', 'bmc-dark', 'none', 'bmc-dark'],
    ],
    [
      'hpe',
      ['CERTIFICATE_FOREIGN', 'TLS_VERSION_OLD', 'TLS_VERSION_OLD'],
      ['request', 'sign', 'install', 'prove', 'redfish', 'redfish'],
      ['none', 'none', 'bmc-dark', 'none', 'bmc-dark', 'bmc-dark'],
    ],
  ])('on %s says what is wrong, and what it does to the BMC', async (profile, codes, acts, impacts) => {
    const here = await target(profile);
    const { plan, row } = await here.review();
    expect((await findingsOf(here, plan.findings)).map(({ code }) => code)).toEqual(codes);
    const operations = plan.sections.flatMap((section) => section.operations);
    expect(plan.sections.length).toBe(1);
    expect(operations.map(({ n }) => actOf(plan, n))).toEqual(acts);
    expect(operations.map(({ impact }) => impact)).toEqual(impacts);
    expect([row.effect, row.destroys]).toEqual(['destroy', ['sessions', 'volatile-logs', 'configuration']]);
  });

  test.each<[string, Json, string | null]>([
    ['takes what its registry lists', ['TLS 1.1 and Higher', 'TLS 1.2 Only', 'TLS 1.3 Only'], 'TLS 1.2 Only'],
    ['keeps TLS 1.3 where it can have both', ['TLS 1.2 Only', 'TLS 1.2 and Higher'], 'TLS 1.2 and Higher'],
    ['stays as it is where its registry lists nothing better', ['TLS 1.0 and Higher', 'TLS 1.1 and Higher'], null],
    ['stays as it is where its registry is none', 'what', null],
  ])('of an iDRAC that allows TLS 1.1 %s', async (_what, values, set) => {
    const here = await target('dell');
    const Value = isList(values) ? values.map((ValueName) => ({ ValueName })) : values;
    const listing = (connection: Connection): Connection => ({
      ...connection,
      async get(uri) {
        const answer = await connection.get(uri);
        const json = { RegistryEntries: { Attributes: [{ AttributeName: 'WebServer.1.TLSProtocol', Value }] } };
        return uri.endsWith('/ManagerAttributeRegistry.v1_0_0.json') ? { ...answer, json } : answer;
      },
    });
    const { row } = await plannedWith(here, { pem: authority.pem, ca: 'ca.pem' }, listing);
    const { sections } = readPlan(await here.objects.get(row.plan));
    const sent = sections.flatMap(({ operations }) => operations).flatMap(({ send }) => (send.kind === 'redfish' ? [send.body] : []));
    expect(sent).toEqual(set === null ? [] : [{ Attributes: { 'WebServer.1.TLSProtocol': set } }]);
  });

  test('on a BMC that offers no certificate to replace does nothing, and does not read as a success', async () => {
    const here = await target('small');
    const { plan } = await here.review();
    expect([plan.sections, (await findingsOf(here, plan.findings)).map(({ code }) => code)]).toEqual([[], ['CERTIFICATE_FOREIGN']]);
    expect(await lacking(here, { pem: authority.pem, ca: 'ca.pem' })).toBe('UNSUPPORTED');
  });

  test('of a site that names no authority reads and reports', async () => {
    expect(await lacking(await target('openbmc'), null)).toBe('NO_AUTHORITY');
  });

  test('of a target that has to hold under another authority is refused: it would shut itself off', async () => {
    const here = await target('openbmc');
    const other = { ...here.target, tls: { ca: 'other.pem', minimum: 'TLSv1.2', reason: null } } as const;
    expect(await codeOf(lacking({ ...here, target: other }, { pem: authority.pem, ca: 'ca.pem' }))).toBe('UNSUPPORTED');
    expect(await lacking({ ...here, target: other }, { pem: authority.pem, ca: 'other.pem' })).toBeNull();
  });

  test('after a renewal finds nothing but the pin that the inventory still names', async () => {
    await using here = await renewing({ profile: 'openbmc', authority });
    await here.goOn();
    const { plan } = await here.one.review();
    const found = await findingsOf(here.one, plan.findings);
    expect(found.map(({ code }) => code)).toEqual(['PIN_STALE']);
    expect(found[0]?.advice).toContain(await shown(here.one));
  });
});

/** What the plan lacks, for a site with this authority. */
async function lacking(here: OneTarget, site: Site | null): Promise<string | null> {
  return (await plannedWith(here, site)).unsupported;
}

interface Site {
  readonly pem: string;
  readonly ca: string;
}

function plannedWith(
  here: OneTarget,
  site: Site | null,
  saying: (connection: Connection) => Connection = (same) => same,
): Promise<Planned> {
  const { target, objects } = here;
  return here.withSeries((series) =>
    here.withConnection('read-only', async (connection) => {
      const terms = { kind: 'command', command: ['false'], ca: site?.ca ?? '', subject: SUBJECT } as const;
      const about = { step: CERTIFICATES, target, series, connection: saying(connection), objects, secret: secretsOf(target) };
      return planTarget({ ...about, authority: site === null ? null : { terms, pem: site.pem } });
    }),
  );
}
