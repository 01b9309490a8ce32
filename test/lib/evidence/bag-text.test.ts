import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { AGENT } from '../../../lib/evidence/bag-text.js';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import { id } from '../../../lib/model/json.js';
import { answer, failure, optionsIn, sealing, SERIES, tempFolder } from './support.js';

test('bags name the version that package.json has', async () => {
  const text = await readFile(resolve(import.meta.dirname, '../../../package.json'), 'utf8');
  const { name, version } = z.object({ name: z.string(), version: z.string() }).parse(JSON.parse(text));
  expect(AGENT).toBe(`${name}/${version}`);
});

test('a drill says that it is one wherever somebody looks first', async () => {
  const folder = await tempFolder(onTestFinished);
  const root = join(folder, 'evidence');
  const series = await openSeries(optionsIn(root, { drill: true }));
  await series.seal(sealing({ final: true }));
  await series.close();
  const { archive } = await exportCase({ root, incident: id('inc-1'), out: join(folder, 'out') });
  const bag = join(root, SERIES, 'S00000001');
  const texts = await Promise.all([join(bag, 'VERIFY.txt'), join(archive, 'README.txt')].map((path) => readFile(path, 'utf8')));
  for (const text of texts) expect(text).toMatch(/^THIS IS A DRILL/);
  expect(await readFile(join(bag, 'bag-info.txt'), 'utf8')).toContain('\nDrill: yes\n');
  expect(await readFile(join(bag, 'SEAL.json'), 'utf8')).toContain('\n  "drill": true,\n');
});

test('a bag with a failed capture says that it is incomplete, and which seal it follows', async () => {
  const root = await tempFolder(onTestFinished);
  const series = await openSeries(optionsIn(root));
  await series.stage(answer('/redfish/v1/A', '{}'));
  const first = await series.seal(sealing());
  await series.stage(answer('/redfish/v1/B', '{ }'));
  await series.stage(failure('/redfish/v1/C'));
  await series.seal(sealing());
  await series.close();
  const infos = await Promise.all(['S00000001', 'S00000002'].map((bag) => readFile(join(root, SERIES, bag, 'bag-info.txt'), 'utf8')));
  expect(infos[0]).toMatch(/^Capture-Status: complete\n(.*\n)*Payload-Oxum: 2\.1\n$/m);
  expect(infos[1]).toContain('Capture-Status: incomplete (1 failed)\n');
  expect(infos[1]).toMatch(new RegExp(`\nPayload-Oxum: 3\\.1\nPrevious-Seal-SHA256: ${String(first?.tagmanifestSha256)}\n$`));
});
