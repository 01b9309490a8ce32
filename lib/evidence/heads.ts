import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { id, type Id } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { FILES, sealName } from './format.js';
import type { SealHead } from './types.js';

const SEALED = /^S(\d{8})$/;

/** The newest sealed bag of every series below `incidents/<incident>/evidence` but the case's own, in order of their names. */
export async function lastSeals(root: string, incident: Id<'incident'>): Promise<readonly SealHead[]> {
  const heads: SealHead[] = [];
  for (const name of (await entries(root)).sort()) {
    if (name === 'case') continue;
    const head = await lastSeal(root, incident, id(name));
    if (head !== null) heads.push(head);
  }
  return heads;
}

async function lastSeal(root: string, incident: Id<'incident'>, series: Id<'series'>): Promise<SealHead | null> {
  const folder = join(root, series);
  const last = (await entries(folder))
    .filter((name) => SEALED.test(name))
    .sort()
    .at(-1);
  if (last === undefined) return null;
  const tagManifest = await readFile(join(folder, last, FILES.tagManifest));
  return { series, name: sealName(incident, series, Number(last.slice(1))), tagmanifestSha256: sha256(tagManifest) };
}

async function entries(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true });
  return found.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
