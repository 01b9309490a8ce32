import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../lib/model/incident.js';
import { changes, openGate, openScene, type Scene } from '../support/scene.js';

const FAULTS = {
  'bmc-0001': 'down',
  'bmc-0002': 'dropping',
  'bmc-0003': 'wrong-certificate',
  'bmc-0004': 'out-of-sessions',
  'bmc-0005': 'unauthorized',
  'bmc-0006': 'slow',
} as const;

let scene: Scene;
let waiting: IncidentView;

beforeAll(async () => {
  scene = await openScene({ targets: 7, profile: 'small', slowMs: 200 });
  for (const [target, fault] of Object.entries(FAULTS)) await scene.fleet.fault(target, fault);
  await scene.worker();
  await scene.open('trouble');
  waiting = await scene.until('trouble', (view) => openGate(view) !== undefined && view.parked.length === 5, 180_000);
});
afterAll(() => scene.close());

function parkedCode(target: string): string | undefined {
  return waiting.parked.find((parked) => parked.target === target)?.state.code;
}

describe('BMCs in trouble', () => {
  it('park with what went wrong, while the others reach the gate', () => {
    expect(Object.keys(FAULTS).map(parkedCode)).toEqual([
      'UNREACHABLE',
      'DROPPED',
      'PIN_MISMATCH',
      'SESSION_LIMIT',
      'LOGIN_REFUSED',
      undefined,
    ]);
    const triaged = waiting.phases.find(({ step }) => step === 'triage')?.settled.flatMap(({ targets }) => targets) ?? [];
    expect([...triaged].sort()).toEqual(['bmc-0006', 'bmc-0007']);
  });

  it('are sent a refused password once, and one behind a strange key nothing but what any passer-by may ask', () => {
    const logins = (target: string) =>
      scene.fleet.wire.entries.filter((entry) => entry.target === target && entry.method === 'POST').length;
    expect(logins('bmc-0005')).toBe(1);
    const strange = scene.fleet.wire.entries.filter((entry) => entry.target === 'bmc-0003');
    expect(new Set(strange.map(({ method, user, body }) => JSON.stringify([method, user, body])))).toEqual(
      new Set([JSON.stringify(['GET', null, null])]),
    );
  });

  it('catch up in a sweep of their own once resolved, and the rest ends as was signed', async () => {
    await scene.decide('approve', 'trouble', 'lena');
    await scene.until('trouble', (view) => view.phases.find(({ step }) => step === 'review-access')?.state === 'done');
    await scene.fleet.fault('bmc-0001', null);
    await scene.resolve('trouble', 'triage', 'retry', 'bmc-0001');
    await scene.resolve('trouble', 'triage', 'abort', 'bmc-0002', 'bmc-0003', 'bmc-0004');
    await scene.fleet.fault('bmc-0005', null);
    await scene.resolve('trouble', 'triage', 'skip', 'bmc-0005');
    let view = await scene.view('trouble');
    while (view.state !== 'ended') {
      const gate = openGate(view);
      if (gate !== undefined) expect((await scene.decide('approve', 'trouble', 'lena', gate.round)).exitCode).toBe(0);
      const parked = view.parked[0];
      // Without a sealed triage nothing of bmc-0005 may be changed: the executor refuses, and a person gives it up.
      if (parked !== undefined) await scene.resolve('trouble', parked.step, 'abort', parked.target);
      view = await scene.until(
        'trouble',
        (next) => next.state === 'ended' || openGate(next) !== undefined || next.parked.length > 0,
        120_000,
      );
    }
    expect(view.outcome).toBe('done-with-exceptions');
    const review = view.phases.find(({ step }) => step === 'review-access');
    expect(review?.settled.find(({ verdict }) => verdict.is === 'done')?.targets).toEqual(
      expect.arrayContaining(['bmc-0001', 'bmc-0006', 'bmc-0007']),
    );
    expect(new Set(changes(scene.fleet)).size).toBe(changes(scene.fleet).length);
  }, 480_000);
});
