import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIpmi } from '../../lib/ipmi/connection.js';
import type { IncidentView } from '../../lib/model/incident.js';
import type { Login } from '../../lib/redfish/types.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { hasIpmi } from '../lib/ipmi/support.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

let scene: Scene;

/** How each target ended a step. */
function endsOf(view: IncidentView, step: string): Record<string, string> {
  const settled = view.phases.find((phase) => phase.step === step)?.settled ?? [];
  return Object.fromEntries(
    settled.flatMap(({ verdict, targets }) =>
      targets.map((target) => [target, 'code' in verdict ? `${verdict.is} ${verdict.code}` : verdict.is]),
    ),
  );
}

async function logsIn(address: string, credential: Login): Promise<boolean> {
  const connection = await openIpmi({ address, credential, signal: new AbortController().signal });
  return connection
    .read([{ name: 'mc guid' }])
    .then(
      () => true,
      () => false,
    )
    .finally(() => connection.close());
}

describe.skipIf(!hasIpmi)('targets over IPMI, beside one over Redfish', () => {
  beforeAll(async () => {
    scene = await openScene({ targets: 1, profile: 'small', ipmi: 3 });
    // Somebody changed the password of the third.
    await new FileStore(join(scene.state, 'secrets')).write('ipmi-0003', { userName: 'irops', password: Secret.of('changed-meanwhile') });
    await scene.worker();
    await scene.open('old');
  });
  afterAll(() => scene.close());

  it('end done where reading was all, unsupported where something wants a change, and parked where the login was refused', async () => {
    const gate = await scene.until('old', (view) => openGate(view) !== undefined, 120_000);
    expect(openGate(gate)?.targets).toBe(1);
    expect(gate.parked.map(({ target, step, state }) => [target, step, state.code])).toEqual([['ipmi-0003', 'triage', 'LOGIN_REFUSED']]);
    await scene.decide('approve', 'old', 'lena');
    await scene.resolve('old', 'triage', 'abort', 'ipmi-0003');
    const view = await scene.until('old', ({ state }) => state === 'ended', 120_000);
    expect(view.outcome).toBe('done-with-exceptions');
    expect(view.parked).toEqual([]);
    const both = { 'bmc-0001': 'done', 'ipmi-0001': 'done', 'ipmi-0002': 'done', 'ipmi-0003': 'not-started' };
    expect(endsOf(view, 'triage')).toEqual(both);
    expect(endsOf(view, 'capture')).toEqual(both);
    expect(endsOf(view, 'review-access')).toEqual({ ...both, 'ipmi-0001': 'unsupported NO_CHANGES_OVER_IPMI' });
    expect((await scene.cofferdam('incident', 'show', 'old')).exitCode).toBe(1);
  }, 300_000);

  it('get a new password each by the runbook rotate, and no longer take the old one', async () => {
    await scene.open('new', '--runbook', 'rotate');
    await scene.until('new', (view) => openGate(view) !== undefined, 120_000);
    await scene.resolve('new', 'triage', 'abort', 'ipmi-0003');
    await scene.decide('approve', 'new', 'lena');
    const view = await scene.until('new', ({ state }) => state === 'ended', 120_000);
    expect(endsOf(view, 'rotate')).toEqual({ 'bmc-0001': 'done', 'ipmi-0001': 'done', 'ipmi-0002': 'done', 'ipmi-0003': 'not-started' });
    for (const { id, address, userName, password } of scene.ipmi.targets.slice(0, 2)) {
      const { credential } = await new FileStore(join(scene.state, 'secrets')).read(`vault://file/${id}`);
      expect([await logsIn(address, credential), await logsIn(address, { userName, password: Secret.of(password) })]).toEqual([
        true,
        false,
      ]);
    }
  }, 300_000);
});
