import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, afterEach, expect, test } from 'vitest';
import { addFiles, type AddOptions } from '../../../lib/evidence/add.js';
import { exportCase } from '../../../lib/evidence/export.js';
import { listKept } from '../../../lib/evidence/kept.js';
import { openSeries } from '../../../lib/evidence/series.js';
import { verifyPath } from '../../../lib/evidence/verify/verify.js';
import { id, time } from '../../../lib/model/json.js';
import { openTargetLocks } from '../../../lib/store/target-lock.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { codeOf } from '../../support/code-of.js';
import { answer, capturesOf, COLLECTOR, custodyOf, optionsIn, sealing, SERIES, tempFolder } from './support.js';

let zone = '';
let root = '';
const clean: (() => Promise<void>)[] = [];
beforeEach(async () => {
  zone = await tempFolder((one) => clean.push(one));
  root = join(zone, 'incidents/inc-1/evidence');
  await writeFile(join(zone, 'acl.txt'), 'deny any');
});
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

const BROUGHT = { by: id<'person'>('lena'), from: 'switch sw-1', takenAt: time(0), reason: 'set by hand' };

/** A series as a worker leaves it between two of its activities. */
async function begin(series: string = SERIES, seal?: { readonly final: boolean }): Promise<string> {
  const worker = await openSeries(optionsIn(root, { series: id(series) }));
  await worker.stage(answer('/redfish/v1'));
  await worker.commit();
  if (seal !== undefined) await worker.seal(sealing({ ...seal, heads: series === 'case' && seal.final ? [] : null }));
  await worker.close();
  return worker.folder;
}

function add(change: Partial<AddOptions> = {}) {
  const files = [join(zone, 'acl.txt')];
  const signal = new AbortController().signal;
  return addFiles({ zone, incident: id('inc-1'), series: id(SERIES), files, brought: BROUGHT, host: 'host-1', signal, ...change });
}

async function seal(final = true): Promise<void> {
  const worker = await openSeries(optionsIn(root));
  await worker.seal(sealing({ final }));
  await worker.close();
}

test('what a person brought is a capture, told of before it in the custody chain', async () => {
  const folder = await begin();
  expect(await add()).toEqual([{ file: join(zone, 'acl.txt'), sha256: sha256('deny any'), size: 8 }]);
  const [, capture] = await capturesOf(join(folder, 'open'));
  expect(capture).toMatchObject({
    id: 2,
    purpose: 'added',
    class: null,
    method: 'ADDED',
    uri: 'added:/acl.txt',
    httpStatus: null,
    peer: null,
    path: 'data/00000002-added-acl-txt.bin',
    sha256: sha256('deny any'),
  });
  const lines = (await custodyOf(join(folder, 'open'))).slice(-2);
  expect(lines).toMatchObject([
    { type: 'evidence.added', actor: 'desk:lena', data: { ...BROUGHT, sha256: sha256('deny any'), size: 8, name: 'acl.txt' } },
    { type: 'capture.adopted', data: { id: 2 } },
  ]);
  expect(await readFile(join(folder, 'open', capture?.path ?? ''), 'utf8')).toBe('deny any');
});

test('in a bag of its own or beside what the worker captured, the archive of the worker’s next seal verifies', async () => {
  await begin(SERIES, { final: false });
  const strange = join(zone, 'Zugänge "neu" %41.txt');
  await writeFile(strange, '');
  await add({ files: [strange, join(zone, 'acl.txt')] });
  await seal();
  const { archive } = await exportCase({ root, incident: id('inc-1'), out: join(zone, 'out') });
  const report = await verifyPath(archive, { certificates: [COLLECTOR.certificate], drill: false, now: new Date() });
  expect(report).toMatchObject({ refusals: [], incomplete: [{ error: 'CASE_ABSENT' }], items: 3, seals: 2 });
});

test('a series behind its final seal takes nothing more', async () => {
  const folder = await begin(SERIES, { final: true });
  expect(await codeOf(add())).toBe('SERIES_ENDED');
  expect(await capturesOf(join(folder, 'S00000001'))).toHaveLength(1);
});

test('only a series that a worker has begun is added to', async () => {
  expect(await codeOf(add())).toBe('NO_SERIES');
  await mkdir(join(root, SERIES), { recursive: true });
  expect(await codeOf(add())).toBe('NO_SERIES');
  await begin();
  expect(await codeOf(add({ incident: id('inc-2') }))).toBe('NO_SERIES');
});

test('a target’s lock is waited for, and the case’s is its own', async () => {
  await begin();
  await begin('case');
  const stop = AbortSignal.abort();
  const request = { target: id<'target'>(SERIES), work: 'capture', limitMs: 60_000, waitMs: 0, signal: new AbortController().signal };
  await openTargetLocks(join(zone, 'locks')).hold(request, async () => {
    expect(await codeOf(add({ signal: stop }))).toBe('SERIES_BUSY');
    expect(await add({ series: id('case') })).toHaveLength(1);
  });
  await openTargetLocks(join(zone, 'incidents/inc-1/locks')).hold({ ...request, target: id('case') }, async () => {
    expect(await codeOf(add({ series: id('case'), signal: stop }))).toBe('SERIES_BUSY');
    expect(await add()).toHaveLength(1);
  });
});

test('all files or none: a folder, one that is missing or too large leaves nothing', async () => {
  const folder = await begin();
  const before = await custodyOf(join(folder, 'open'));
  const good = join(zone, 'acl.txt');
  for (const bad of [zone, join(zone, 'missing')]) expect(await codeOf(add({ files: [good, bad] }))).toBe('FILE_UNUSABLE');
  expect(await codeOf(add({ files: [good], largest: 7 }))).toBe('FILE_UNUSABLE');
  const sparse = join(zone, 'sparse');
  await writeFile(sparse, '');
  await truncate(sparse, 2 * 1024 ** 3 + 1);
  expect(await codeOf(add({ files: [sparse] }))).toBe('FILE_UNUSABLE');
  expect(await custodyOf(join(folder, 'open'))).toEqual(before);
});

test('a large file costs one piece of memory', async () => {
  await begin();
  const large = join(zone, 'flash.bin');
  await writeFile(large, '');
  await truncate(large, 200 * 1024 ** 2);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 5);
  await add({ files: [large] }).finally(() => {
    clearInterval(watch);
  });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(16 * 1024 ** 2);
});

test('what a person brought is no answer of the BMC and no work at it', async () => {
  const folder = await begin();
  const before = await listKept(folder);
  await add();
  expect(await listKept(folder)).toEqual(before);
});
