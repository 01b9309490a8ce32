import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { listKept, readKept } from '../../../lib/evidence/kept.js';
import { openSeries } from '../../../lib/evidence/series.js';
import { time } from '../../../lib/model/json.js';
import { answer, failure, optionsIn, sealing, tempFolder } from './support.js';

const clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

const minute = (n: number) => ({ startedAt: time(n * 60_000), endedAt: time(n * 60_000 + 1000) });

test('the newest whole answer of each URI is listed, over sealed bags and the open one, and when we were at work', async () => {
  const root = await tempFolder((one) => clean.push(one));
  const series = await openSeries(optionsIn(root));
  await series.stage(answer('/redfish/v1/a', 'old', minute(0)));
  await series.stage(answer('/redfish/v1/b', 'b', minute(1)));
  await series.seal(sealing());
  await series.stage(answer('/redfish/v1/a', 'new', minute(10)));
  await series.stage(failure('/redfish/v1/b'));
  await series.stage(answer('/redfish/v1/gone', '', { ...minute(10), status: 404 }));
  await series.commit();
  await series.stage(answer('/redfish/v1/staged', 'not yet evidence', minute(11)));
  const { captures, work } = await listKept(series.folder);
  const bodies = await Promise.all(captures.map(async (one) => [one.uri, one.status, (await readKept(one)).toString()]));
  expect(bodies).toEqual([
    ['/redfish/v1/b', 200, 'b'],
    ['/redfish/v1/a', 200, 'new'],
    ['/redfish/v1/gone', 404, ''],
  ]);
  const ours = work.filter(({ from }) => from < 24 * 3_600_000);
  expect(ours).toEqual([
    { from: 0, to: 61_000 },
    { from: 600_000, to: 601_000 },
  ]);
  await series.close();
});

test('what was changed on disk is told, and not read', async () => {
  const root = await tempFolder((one) => clean.push(one));
  const series = await openSeries(optionsIn(root));
  await series.stage(answer('/redfish/v1/a', 'as captured'));
  await series.seal(sealing());
  const [kept] = (await listKept(series.folder)).captures;
  if (kept === undefined) throw new Error('nothing was kept');
  await writeFile(kept.file, 'changed');
  await expect(readKept(kept)).rejects.toMatchObject({ code: 'PAYLOAD_CHANGED' });
  await writeFile(join(series.folder, 'S00000001', 'custody.jsonl'), '');
  await expect(listKept(series.folder)).rejects.toMatchObject({ code: 'CHAIN_BROKEN' });
  await series.close();
});

test('a series without anything keeps nothing', async () => {
  const root = await tempFolder((one) => clean.push(one));
  const series = await openSeries(optionsIn(root));
  expect(await listKept(series.folder)).toEqual({ captures: [], work: [] });
  await series.close();
});
