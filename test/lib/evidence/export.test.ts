import { chmod, mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import { id } from '../../../lib/model/json.js';
import { codeOf } from '../../support/code-of.js';
import { answer, optionsIn, sealing, SERIES, tempFolder } from './support.js';

const NAME = `inc-1-${SERIES}-S00000001`;
const BIG = 2 * 1024 * 1024 + 1;

/** A case with one sealed bag of two files, and an open bag. */
async function sealed(drill = false): Promise<{ root: string; bag: string; out: string; run: () => ReturnType<typeof exportCase> }> {
  const folder = await tempFolder(onTestFinished);
  const root = join(folder, 'evidence');
  const out = join(folder, 'out');
  const series = await openSeries(optionsIn(root, { drill }));
  await series.stage(answer('/redfish/v1/A', Buffer.alloc(BIG)));
  await series.stage(answer('/redfish/v1/B', 'true'));
  await series.seal(sealing());
  await series.stage(answer('/redfish/v1/Later'));
  await series.commit();
  await series.close();
  return { root, bag: join(root, SERIES, 'S00000001'), out, run: () => exportCase({ root, incident: id('inc-1'), out }) };
}

test('what is sealed is exported, one archive a seal, and what is not stays behind', async () => {
  const { out, run } = await sealed();
  expect(await run()).toEqual({ archive: join(out, 'inc-1'), series: 1, seals: 1, items: 2, bytes: BIG + 4 });
  expect(await readdir(out)).toEqual(['inc-1']);
  expect(await readdir(join(out, 'inc-1'))).toEqual(['README.txt', `${NAME}.tar`, `${NAME}.tar.sha256`]);
});

test('an existing case is never overwritten, not even an empty folder of its name', async () => {
  const { out, run } = await sealed();
  await mkdir(join(out, 'inc-1'), { recursive: true });
  expect(await codeOf(run())).toBe('OUT_EXISTS');
  expect(await readdir(join(out, 'inc-1'))).toEqual([]);
});

test.each([
  ['a changed byte', async (bag: string) => writeFile(join(bag, 'data/00000002-B.json'), 'lies')],
  ['a shorter file', async (bag: string) => truncate(join(bag, 'data/00000001-A.json'), BIG - 1)],
  ['a changed tag file', async (bag: string) => writeFile(join(bag, 'bag-info.txt'), 'Payload-Oxum: 0.0\n')],
  ['a removed file', async (bag: string) => rm(join(bag, 'data/00000002-B.json'))],
  ['an added file', async (bag: string) => writeFile(join(bag, 'data/extra.json'), '{}')],
  ['an added signature of another form', async (bag: string) => writeFile(join(bag, 'signatures/x.asc'), '')],
])('%s in a sealed bag is found, and nothing is exported', async (_what, change) => {
  const { bag, out, run } = await sealed();
  await chmod(join(bag, 'data/00000001-A.json'), 0o600);
  await chmod(join(bag, 'data/00000002-B.json'), 0o600);
  await chmod(join(bag, 'bag-info.txt'), 0o600);
  await change(bag);
  expect(await codeOf(run())).toBe('ARCHIVE_DIFFERS');
  expect(await readdir(out)).toEqual([]);
});

test('a case without a sealed bag, or with the bag of another incident, is not exported', async () => {
  const { root, bag, out, run } = await sealed();
  expect(await codeOf(exportCase({ root, incident: id('inc-2'), out }))).toBe('OTHER_SERIES');
  await rename(bag, join(root, 'elsewhere'));
  expect(await codeOf(run())).toBe('NOTHING_SEALED');
});
