import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exportCase } from '../../../../lib/evidence/export.js';
import { openSeries } from '../../../../lib/evidence/series.js';
import type { SealRef } from '../../../../lib/evidence/format.js';
import { verifyPath } from '../../../../lib/evidence/verify/verify.js';
import type { Series } from '../../../../lib/evidence/types.js';
import { digest, id, time } from '../../../../lib/model/json.js';
import { aLaunch, signedAs } from '../../../support/a-launch.js';
import { collector } from './mutations/mutation.js';

const LAUNCH = await signedAs(aLaunch('inc-1'));

it('finds what the writer wrote and exported valid, and incomplete where a capture failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-written-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const root = join(folder, 'evidence');
  const first = await seal(root, 'bmc-1', '/redfish/v1/Systems');
  const second = await seal(root, 'bmc-1', '/redfish/v1/Managers');
  const other = await seal(root, 'bmc-2', '/redfish/v1/Syst\u00e8mes\u{1f512}', true);
  const heads = [second, other].filter((ref) => ref !== null);
  const series = await open(root, 'case');
  await series.keepStatement(LAUNCH.digest, LAUNCH.signed, {});
  await series.record('incident.ended', { state: 'ended' });
  await series.seal({ final: true, heads, atLeast: null });
  await series.close();
  expect(first).not.toBeNull();

  const { archive, items } = await exportCase({ root, incident: id('inc-1'), out: join(folder, 'out') });
  const report = await verifyPath(archive, { certificates: [collector.certificate], drill: false, now: new Date() });
  expect(report.refusals).toEqual([]);
  expect(report).toMatchObject({ verdict: 'VALID-INCOMPLETE', series: ['bmc-1', 'bmc-2', 'case'], seals: 4, items });
  expect(report.incomplete).toEqual([
    { where: 'inc-1-bmc-2-S00000001.tar: captures.jsonl id 3', uri: '/redfish/v1/Slow', error: 'TIMEOUT' },
  ]);
});

async function seal(root: string, name: string, uri: string, fails = false): Promise<SealRef | null> {
  const series = await open(root, name);
  const at = { startedAt: time(Date.now()), endedAt: time(Date.now()) };
  const peer = digest<'spki'>('b'.repeat(64));
  const answer = { uri, answeredBy: uri, status: 200, headers: {}, body: Buffer.from('{}'), json: {}, peer, ...at };
  await series.stage({ purpose: 'capture', class: null, answer });
  const uriOfCertificate = 'tls:/certificate/0';
  const certificate = { ...answer, uri: uriOfCertificate, answeredBy: uriOfCertificate, status: null, json: null };
  await series.stage({ purpose: 'witness', class: null, answer: certificate });
  if (fails)
    await series.stage({ purpose: 'capture', class: null, failure: { uri: '/redfish/v1/Slow', code: 'TIMEOUT', peer: null, ...at } });
  await series.commit();
  await series.markComplete(['sessions']);
  const sealed = await series.seal({ final: false, heads: null, atLeast: null });
  await series.close();
  return sealed;
}

function open(root: string, series: string): Promise<Series> {
  return openSeries({
    root,
    incident: id('inc-1'),
    series: id(series),
    launch: LAUNCH.digest,
    drill: false,
    actor: 'worker:zone-a',
    host: 'ops-1',
    collector,
  });
}
