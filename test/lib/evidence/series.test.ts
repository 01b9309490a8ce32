import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { NO_CUSTODY, type SealRef } from '../../../lib/evidence/format.js';
import { openSeries } from '../../../lib/evidence/series.js';
import type { Series, SeriesOptions } from '../../../lib/evidence/types.js';
import { id } from '../../../lib/model/json.js';
import type { Statement } from '../../../lib/model/statement.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { aDecision, aLaunch, signedAs } from '../../support/a-launch.js';
import { codeOf } from '../../support/code-of.js';
import { answer, capturesOf, custodyOf, failure, headIn, optionsIn, sealing, SERIES, tempFolder } from './support.js';

interface Scene {
  readonly root: string;
  readonly folder: string;
  readonly open: string;
  readonly series: Series;
  /** Closes the series and opens it again. */
  readonly again: (changed?: Partial<SeriesOptions>) => Promise<Series>;
}

async function scene(): Promise<Scene> {
  const root = await tempFolder(onTestFinished);
  const folder = join(root, SERIES);
  let series = await openSeries(optionsIn(root));
  onTestFinished(() => series.close());
  const again = async (changed: Partial<SeriesOptions> = {}): Promise<Series> => {
    await series.close();
    series = await openSeries(optionsIn(root, changed));
    return series;
  };
  return { root, folder, open: join(folder, 'open'), series, again };
}

test('a group of captures is adopted in the order of staging, one capture line and one custody line each', async () => {
  const { open, series } = await scene();
  const body = Buffer.from('{ "not" :\r\n "reserialized" }\u0000');
  const digests = await Promise.all([
    series.stage(answer('/redfish/v1/Systems/1', body)),
    series.stage(failure('/redfish/v1/Chassis', 'DROPPED')),
    series.stage(answer('/redfish/v1/', 'gone', { json: null, status: 404 })),
  ]);
  const position = await series.commit();

  expect(digests).toEqual([sha256(body), null, sha256('gone')]);
  expect(await readFile(join(open, 'data/00000001-Systems-1.json'))).toEqual(body);
  expect(await readFile(join(open, 'data/00000003-root.bin'), 'utf8')).toBe('gone');
  expect(await capturesOf(open)).toMatchObject([
    {
      id: 1,
      status: 'complete',
      uri: '/redfish/v1/Systems/1',
      path: 'data/00000001-Systems-1.json',
      sha256: digests[0],
      size: body.length,
    },
    { id: 2, status: 'failed', uri: '/redfish/v1/Chassis', path: null, sha256: null, size: 0, error: 'DROPPED' },
    { id: 3, status: 'complete', uri: '/redfish/v1/', path: 'data/00000003-root.bin', httpStatus: 404 },
  ]);
  const custody = await custodyOf(open);
  expect(custody.map(({ seq, type, data }) => [seq, type, data['id']])).toEqual([
    [1, 'series.opened', undefined],
    [2, 'capture.adopted', 1],
    [3, 'capture.adopted', 2],
    [4, 'capture.adopted', 3],
  ]);
  expect(position).toEqual({ seq: 4, head: await headIn(open, { seq: 4 }) });
});

test('each custody line carries the digest of the line before, over the borders of bags and openings', async () => {
  const { open, folder, series, again } = await scene();
  await series.record('finding.recorded', { code: 'UNKNOWN_ACCOUNT', advice: 'müßig\u2028\u{1f512}' });
  const first = await series.seal(sealing());
  const reopened = await again();
  await reopened.record('phase.ended', { step: 'triage' });

  const lines = [...(await custodyOf(join(folder, 'S00000001'))), ...(await custodyOf(open))];
  expect(lines.map(({ type }) => type)).toEqual(['series.opened', 'finding.recorded', 'sealed', 'phase.ended']);
  expect(lines[1]?.data['advice']).toBe('müßig\u2028\u{1f512}');
  expect(lines[2]?.data).toEqual({ name: first?.name, tagmanifestSha256: first?.tagmanifestSha256 });
  const bags = [join(folder, 'S00000001'), join(folder, 'S00000001'), open, open];
  const heads = await Promise.all(bags.map((bag, index) => headIn(bag, { seq: index + 1 })));
  expect(lines.map(({ prev }) => prev)).toEqual([NO_CUSTODY, ...heads.slice(0, -1)]);
});

test('appends from many places at once come out as one chain', async () => {
  const { open, series } = await scene();
  const positions = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      await series.stage(answer(`/redfish/v1/${String(index)}`));
      return index % 2 === 0 ? series.commit() : series.record('target.parked', { index });
    }),
  );
  await series.commit();
  const lines = await custodyOf(open);
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
  for (const { seq, head } of positions) expect(await headIn(open, { seq })).toBe(head);
});

test('what was staged and not committed is no evidence: the next opening sets it aside and says so', async () => {
  const { folder, open, series, again } = await scene();
  await series.stage(answer('/redfish/v1/Systems'));
  await series.commit();
  await series.stage(answer('/redfish/v1/Managers', 'lost'));
  const reopened = await again();

  const [, , recovered] = await custodyOf(open);
  expect(recovered).toMatchObject({ seq: 3, type: 'log.recovered', data: { aside: '00000003', files: 1, bytes: 4 } });
  expect(recovered?.data['sha256']).toBe(sha256(`${sha256('lost')}  staging/2.part\n`));
  expect(await readFile(join(folder, 'aside/00000003/staging/2.part'), 'utf8')).toBe('lost');
  await reopened.stage(answer('/redfish/v1/Managers'));
  await reopened.commit();
  expect((await capturesOf(open)).map(({ id: number, uri }) => [number, uri])).toEqual([
    [1, '/redfish/v1/Systems'],
    [2, '/redfish/v1/Managers'],
  ]);
});

test('an opening after a clean close records nothing', async () => {
  const { series, again } = await scene();
  await series.stage(answer('/redfish/v1/Systems'));
  const position = await series.commit();
  expect((await again()).position).toEqual(position);
});

test('headers that are not on the list never reach the disk', async () => {
  const { folder, series } = await scene();
  const headers = { etag: 'W/"1"', 'set-cookie': 'canary-4711', 'x-auth-token': 'canary-4711' };
  await series.stage(answer('/redfish/v1/Systems', '{}', { headers }));
  await series.seal(sealing());
  const text = await readFile(join(folder, 'S00000001/captures.jsonl'), 'utf8');
  expect(text).not.toContain('canary-4711');
  expect((await capturesOf(join(folder, 'S00000001')))[0]?.headers).toEqual({ etag: 'W/"1"' });
});

test.each([
  ['/redfish/v1/Systems/1/LogServices/../../../../etc/passwd', '00000001-Systems-1-LogServices-etc-passwd.json'],
  ['/redfish/v1/Managers/CON', '00000001-Managers-CON.json'],
  ['/redfish/v1/é/😀', '00000001-root.json'],
  [`/redfish/v1/${'a'.repeat(400)}`, `00000001-${'a'.repeat(48)}.json`],
  ['/redfish/v1/X?$skip=50&x=%0a', '00000001-X-skip-50-x-0a.json'],
])('the name of the file for %s is harmless', async (uri, name) => {
  const { open, series } = await scene();
  await series.stage(answer(uri));
  await series.commit();
  expect(await readdir(join(open, 'data'))).toEqual([name]);
});

test('sealing with nothing new gives null, and the lost answer of a seal is found in lastSeal', async () => {
  const { series, again } = await scene();
  expect(await series.seal(sealing())).toBeNull();
  await series.stage(answer('/redfish/v1/Systems', '{}'));
  const ref = await series.seal(sealing());
  expect(ref).toMatchObject({ series: SERIES, name: 'inc-1-rack1-bmc1-S00000001', captures: 1, failed: 0, bytes: 2, seq: 2 });
  const reopened = await again();
  expect(await reopened.seal(sealing())).toBeNull();
  expect(reopened.lastSeal).toEqual(ref);
});

test('after the final seal nothing is added, and sealing finally again gives the same seal', async () => {
  const { folder, series, again } = await scene();
  const ref = await series.seal(sealing({ final: true }));
  const reopened = await again();
  expect(await reopened.seal(sealing({ final: true }))).toEqual(ref);
  expect(await reopened.seal(sealing())).toBeNull();
  expect(reopened.position).toEqual({ seq: ref?.seq, head: ref?.head });
  const attempts = [
    reopened.stage(answer('/redfish/v1/')),
    reopened.commit(),
    reopened.record('phase.ended', {}),
    reopened.markComplete(['logs']),
  ];
  expect(await Promise.all(attempts.map(codeOf))).toEqual(attempts.map(() => 'SERIES_ENDED'));
  expect(await readdir(folder)).toEqual(['S00000001', 'staging']);
});

test('a class counts as sealed once the line that completes it is inside a sealed bag', async () => {
  const { series, again } = await scene();
  await series.stage({ ...answer('/redfish/v1/SessionService/Sessions'), class: 'sessions' });
  await series.markComplete(['sessions', 'accounts']);
  expect(series.sealedClasses()).toEqual(new Set());
  await series.seal(sealing());
  expect(series.sealedClasses()).toEqual(new Set(['sessions', 'accounts']));
  await series.stage({ ...answer('/redfish/v1/Managers/1/LogServices'), class: 'logs' });
  await series.seal(sealing());
  expect((await again()).sealedClasses()).toEqual(new Set(['sessions', 'accounts']));
});

test('a chain that lacks the position that the engine saw is not sealed', async () => {
  const { folder, series } = await scene();
  const early = series.position;
  const seen = await series.record('gate.opened', { gate: 'access' });
  const refused = [
    { ...seen, seq: seen.seq + 1 },
    { ...seen, head: early.head },
    { seq: 0, head: NO_CUSTODY },
  ].map((atLeast) => codeOf(series.seal(sealing({ atLeast }))));
  expect(await Promise.all(refused)).toEqual(['HEAD_MISSING', 'HEAD_MISSING', 'HEAD_MISSING']);
  expect(await readdir(folder)).not.toContain('S00000001');
  expect(await series.seal(sealing({ atLeast: seen }))).not.toBeNull();
  await series.record('gate.closed', {});
  const other: SealRef['head'] = sha256('other');
  expect(await codeOf(series.seal(sealing({ atLeast: { seq: early.seq, head: other } })))).toBe('HEAD_MISSING');
  expect(await series.seal(sealing({ atLeast: early }))).not.toBeNull();
});

test('payload that changed since its capture is not sealed', async () => {
  const { open, series, again } = await scene();
  await series.stage(answer('/redfish/v1/Systems', 'true'));
  await series.commit();
  await writeFile(join(open, 'data/00000001-Systems.json'), 'lies');
  expect(await codeOf(series.seal(sealing()))).toBe('PAYLOAD_CHANGED');
  const reopened = await again();
  await rm(join(open, 'data/00000001-Systems.json'));
  expect(await codeOf(reopened.seal(sealing()))).toBe('PAYLOAD_CHANGED');
});

test('a folder of another incident, launch or kind of incident is refused, sealed or not', async () => {
  const { again } = await scene();
  const changes: Partial<SeriesOptions>[] = [{ incident: id('inc-2') }, { launch: sha256('another launch') }, { drill: true }];
  for (const change of changes) expect(await codeOf(again(change))).toBe('OTHER_SERIES');
  await (await again()).seal(sealing({ final: true }));
  for (const change of changes) expect(await codeOf(again(change))).toBe('OTHER_SERIES');
});

test('nothing is written that no verifier would accept', async () => {
  const { series } = await scene();
  const { position } = series;
  const attempts = [
    series.record('finding.recorded', { advice: 'x'.repeat(8193) }),
    series.record('finding.recorded', { count: Number.NaN }),
    series.stage(answer(`/redfish/v1/${'x'.repeat(8193)}`)),
    series.keepStatement(sha256('another'), { text: '{}', signature: '' }, {}),
    series.keepStatement(sha256('{}'), { text: '{}', signature: '' }, {}),
    keep(series, aLaunch('inc-1')),
    keep(series, aDecision(id('inc-2'), sha256('launch'))),
    keep(series, aDecision(id('inc-1'), sha256('another launch'))),
  ];
  expect(await Promise.all(attempts.map(codeOf))).toEqual(attempts.map(() => 'BAD_RECORD'));
  expect(await series.commit()).toEqual(position);
});

async function keep(series: Series, statement: Statement): Promise<void> {
  const { digest, signed } = await signedAs(statement);
  await series.keepStatement(digest, signed, {});
}

test('a launch in the wrong place is none: neither another decision under its digest, nor that of another incident', async () => {
  const { again } = await scene();
  for (const statement of [aDecision(id('inc-1'), sha256('launch')), aLaunch('inc-2')]) {
    const { digest: launch } = await signedAs(statement);
    const series = await again({ series: id(launch.slice(0, 8)), launch });
    expect(await codeOf(keep(series, statement))).toBe('BAD_RECORD');
  }
});

test('a case is sealed with its launch or not at all', async () => {
  const { again } = await scene();
  const launch = aLaunch('inc-1');
  const series = await again({ series: id('case'), launch: (await signedAs(launch)).digest });
  await series.record('incident.opened', {});
  expect(await codeOf(series.seal(sealing({ final: true, heads: [] })))).toBe('LAUNCH_MISSING');
  const reopened = await again({ series: id('case'), launch: (await signedAs(launch)).digest });
  await keep(reopened, launch);
  expect(await reopened.seal(sealing({ final: true, heads: [] }))).toMatchObject({ name: 'inc-1-case-S00000001' });
});

test.each<[string, (path: string) => Promise<void>]>([
  ['changed', (path) => writeFile(path, '{}')],
  ['removed', (path) => rm(path)],
  ['without its signature', (path) => rm(`${path}.asc`)],
  ['beside one that nobody kept', (path) => writeFile(join(path, '..', `${sha256('x')}.json`), 'x')],
])('a kept statement that was %s is not sealed', async (_, spoil) => {
  const { series, open } = await scene();
  const decision = aDecision(id('inc-1'), sha256('launch'));
  await keep(series, decision);
  await spoil(join(open, 'statements', `${(await signedAs(decision)).digest}.json`));
  expect(await codeOf(series.seal(sealing()))).toBe('PAYLOAD_CHANGED');
});

test('a closed series does not write', async () => {
  const { series } = await scene();
  await series.close();
  expect(await Promise.all([series.stage(answer('/redfish/v1/')), series.record('phase.ended', {})].map(codeOf))).toEqual([
    'NOT_OPEN',
    'NOT_OPEN',
  ]);
});
