import fc from 'fast-check';
import { appendFile, cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSeries } from '../../../lib/evidence/series.js';
import { verifyPath } from '../../../lib/evidence/verify/verify.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { codeOf } from '../../support/code-of.js';
import { answer, capturesOf, COLLECTOR, custodyOf, failure, headIn, optionsIn, sealing, SERIES, tempFolder } from './support.js';

const CUSTODY = `${SERIES}/open/custody.jsonl`;
const CAPTURES = `${SERIES}/open/captures.jsonl`;

/** A series as a writer leaves it that was killed: two groups of captures and an event between them. */
async function written(root: string): Promise<void> {
  const series = await openSeries(optionsIn(root));
  await Promise.all([series.stage(answer('/redfish/v1/A')), series.stage(failure('/redfish/v1/B')), series.stage(answer('/redfish/v1/C'))]);
  await series.commit();
  await series.record('finding.recorded', { code: 'UNKNOWN_ACCOUNT' });
  await Promise.all([series.stage(answer('/redfish/v1/D')), series.stage(answer('/redfish/v1/E'))]);
  await series.commit();
  await series.close();
}

/** What must hold after any crash: a bag that seals, and verifies, with just the captures that its chain adopted. */
async function sealsWhole(root: string): Promise<void> {
  const series = await openSeries(optionsIn(root));
  await series.seal(sealing({ final: true }));
  await series.close();
  const named = join(root, 'inc-1-rack1-bmc1-S00000001');
  await rename(join(root, SERIES, 'S00000001'), named);
  const report = await verifyPath(named, { certificates: [COLLECTOR.certificate], drill: false, now: new Date() });
  expect(report.refusals).toEqual([]);
}

test('whatever the last appends had reached the disk, the whole lines before them stand and the bag still seals', async () => {
  const root = await tempFolder(onTestFinished);
  const whole = join(root, 'whole');
  await written(whole);
  const before = await custodyOf(join(whole, SERIES, 'open'));
  const custody = await readFile(join(whole, CUSTODY));
  let run = 0;
  const kept = fc.integer({ min: 0, max: custody.length });
  await fc.assert(
    fc.asyncProperty(kept, fc.string(), async (bytes, garbage) => {
      const copy = join(root, String((run += 1)));
      await cp(whole, copy, { recursive: true });
      const open = join(copy, SERIES, 'open');
      await truncate(join(copy, CUSTODY), bytes);
      await appendFile(join(copy, CUSTODY), garbage.replaceAll('\n', ''));
      await appendFile(join(copy, CAPTURES), '{"id":6,"purpo');
      const series = await openSeries(optionsIn(copy));
      await series.close();

      const lines = custody.subarray(0, bytes).toString().split('\n').length - 1;
      const after = await custodyOf(open);
      // A log cut to nothing is begun anew, and its first line is not the one that was cut.
      expect(after.slice(1, lines)).toEqual(before.slice(1, lines));
      expect(after.slice(Math.max(1, lines)).map(({ type }) => type)).toEqual(['log.recovered']);
      const adopted = after.filter(({ type }) => type === 'capture.adopted').map(({ data }) => data['uri']);
      expect((await capturesOf(open)).map(({ uri }) => uri)).toEqual(adopted);
      await sealsWhole(copy);
      await rm(copy, { recursive: true });
    }),
    { numRuns: 15 },
  );
});

test('torn ends are kept aside byte for byte, and the log carries the digest of what lies there', async () => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  await appendFile(join(root, CUSTODY), '{"seq":8');
  await appendFile(join(root, CAPTURES), '{"id"');
  const series = await openSeries(optionsIn(root));
  await series.close();

  const aside = join(root, SERIES, 'aside/00000008');
  expect(await readFile(join(aside, 'open/custody.jsonl.tail'), 'utf8')).toBe('{"seq":8');
  expect(await readFile(join(aside, 'open/captures.jsonl.tail'), 'utf8')).toBe('{"id"');
  const list = `${sha256('{"id"')}  open/captures.jsonl.tail\n${sha256('{"seq":8')}  open/custody.jsonl.tail\n`;
  expect((await custodyOf(join(root, SERIES, 'open'))).at(-1)).toMatchObject({
    seq: 8,
    type: 'log.recovered',
    data: { aside: '00000008', files: 2, bytes: 13, sha256: sha256(list) },
  });
});

test('a recovery that was killed before it was recorded is finished by the next opening', async () => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  await mkdir(join(root, SERIES, 'aside/00000008/staging'), { recursive: true });
  await writeFile(join(root, SERIES, 'aside/00000008/staging/1.part'), 'first');
  await writeFile(join(root, SERIES, 'staging/2.part'), 'second');
  const series = await openSeries(optionsIn(root));
  await series.close();
  const lines = await custodyOf(join(root, SERIES, 'open'));
  expect(lines.slice(7)).toMatchObject([{ type: 'log.recovered', data: { aside: '00000008', files: 2, bytes: 11 } }]);
});

test('files that no line adopted, in the payload or beside it, are set aside', async () => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  const open = join(root, SERIES, 'open');
  await writeFile(join(open, 'data/00000006-F.json'), 'renamed, and then the power went');
  await writeFile(join(open, 'SEAL.json'), 'half');
  await mkdir(join(open, 'statements'));
  await writeFile(join(open, `statements/${sha256('x')}.json`), 'x');
  const series = await openSeries(optionsIn(root));
  expect((await custodyOf(open)).at(-1)).toMatchObject({ type: 'log.recovered', data: { files: 3 } });
  await series.close();
  await sealsWhole(root);
});

test.each([
  ['a changed line', CUSTODY, (text: string) => text.replace('UNKNOWN_ACCOUNT', 'UNKNOWN_ACCOUMT')],
  ['a removed line', CUSTODY, (text: string) => text.split('\n').toSpliced(3, 1).join('\n')],
  ['swapped lines', CUSTODY, (text: string) => text.replace(/^(.*\n)(.*\n)/, '$2$1')],
  ['a line that is no JSON', CUSTODY, (text: string) => `${text}\n`],
  ['a lost capture', CAPTURES, (text: string) => text.split('\n').slice(0, 4).join('\n')],
  ['a changed capture', CAPTURES, (text: string) => text.replace('/redfish/v1/D', '/redfish/v1/X')],
])('%s is no crash: the series is not opened and nothing is touched', async (_what, path, change) => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  const changed = change(await readFile(join(root, path), 'utf8'));
  await writeFile(join(root, path), changed);
  expect(await codeOf(openSeries(optionsIn(root)))).toBe('CHAIN_BROKEN');
  expect(await readFile(join(root, path), 'utf8')).toBe(changed);
});

test('a sealing that was not signed is undone, and the next one seals the same captures', async () => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  const folder = join(root, SERIES);
  const series = await openSeries(optionsIn(root, { collector: { privateKey: 'no key', fingerprint: COLLECTOR.fingerprint } }));
  expect(await codeOf(series.seal(sealing()))).toBe('SIGNING_FAILED');
  const { position } = series;
  await series.close();

  const reopened = await openSeries(optionsIn(root));
  const [recovered] = (await custodyOf(join(folder, 'open'))).slice(position.seq);
  expect(recovered).toMatchObject({ type: 'log.recovered', data: { files: 6 } });
  expect(await headIn(join(folder, 'open'), position)).toBe(position.head);
  expect(await reopened.seal(sealing({ atLeast: position }))).toMatchObject({ captures: 4, failed: 1 });
  await reopened.close();
});

test('a sealing that was signed and not named is finished, once', async () => {
  const root = await tempFolder(onTestFinished);
  await written(root);
  const folder = join(root, SERIES);
  const series = await openSeries(optionsIn(root));
  const ref = await series.seal(sealing());
  await series.close();
  // Back to the moment before the last rename.
  await rm(join(folder, 'open'), { recursive: true });
  await rename(join(folder, 'S00000001'), join(folder, 'S00000001.building'));

  const reopened = await openSeries(optionsIn(root));
  expect(reopened.lastSeal).toEqual(ref);
  expect(await reopened.seal(sealing())).toBeNull();
  await reopened.close();
});

test('two unsealed bags, a gap between seals or an unreadable seal are not guessed about', async () => {
  const root = await tempFolder(onTestFinished);
  const folder = join(root, SERIES);
  for (const uri of ['/redfish/v1/A', '/redfish/v1/B']) {
    const series = await openSeries(optionsIn(root));
    await series.stage(answer(uri));
    await series.seal(sealing());
    await series.close();
  }
  await mkdir(join(folder, 'S00000003.building'));
  expect(await codeOf(openSeries(optionsIn(root)))).toBe('LAYOUT');
  await rm(join(folder, 'S00000003.building'), { recursive: true });
  await rename(join(folder, 'S00000001'), join(folder, 'S00000009'));
  expect(await codeOf(openSeries(optionsIn(root)))).toBe('LAYOUT');
  await rename(join(folder, 'S00000009'), join(folder, 'S00000001'));
  await rm(join(folder, 'S00000002/SEAL.json'));
  await writeFile(join(folder, 'S00000002/SEAL.json'), '{}');
  expect(await codeOf(openSeries(optionsIn(root)))).toBe('LAYOUT');
});
