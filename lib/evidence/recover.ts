import { rename, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../trust/canonical.js';
import { byBytes, filesBelow, hashFile, makeFolder, namesIn, syncFolder, withFile } from './files.js';
import { FILES } from './format.js';
import type { Segment } from './segment.js';
import type { RecordData } from './types.js';

/** The folders of a series that are no bags. */
export const OPEN = 'open';
export const STAGING = 'staging';
const ASIDE = 'aside';

/**
 * Moves what a dead writer had not committed to `aside/<number of the line that will tell of it>`: staged files, payload and statements that no
 * custody line names, half-made tag files, torn lines. Nothing is deleted: it may be the only copy of what a BMC said. A repeat after a crash
 * goes on where the first one stopped.
 */
export async function setAside(series: string, segment: Segment, seq: number): Promise<void> {
  const aside = asideFolder(series, seq);
  const bag = join(series, OPEN);
  const torn = [
    { file: FILES.custody, log: segment.custody },
    { file: FILES.captures, log: segment.captures },
  ].filter(({ log }) => log.torn.length > 0);
  for (const { file, log } of torn) {
    await keepTail(join(aside, `${OPEN}/${file}.tail`), log.torn);
    await cut(join(bag, file), log.whole.length);
  }
  const leftovers = await uncommitted(series, segment);
  for (const path of leftovers) await moveAside(join(series, path), join(aside, path));
  for (const folder of new Set(leftovers.map((path) => join(series, dirname(path))))) await syncFolder(folder);
}

/** What `log.recovered` says of the things set aside under this number; null when there are none. */
export async function asideFacts(series: string, seq: number): Promise<RecordData | null> {
  const folder = asideFolder(series, seq);
  const paths = await filesBelow(folder);
  if (paths.length === 0) return null;
  let bytes = 0;
  let list = '';
  for (const path of paths.sort(byBytes)) {
    const file = await hashFile(join(folder, path));
    bytes += file.size;
    list += `${file.sha256}  ${path}\n`;
  }
  return { aside: nameOf(seq), files: paths.length, bytes, sha256: sha256(list) };
}

function asideFolder(series: string, seq: number): string {
  return join(series, ASIDE, nameOf(seq));
}

function nameOf(seq: number): string {
  return String(seq).padStart(8, '0');
}

async function keepTail(path: string, bytes: Buffer): Promise<void> {
  await makeFolder(dirname(path));
  await writeFile(path, bytes, { flush: true });
  await syncFolder(dirname(path));
}

async function cut(path: string, length: number): Promise<void> {
  await truncate(path, length);
  await withFile(path, 'r+', (file) => file.sync());
}

/** Paths below the series' folder that the two logs do not account for. */
async function uncommitted(series: string, segment: Segment): Promise<string[]> {
  const known = new Set<string>([FILES.custody, FILES.captures, FILES.data, FILES.statements]);
  for (const { path } of segment.captures.lines) if (path !== null) known.add(path);
  for (const { type, data } of segment.custody.lines) {
    if (type !== 'statement.stored') continue;
    const path = `${FILES.statements}/${String(data['statement'])}.json`;
    known.add(path).add(`${path}.asc`);
  }
  const bag = join(series, OPEN);
  const inBag = [
    ...(await namesIn(bag)),
    ...(await namesIn(join(bag, FILES.data))).map((name) => `${FILES.data}/${name}`),
    ...(await namesIn(join(bag, FILES.statements))).map((name) => `${FILES.statements}/${name}`),
  ];
  return [
    ...inBag.filter((path) => !known.has(path)).map((path) => `${OPEN}/${path}`),
    ...(await namesIn(join(series, STAGING))).map((name) => `${STAGING}/${name}`),
  ];
}

async function moveAside(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
}
