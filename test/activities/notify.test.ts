import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createNotifyActivities } from '../../activities/notify.js';
import { withCase } from '../../activities/held.js';
import type { Zone } from '../../activities/zone.js';
import { readCaptureLine } from '../../lib/evidence/verify/records.js';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import { id, time, type Digest } from '../../lib/model/json.js';
import { noticeOf, type FreezeNoticeRef } from '../../lib/model/notice.js';
import { FREEZE_PURPOSE } from '../../lib/notify/freeze-notice.js';
import { loadSite } from '../../lib/site/load.js';
import { snapshotSite } from '../../lib/site/snapshot.js';
import { unarmorSignature } from '../../lib/trust/armor.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { requirePurpose, verifyDetached } from '../../lib/trust/verify.js';
import { aLaunch, signedAs } from '../support/a-launch.js';
import { startWebReceiver, type WebReceiver } from '../support/receivers.js';
import { makeSite, type SiteFixture } from '../support/site-fixture.js';
import { snapshotFor, tellingZone } from '../support/telling-zone.js';

const LAUNCH = await signedAs(aLaunch('inc-1'));
const CASE = { incident: id<'incident'>('inc-1'), launch: LAUNCH.digest, home: id<'zone'>('oob') };
const FREEZE = {
  case: CASE,
  targets: [id<'target'>('node1'), id<'target'>('node2')],
  by: [id<'person'>('lea')],
  requester: id<'person'>('rosa'),
  since: time(Date.UTC(2026, 0, 2, 3, 4, 5)),
};

const BODY = z.object({ signed: z.strictObject({ text: z.string(), signature: z.string() }) });

let made: SiteFixture;
let receiver: WebReceiver;
let zone: Zone;
beforeEach(async () => {
  receiver = await startWebReceiver((response) => response.end());
  made = await makeSite();
  zone = await tellingZone(
    made,
    `
notifications:
  - { id: pager, kind: webhook, url: ${receiver.url}, secret: vault://file/hmac }
  - { id: mute, kind: webhook, url: ${receiver.url}, secret: vault://file/not-there }
`,
  );
  await snapshotFor(zone, CASE.incident);
});
afterEach(async () => {
  await receiver.close();
  await made.remove();
});

function freeze(): Promise<FreezeNoticeRef> {
  return new MockActivityEnvironment().run(createNotifyActivities(zone).freezeNotice, FREEZE);
}

function tell(endpoint: string, document: Digest<'document'> | null): Promise<void> {
  const head = { incident: CASE.incident, seq: 1, event: 'freeze-notice', at: FREEZE.since } as const;
  const notice = noticeOf(head, { targets: 2, document });
  return new MockActivityEnvironment().run(createNotifyActivities(zone).notify, { case: CASE, notice, endpoint: id<'endpoint'>(endpoint) });
}

it('puts notice and extract with their signatures into the case, once, and the sealed case verifies', async () => {
  const first = await freeze();
  expect(await freeze()).toEqual(first);
  const signal = new AbortController().signal;
  await withCase(zone, CASE, 'seal', signal, async (series) => {
    await series.keepStatement(LAUNCH.digest, LAUNCH.signed, {});
    return series.seal({ final: true, heads: [], atLeast: null });
  });
  const folder = join(made.folder, 'inc-1-case-S00000001');
  await cp(join(zone.layout.incident(CASE.incident).evidence, 'case', 'S00000001'), folder, { recursive: true });
  const certificate = await readFile(made.collectorCertificate, 'utf8');
  expect(await verifyPath(folder, { certificates: [certificate], drill: false, now: new Date() })).toMatchObject({
    refusals: [],
    items: 4,
  });
  const lines = (await readFile(join(folder, 'captures.jsonl'), 'utf8')).trim().split('\n').map(readCaptureLine);
  expect(lines.map((line) => `${line?.method ?? ''} ${line?.uri ?? ''}`)).toEqual([
    'OWN cofferdam:/freeze-notice.txt',
    'OWN cofferdam:/freeze-notice.txt.asc',
    'OWN cofferdam:/freeze-extract.txt',
    'OWN cofferdam:/freeze-extract.txt.asc',
  ]);
  expect([lines[0]?.sha256, lines[2]?.sha256]).toEqual([first.notice, first.extract]);
});

it('sends the extract with the signature that the case holds', async () => {
  const { extract } = await freeze();
  await tell('pager', extract);
  const { text, signature } = BODY.parse(JSON.parse(receiver.posted[0]?.body ?? '')).signed;
  expect(sha256(text)).toBe(extract);
  const certificate = await readFile(made.collectorCertificate, 'utf8');
  const bytes = new TextEncoder().encode(text);
  requirePurpose(
    await verifyDetached({ bytes, signature: await unarmorSignature(signature), certificates: [certificate], at: new Date() }),
    FREEZE_PURPOSE,
  );
  expect(text).not.toMatch(/break-glass|monitoring|\.example/);
});

it.each([
  ['a key that is not there (yet)', 'mute', null, { type: 'SECRET_UNREADABLE', nonRetryable: false }],
  ['a document that is not there (yet)', 'pager', sha256<'document'>('other'), { type: 'DOCUMENT_MISSING', nonRetryable: false }],
  ['an endpoint that the incident does not know', 'other', null, { type: 'UNKNOWN_ENDPOINT', nonRetryable: true }],
])('fails for %s', async (_, endpoint, document, failure) => {
  await expect(tell(endpoint, document)).rejects.toMatchObject(failure);
  expect(receiver.posted).toEqual([]);
});

it('of an occurrence that was refused, tells whom the site of the signed schedule names, whatever the worker’s own site says by now', async () => {
  const incident = id<'incident'>('keys-2026-01-02');
  const notice = noticeOf({ incident, seq: 1, event: 'occurrence-refused', at: FREEZE.since }, { targets: 2 });
  const known = { ...CASE, incident };
  const ask = (endpoint: string): Promise<void> =>
    new MockActivityEnvironment().run(createNotifyActivities(zone).notify, { case: known, notice, endpoint: id<'endpoint'>(endpoint) });
  await expect(ask('pager')).rejects.toThrow();
  await snapshotSite(await loadSite(zone.siteDir), zone.layout.schedule(CASE.launch));
  const own = join(made.dir, 'site.yaml');
  await writeFile(own, (await readFile(own, 'utf8')).replaceAll(receiver.url, 'http://127.0.0.1:1/').replace('id: mute', 'id: new'));
  await ask('pager');
  await expect(ask('new')).rejects.toMatchObject({ type: 'UNKNOWN_ENDPOINT', nonRetryable: true });
  expect(receiver.posted.map(({ body }): unknown => JSON.parse(body))).toMatchObject([
    { event: 'occurrence-refused', incident, targets: 2 },
  ]);
});
