import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../lib/model/incident.js';
import { shownKey } from '../../lib/redfish/shown-key.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../support/authority.js';
import { SUBJECT } from '../support/renewing.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

/** The shipped runbook `certificates` with the real engine and an authority of openssl: one BMC as it should be, one that loses every answer, one that hands over the key that it has. */
let scene: Scene;
let authority: Authority;
let ended: IncidentView;
const [WHOLE, LOST, REUSED] = ['bmc-0001', 'bmc-0002', 'bmc-0003'] as const;

beforeAll(async () => {
  if (!HAS_OPENSSL) return;
  authority = await makeAuthority('site CA');
  scene = await openScene({ profile: 'dell', targets: 3, compromise: false });
  await mkdir(join(scene.site, 'ca'), { recursive: true });
  await writeFile(join(scene.site, 'ca', 'site-ca.pem'), authority.pem);
  const certificateAuthority = { kind: 'command', command: [...authority.command], ca: 'site-ca.pem', subject: SUBJECT };
  await appendFile(join(scene.site, 'site.yaml'), `\n${stringify({ certificateAuthority })}`);
  const said = await scene.cofferdam('policy', 'sign', '--key', scene.keyOf('lena'));
  expect([said.exitCode, said.stderr]).toEqual([0, '']);
  await scene.fleet.fault(REUSED, 'certificate-key-reused');
  await scene.worker();
  await scene.open('certs-1', '--runbook', 'certificates');
  await scene.until('certs-1', (view) => openGate(view) !== undefined);
  // The answer to the certificate; the reset that comes next shows what it came to.
  const uri = '/redfish/v1/CertificateService/Actions/CertificateService.ReplaceCertificate';
  const hold = scene.fleet.hold(LOST, { method: 'POST', uri }, 'after');
  void hold.reached.then(() => hold.drop());
  await scene.decide('approve', 'certs-1', 'lena');
  await scene.until('certs-1', (view) => view.phases.some(({ step, parked }) => step === 'certificates' && parked === 1), 240_000);
  await scene.resolve('certs-1', 'certificates', 'skip', REUSED);
  ended = await scene.until('certs-1', (view) => view.state === 'ended');
}, 360_000);
afterAll(async () => {
  if (!HAS_OPENSSL) return;
  await scene.close();
  await authority.remove();
});

function bmc(target: string): Scene['fleet']['targets'][number] {
  return scene.fleet.target(target);
}

describe.skipIf(!HAS_OPENSSL)('a renewal with the engine', () => {
  it.each([WHOLE, LOST])('%s shows a key of its own making, under the authority of the site', async (target) => {
    const { address, pin } = bmc(target);
    const shown = await shownKey({ address, minimum: 'TLSv1.2', signal: new AbortController().signal });
    expect(shown === pin).toBe(false);
    expect(await authority.vouchesFor(address)).toBe(true);
    const record = await readFile(join(scene.state, 'zones', 'test', 'pins', `${target}.json`), 'utf8');
    expect(JSON.parse(record)).toMatchObject({ pin: shown, retired: [pin], renewal: null });
  });

  it('a BMC that hands over the key that it has parks, and goes on with what it had', () => {
    expect(bmc(REUSED).servedPin()).toBe(bmc(REUSED).pin);
    const renewed = ended.phases.find(({ step }) => step === 'certificates');
    expect(renewed?.settled.map(({ verdict, targets }) => [verdict.is, targets.length]).sort()).toEqual([
      ['done', 2],
      ['skipped', 1],
    ]);
  });

  it('asked each BMC for one key, and sent each certificate once', () => {
    const asked = (end: string): readonly string[] =>
      scene.fleet.wire.entries.flatMap(({ method, uri, target }) => (method === 'POST' && uri.endsWith(end) ? [target] : [])).sort();
    expect([asked('.GenerateCSR'), asked('.ReplaceCertificate'), asked('/Manager.Reset')]).toEqual([
      [WHOLE, LOST, REUSED],
      [WHOLE, LOST],
      [WHOLE, LOST],
    ]);
  });

  it('a later incident logs in, though the inventory still names the old key', async () => {
    await scene.open('certs-2', '--runbook', 'certificates');
    await scene.until('certs-2', (view) => openGate(view) !== undefined);
    await scene.decide('deny', 'certs-2', 'lena');
    const view = await scene.until('certs-2', ({ state }) => state === 'ended');
    const triage = view.phases.find(({ step }) => step === 'triage');
    expect(triage?.settled.map(({ verdict, targets }) => [verdict.is, targets.length])).toEqual([['done', 3]]);
  });
});
