import { afterEach, describe, expect, test } from 'vitest';
import type { FaultName } from '../../drill/faults/faults.js';
import type { FleetOptions } from '../../drill/fleet.js';
import { id } from '../../lib/model/json.js';
import { readFinding } from '../../lib/trust/read-plan.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';

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
});
