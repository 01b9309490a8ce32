import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import type { Staged } from '../../../lib/evidence/types.js';
import { verifyPath } from '../../../lib/evidence/verify/verify.js';
import { id } from '../../../lib/model/json.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { answer, AT, capturesOf, COLLECTOR, optionsIn, sealing, SERIES, tempFolder } from './support.js';

const URI = '/ahsdata/HPE_1.ahs?downloadAll=1';

/** A file of a BMC whose chunks come from a generator. */
function file(chunks: AsyncIterable<Uint8Array>): Staged {
  return {
    purpose: 'dump',
    class: 'dumps',
    file: { uri: URI, status: 200, headers: { etag: '"1"' }, startedAt: AT, peer: sha256('peer'), chunks },
  };
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

test('a file is hashed as it comes, has one line like any other capture, and its archive verifies', async () => {
  const root = await tempFolder(onTestFinished);
  const series = await openSeries(optionsIn(root));
  const [hash] = await Promise.all([series.stage(file(pieces('one', 'two', ''))), series.stage(answer('/redfish/v1'))]);
  await series.markComplete(['dumps']);
  await series.seal(sealing({ final: true }));
  await series.close();
  expect(hash).toBe(sha256('onetwo'));
  const bag = join(root, SERIES, 'S00000001');
  const [line] = await capturesOf(bag);
  expect(line).toMatchObject({
    id: 1,
    purpose: 'dump',
    class: 'dumps',
    uri: URI,
    answeredBy: URI,
    size: 6,
    sha256: hash,
    headers: { etag: '"1"' },
  });
  expect(line?.path).toMatch(/^data\/00000001-[\w-]+\.bin$/);
  expect(await readFile(join(bag, line?.path ?? ''), 'utf8')).toBe('onetwo');
  const { archive } = await exportCase({ root, incident: id('inc-1'), out: join(root, 'out') });
  const report = await verifyPath(archive, { certificates: [COLLECTOR.certificate], drill: false, now: new Date() });
  expect(report).toMatchObject({ refusals: [], incomplete: [{ error: 'CASE_ABSENT' }], items: 2 });
});

test('a file that breaks off is none: its error comes out as it is, and the others of its group are kept', async () => {
  const root = await tempFolder(onTestFinished);
  const series = await openSeries(optionsIn(root));
  async function* torn(): AsyncGenerator<Uint8Array> {
    yield* pieces('half');
    throw new RedfishError('DROPPED', 'torn', { uri: URI, sent: true });
  }
  const error = expect(series.stage(file(torn()))).rejects.toMatchObject({ name: 'RedfishError', code: 'DROPPED' });
  await Promise.all([error, series.stage(answer('/redfish/v1'))]);
  await series.commit();
  expect((await capturesOf(join(root, SERIES, 'open'))).map(({ uri }) => uri)).toEqual(['/redfish/v1']);
  expect(await readdir(join(root, SERIES, 'staging'))).toEqual([]);
  await series.close();
});

test('what a writer had of a file when it died is set aside and never evidence', async () => {
  const root = await tempFolder(onTestFinished);
  const dying = await openSeries(optionsIn(root));
  let asked = (): void => undefined;
  const second = new Promise<void>((resolve) => {
    asked = resolve;
  });
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield* pieces('half');
    asked();
    await new Promise(() => undefined);
  }
  void dying.stage(file(endless()));
  // The first piece is on disk when the second is asked for.
  await second;
  const next = await openSeries(optionsIn(root));
  await next.seal(sealing());
  await next.close();
  expect(await capturesOf(join(root, SERIES, 'S00000001'))).toEqual([]);
  const aside = join(root, SERIES, 'aside');
  const torn = (await readdir(aside, { recursive: true })).find((path) => path.endsWith('.part')) ?? '';
  expect((await stat(join(aside, torn))).size).toBe(4);
});
