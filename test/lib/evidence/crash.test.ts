import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { exportCase } from '../../../lib/evidence/export.js';
import { openSeries } from '../../../lib/evidence/series.js';
import type { Position } from '../../../lib/evidence/types.js';
import { verifyPath } from '../../../lib/evidence/verify/verify.js';
import { id, isDigest } from '../../../lib/model/json.js';
import { compileChildren, ended, kill, type Children } from '../../support/child.js';
import { COLLECTOR, optionsIn, sealing, tempFolder } from './support.js';

let children: Children;
beforeAll(async () => {
  children = await compileChildren();
});
afterAll(() => children.close());

const KILLS = 10;

test('a writer killed at any moment loses nothing that it called safe, and what it leaves seals and verifies', async () => {
  const folder = await tempFolder(onTestFinished);
  const root = join(folder, 'evidence');
  const keyFile = join(folder, 'collector.key.asc');
  await writeFile(keyFile, COLLECTOR.privateKey);
  for (let run = 1; run <= KILLS; run += 1) {
    const safe = await killed([root, keyFile, COLLECTOR.fingerprint], 1 + ((run * 5) % 9), (run * 7) % 13);
    const series = await openSeries(optionsIn(root));
    // Sealing refuses a chain that lacks the line.
    await series.seal(sealing({ atLeast: safe }));
    expect(series.position.seq).toBeGreaterThanOrEqual(safe.seq);
    await series.close();
  }
  const series = await openSeries(optionsIn(root));
  await series.seal(sealing({ final: true }));
  await series.close();

  const { archive } = await exportCase({ root, incident: id('inc-1'), out: join(folder, 'out') });
  const report = await verifyPath(archive, { certificates: [COLLECTOR.certificate], drill: false, now: new Date() });
  expect(report.refusals).toEqual([]);
  expect(report.seals).toBeGreaterThanOrEqual(KILLS);
});

/** Kills the writer some milliseconds after it has said so many positions; answers the last one that it said. */
async function killed(args: readonly string[], lines: number, milliseconds: number): Promise<Position> {
  const child = children.start('evidence-writer.js', ...args);
  if (child.stdout === null) throw new Error('the writer has no output');
  const said: Position[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(POSITION.parse(JSON.parse(line)));
    if (said.length === lines) setTimeout(() => void kill(child), milliseconds);
  }
  await ended(child);
  const last = said.at(-1);
  if (last === undefined || child.signalCode !== 'SIGKILL') throw new Error('the writer ended by itself');
  return last;
}

const POSITION = z.strictObject({ seq: z.int(), head: z.custom<Position['head']>((value) => isDigest(value)) });
