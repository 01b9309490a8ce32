import { afterEach, describe, expect, test } from 'vitest';
import type { FaultName } from '../../drill/faults/faults.js';
import type { FleetOptions } from '../../drill/fleet.js';
import { id } from '../../lib/model/json.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import { openCredentials } from '../../lib/store/credentials.js';
import { readFinding } from '../../lib/trust/read-plan.js';
import { onDisk } from '../support/on-disk.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';

const ROTATE = id<'step'>('rotate');
const REF = 'vault://file/snmp-rack-1';
const ATTRIBUTES = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
const PROTOCOL = '/redfish/v1/Managers/iDRAC.Embedded.1/NetworkProtocol';
let one: OneTarget;
afterEach(() => one.close());

const used = (target: RedfishTarget): RedfishTarget => ({
  ...target,
  allow: { ...target.allow, snmp: { secret: REF, usedBy: 'rack monitor' } },
});

/** Everything up to the approved gate. */
async function begun(profile: FleetOptions['profile'], listed = (target: RedfishTarget) => target, fault: FaultName | null = null) {
  one = await oneTarget({ profile: profile ?? 'dell', compromise: false, pace: { startMs: 100, lateMs: 100 } }, POLICY, ROTATE, { listed });
  if (fault !== null) await one.fleet.fault(one.bmc.id, fault);
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  const findings = await Promise.all(planned.plan.findings.map(async (digest) => readFinding(await one.objects.get(digest))));
  // After it a token is tried.
  const last = planned.plan.sections.at(-2);
  return { ...planned, gate, codes: findings.map(({ code }) => code), last };
}

/** The operations of the last section, and those that end it, as the workflow drives them. */
async function carryOut({ last, row, gate }: Awaited<ReturnType<typeof begun>>): Promise<string[]> {
  const ends: string[] = [];
  for (const { n } of [...(last?.operations ?? []), ...(last?.always ?? [])]) {
    const outcome = await one.attempt(row, gate, n);
    ends.push('code' in outcome ? outcome.code : outcome.is);
  }
  return ends;
}

async function settingOf(uri: string, ...path: readonly string[]): Promise<unknown> {
  return one.withConnection('read-only', async (connection) =>
    path.reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined),
      (await connection.get(uri)).json,
    ),
  );
}

const community = (): Promise<unknown> => settingOf(ATTRIBUTES, 'Attributes', 'SNMP.1.AgentCommunity');
const current = async (): Promise<string> => (await one.secrets.stores.read(REF)).password.reveal();

describe('a community that the inventory lists', () => {
  test('is replaced by one of the vault, seen in its setting, and stands in no plan and no evidence', async () => {
    const ready = await begun('dell', used);
    expect([ready.codes, ready.plan.sections.length]).toEqual([[], 4]);
    expect(await carryOut(ready)).toEqual(['done', 'done', 'done', 'already']);
    const text = await current();
    expect([text.length, await community()]).toEqual([20, text]);
    expect(await settingOf(PROTOCOL, 'SNMP', 'ProtocolEnabled')).toBe(true);
    const kept = await onDisk(one.ground.state);
    expect(kept.some((bytes) => bytes.includes('"SNMP.1.AgentCommunity":"public"'))).toBe(true);
    expect(kept.filter((bytes) => bytes.includes(text))).toEqual([]);
    expect(await openCredentials(one.layout.credentials).read(one.target.id)).toMatchObject({ uses: null, rotations: [], account: null });
  });

  test('is replaced under a set lock, which is set again', async () => {
    expect(await carryOut(await begun('dell', used, 'lockdown-on'))).toEqual(['done', 'done', 'done', 'done', 'already', 'done']);
    expect(await community()).toBe(await current());
    expect(await settingOf(ATTRIBUTES, 'Attributes', 'Lockdown.1.SystemLockdown')).toBe('Enabled');
  });

  test('is seen to be set though the answer was lost, and sent once', async () => {
    const ready = await begun('dell', used);
    const { wire } = one.fleet;
    const hold = one.fleet.hold(one.bmc.id, { method: 'PATCH', uri: ATTRIBUTES }, 'after');
    const lost = hold.reached.then(() => hold.drop());
    expect(await carryOut(ready)).toEqual(['done', 'done', 'done', 'already']);
    await lost;
    expect(await community()).toBe(await current());
    expect(wire.entries.filter(({ method, uri }) => method === 'PATCH' && uri === ATTRIBUTES)).toHaveLength(1);
  });

  test('that the BMC does not take stays current, and the new one is set aside', async () => {
    const ready = await begun('dell', used, 'ignores-patch');
    const [create, set] = ready.last?.operations ?? [];
    const [setAside] = ready.last?.always ?? [];
    expect((await one.attempt(ready.row, ready.gate, create?.n)).is).toBe('done');
    const looks: unknown[] = [];
    for (let n = 0; n < 10; n++) {
      const end = await one.attempt(ready.row, ready.gate, set?.n).catch((error: unknown) => error);
      looks.push(typeof end === 'object' && end !== null && 'code' in end ? end.code : end);
    }
    expect(looks.at(-1)).toBe('NOT_APPLIED');
    expect((await one.attempt(ready.row, ready.gate, setAside?.n)).is).toBe('done');
    const vault = one.secrets.stores.vaultOf(REF);
    expect([await vault.pending(REF), await community()]).toEqual([null, 'public']);
  });

  test('on a BMC that no way is known for stays, and the step does not read as a success', async () => {
    const { codes, unsupported } = await begun('hpe', used);
    expect([codes, unsupported]).toEqual([['SECRET_STAYS'], 'SECRET_STAYS']);
  });

  test('says nothing of keys of SNMPv3 that nobody can read back: those stay, and the step does not read as a success', async () => {
    one = await oneTarget({ profile: 'dell', compromise: false }, POLICY, ROTATE, { listed: used });
    const body = { Attributes: { 'Users.4.EnableSNMPv3Passphrase': 'Enabled' } };
    await one.withConnection('read-write', (connection) =>
      connection.send({ method: 'PATCH', uri: ATTRIBUTES, body, ifMatch: null, limitMs: 10_000 }),
    );
    const { plan, unsupported } = await one.review();
    expect([plan.findings.length, plan.sections.length, unsupported]).toEqual([1, 4, 'SECRET_STAYS']);
  });
});

describe('SNMP that nobody is listed to use', () => {
  test.each(['dell', 'lenovo'] as const)('is turned off on %s, also under a lock, and no release turns it on again', async (profile) => {
    const ready = await begun(profile, undefined, 'lockdown-on');
    const ends = await carryOut(ready);
    expect([ready.codes, new Set(ends)]).toEqual([[], new Set(['done'])]);
    const set = ready.last?.operations.find(({ send }) => send.kind === 'redfish' && send.uri.endsWith('/NetworkProtocol'));
    expect(set?.undo).toBeNull();
    expect(await settingOf(set?.after[0]?.uri ?? '', 'SNMP', 'ProtocolEnabled')).toBe(false);
  });

  test('that cannot be turned off is told of, and the step does not read as a success', async () => {
    const { codes, unsupported } = await begun('hpe');
    expect([codes, unsupported]).toEqual([['SECRET_STAYS'], 'SECRET_STAYS']);
  });

  test('that does not run is left alone', async () => {
    const { codes, unsupported, plan } = await begun('supermicro');
    const lines = plan.sections.flatMap(({ operations }) => operations.map(({ line }) => line));
    expect([codes, unsupported, lines.filter((line) => line.includes('SNMP'))]).toEqual([[], null, []]);
  });
});
