import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../cli/desk/failures.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { digest, id, time } from '../../lib/model/json.js';
import type { Trust } from '../../lib/model/statement.js';
import { signStatement, statementDigest } from '../../lib/trust/statement.js';
import { incidentWorkflowId, statementUpdate } from '../../workflows/messages.js';
import { CERTIFICATE_URI } from '../../lib/evidence/format.js';
import { readCaptureLine, readSeal } from '../../lib/evidence/verify/records.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

const [CHANGED, SWAPPED, UNPINNED, SKIPPED] = ['bmc-0001', 'bmc-0002', 'bmc-0003', 'bmc-0004'] as const;
const INCIDENT = 'locked';

let scene: Scene;
let parked: IncidentView;

beforeAll(async () => {
  scene = await openScene({ targets: 4, profile: 'small' }, undefined, (target) =>
    target.id === UNPINNED ? { ...target, pin: null } : target,
  );
  await scene.fleet.fault(CHANGED, 'unauthorized');
  await scene.fleet.fault(SKIPPED, 'unauthorized');
  await scene.fleet.fault(SWAPPED, 'wrong-certificate');
  await scene.worker();
  await scene.open(INCIDENT);
  parked = await scene.until(INCIDENT, (view) => view.parked.length === 4);
});
afterAll(() => scene.close());

const logins = (): number[] =>
  [CHANGED, SWAPPED, UNPINNED, SKIPPED].map(
    (target) => scene.fleet.wire.entries.filter((entry) => entry.target === target && entry.method === 'POST').length,
  );

const stateOf = (view: IncidentView, target: string, step: string): string | undefined =>
  view.parked.find((one) => one.target === target && one.step === step)?.state.code;

/** What one seal of a target captured without a login, and of whom. */
async function sealOf(target: string, seal: number) {
  const bag = join(evidenceOf(target), `S${String(seal).padStart(8, '0')}`);
  const lines = (await readFile(join(bag, 'captures.jsonl'), 'utf8')).trim().split('\n').map(readCaptureLine);
  const witnessed = lines.filter((line) => line?.purpose === 'witness');
  return {
    classes: readSeal(await readFile(join(bag, 'SEAL.json'), 'utf8'))?.classes,
    uris: witnessed.flatMap((line) => line?.uri ?? []),
    peers: [...new Set(witnessed.map((line) => line?.peer))],
    certificates: witnessed.filter((line) => line?.method === 'TLS' && CERTIFICATE_URI.test(line.uri)).length,
  };
}

function evidenceOf(target: string): string {
  return join(scene.state, 'zones', 'test', 'incidents', INCIDENT, 'evidence', target);
}

async function seenKey(target: string): Promise<string> {
  return (await sealOf(target, 1)).peers[0] ?? '';
}

const trust = (person: string, pin: string, target: string = SWAPPED) =>
  scene.cofferdam(
    ...['target', 'trust', INCIDENT, target, '--pin', pin, '--yes', '--reason', 'test', '--as', person, '--key', scene.keyOf(person)],
  );

describe('a BMC that is closed to us at the start', () => {
  it('parks with what closed it, and the secret went at most once, and never to a key that nobody vouches for', () => {
    expect(parked.parked.map(({ target, step, state }) => [target, step, state.code]).sort()).toEqual([
      [CHANGED, 'triage', 'LOGIN_REFUSED'],
      [SWAPPED, 'triage', 'PIN_MISMATCH'],
      [UNPINNED, 'triage', 'NO_TRUST'],
      [SKIPPED, 'triage', 'LOGIN_REFUSED'],
    ]);
    expect(logins()).toEqual([1, 0, 0, 1]);
  });

  it('has what needs no login sealed, with its certificate, marked with the key that answered, and completing no class', async () => {
    for (const target of [CHANGED, SWAPPED, UNPINNED]) {
      const { classes, uris, peers, certificates } = await sealOf(target, 1);
      expect(uris).toEqual(expect.arrayContaining(['tls:/certificate/0', '/redfish/v1', '/redfish', '/redfish/v1/odata']));
      expect([classes, peers.length, certificates]).toEqual([[], 1, 1]);
    }
    const pins = scene.fleet.targets.map(({ pin }) => pin);
    expect(await Promise.all([CHANGED, SWAPPED, UNPINNED].map(seenKey))).toEqual([
      pins[0],
      expect.not.stringContaining(pins[1] ?? ''),
      pins[2],
    ]);
  });

  it('is sent nothing more by a later phase or another worker', async () => {
    for (const worker of scene.workers()) await worker.kill();
    await scene.worker();
    await scene.resolve(INCIDENT, 'triage', 'skip', SKIPPED);
    const view = await scene.until(INCIDENT, (next) => next.parked.filter(({ target }) => target === SKIPPED).length === 2);
    expect([stateOf(view, SKIPPED, 'capture'), stateOf(view, SKIPPED, 'review-logs')]).toEqual(['SECRET_BURNED', 'SECRET_BURNED']);
    const inspected = await scene.cofferdam('target', 'inspect', SKIPPED);
    expect([inspected.exitCode, inspected.stderr]).toEqual([3, expect.stringContaining('SECRET_BURNED')]);
    expect(logins()).toEqual([1, 0, 0, 1]);
  });

  it('is sent one more secret by a signed retry, and none by one that leaves the key as it is', async () => {
    await scene.resolve(INCIDENT, 'triage', 'retry', CHANGED, UNPINNED);
    await scene.until(INCIDENT, (view) => view.parked.filter(({ step, retry }) => step === 'triage' && retry === 1).length === 2);
    expect(logins()).toEqual([2, 0, 0, 1]);
  });

  it('goes on to done once its password is mended and a retry is signed', async () => {
    await scene.fleet.fault(CHANGED, null);
    await scene.resolve(INCIDENT, 'triage', 'retry', CHANGED);
    await approveAll();
    await scene.until(INCIDENT, (view) => isDone(view, CHANGED));
  });
});

describe('a BMC whose certificate was swapped', () => {
  it('is not trusted by the requester', async () => {
    expect((await trust('dana', await seenKey(SWAPPED))).exitCode).toBe(4);
  });

  it('goes on to done under the key that a lead vouched for', async () => {
    const pin = await seenKey(SWAPPED);
    const trusted = await trust('lena', pin);
    expect([trusted.exitCode, trusted.stderr]).toEqual([0, expect.stringContaining(pin)]);
    expect((await scene.view(INCIDENT)).trusted).toMatchObject([{ target: SWAPPED, pin, by: 'lena' }]);
    expect(logins()[1]).toBe(0);
    await scene.resolve(INCIDENT, 'triage', 'retry', SWAPPED);
    await approveAll();
    await scene.until(INCIDENT, (view) => isDone(view, SWAPPED));
    expect(logins()[1]).toBeGreaterThan(0);
  });
});

describe('a statement that trusts a key', () => {
  it('does not count when it was signed from an old view of the keys, or by hand for another turn', async () => {
    const pin = await seenKey(SWAPPED);
    const listed = scene.fleet.targets[1]?.pin ?? null;
    // In force is `pin`, vouched for once; the first two were written as if it were not.
    expect(await sendTrust({ replaces: listed, turn: 1 })).toBe('WRONG_PIN');
    expect(await sendTrust({ replaces: digest(pin), turn: 0 })).toBe('WRONG_PIN');
    expect(await sendTrust({ replaces: digest(pin), turn: 7 })).toBe('WRONG_PIN');
    expect(await sendTrust({ replaces: digest(pin), turn: 1, target: id('bmc-0099') })).toBe('UNKNOWN_TARGET');
    expect((await scene.view(INCIDENT)).trusted).toHaveLength(1);
  });
});

/** Signs and delivers what an honest desk would not; returns the refusal's code. */
async function sendTrust(change: Pick<Trust, 'replaces' | 'turn'> & Partial<Trust>): Promise<unknown> {
  const { incident, launch } = await scene.view(INCIDENT);
  if (launch === null) throw new Error('the incident is not open');
  const [notBefore, notAfter] = [time(Date.now() - 1_000), time(Date.now() + 600_000)];
  const said = {
    type: 'cofferdam/statement',
    version: 1,
    incident,
    by: id<'person'>('lena'),
    reason: 'test',
    notBefore,
    notAfter,
  } as const;
  const statement: Trust = { ...said, verb: 'trust', launch, target: id(SWAPPED), pin: digest('0'.repeat(64)), ...change };
  const signed = await signStatement(statement, { privateKey: await readFile(scene.keyOf('lena'), 'utf8') });
  const handle = scene.client.workflow.getHandle(incidentWorkflowId(INCIDENT));
  try {
    await handle.executeUpdate(statementUpdate, { args: [signed], updateId: statementDigest(signed) });
    return 'counted';
  } catch (error) {
    return failureOf(error)?.type;
  }
}

describe('a BMC without a pin', () => {
  it('is enrolled without a secret', async () => {
    const [, , target] = scene.fleet.targets;
    const before = logins()[2];
    const seen = await scene.cofferdam('target', 'enroll', UNPINNED);
    expect([seen.exitCode, seen.stdout]).toEqual([0, expect.stringContaining(`pin: ${target?.pin ?? ''}`)]);
    expect(seen.stdout).toContain('NOT COMPARED');
    expect(logins()[2]).toBe(before);
  });

  it('goes on under a key that a lead vouched for; when that changes before the changes are carried out, they are not, and the new one is sealed', async () => {
    expect((await trust('luis', await seenKey(UNPINNED), UNPINNED)).exitCode).toBe(0);
    await scene.resolve(INCIDENT, 'triage', 'retry', UNPINNED);
    await scene.until(INCIDENT, (view) => openGate(view) !== undefined && settledDone(view, UNPINNED, 'capture'));
    const sent = logins()[2];
    await scene.fleet.fault(UNPINNED, 'wrong-certificate');
    await approveAll();
    const view = await scene.until(INCIDENT, (next) => stateOf(next, UNPINNED, 'review-access') !== undefined);
    expect([stateOf(view, UNPINNED, 'review-access'), logins()[2]]).toEqual(['PIN_MISMATCH', sent]);
    const seals = (await readdir(evidenceOf(UNPINNED))).filter((name) => /^S\d{8}$/.test(name)).length;
    const { peers } = await sealOf(UNPINNED, seals);
    expect([peers.length, peers.includes(scene.fleet.targets[2]?.pin)]).toEqual([1, false]);
  });
});

it('the whole case verifies, and says who vouched for what', async () => {
  for (let view = await scene.view(INCIDENT); view.parked.length > 0; view = await scene.view(INCIDENT)) {
    const step = view.parked[0]?.step ?? '';
    const targets = view.parked.filter((one) => one.step === step).map(({ target }) => target);
    expect((await scene.resolve(INCIDENT, step, 'abort', ...targets)).exitCode).toBe(0);
  }
  const ended = await scene.until(INCIDENT, (view) => view.state === 'ended');
  expect(ended.outcome).toBe('done-with-exceptions');
  const out = join(scene.folder, 'archive');
  expect((await scene.cofferdam('evidence', 'export', INCIDENT, '--out', out)).exitCode).toBe(0);
  const keys = join(scene.state, 'collector.asc');
  const verified = await scene.cofferdam('evidence', 'verify', join(out, INCIDENT), '--keys', keys, '--drill', '-o', 'json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'VALID', refusals: [] });
  const statements = await readdir(join(scene.state, 'zones', 'test', 'incidents', INCIDENT, 'statements'));
  expect(statements.length).toBeGreaterThan(4);
});

function isDone(view: IncidentView, target: string): boolean {
  return view.phases.every(({ step }) => settledDone(view, target, step));
}

function settledDone(view: IncidentView, target: string, step: string): boolean {
  const phase = view.phases.find((one) => one.step === step);
  return phase?.settled.some(({ verdict, targets }) => verdict.is === 'done' && targets.some((one) => one === target)) === true;
}

/** Approves whatever opens until the gates are quiet again. */
async function approveAll(): Promise<void> {
  const view = await scene.until(INCIDENT, (next) => openGate(next) !== undefined);
  expect((await scene.decide('approve', INCIDENT, 'lena', openGate(view)?.round)).exitCode).toBe(0);
}
