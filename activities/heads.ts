import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { lastSeals } from '../lib/evidence/heads.js';
import type { SealHead } from '../lib/evidence/types.js';
import { isDigest, isId, type Digest, type Id } from '../lib/model/json.js';
import type { Case } from '../lib/model/work.js';
import { canonical, digestOf } from '../lib/trust/canonical.js';
import type { Zone } from './zone.js';

/** The newest seals of some targets of this zone. */
export async function headsOf(zone: Zone, known: Case, targets: readonly Id<'target'>[]): Promise<readonly SealHead[]> {
  const wanted = new Set<string>(targets);
  const heads = await lastSeals(zone.layout.incident(known.incident).evidence, known.incident);
  return heads.filter((head) => wanted.has(head.series));
}

/** Keeps heads of other zones until the case is sealed. Repeating it changes nothing. */
export async function keepForeignHeads(zone: Zone, known: Case, heads: readonly SealHead[]): Promise<void> {
  const folder = foreignFolder(zone, known);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, `${digestOf(heads)}.json`), canonical(heads), { flush: true, mode: 0o600 });
}

/** The heads of every series of the case: this zone's and those kept of the others. */
export async function allHeads(zone: Zone, known: Case): Promise<readonly SealHead[]> {
  const own = await lastSeals(zone.layout.incident(known.incident).evidence, known.incident);
  const folder = foreignFolder(zone, known);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const foreign = await Promise.all(
    (await readdir(folder)).map(async (name) => headsSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  );
  return [...own, ...foreign.flat()].sort((a, b) => (a.series < b.series ? -1 : 1));
}

function foreignFolder(zone: Zone, known: Case): string {
  return join(zone.layout.incident(known.incident).root, 'heads');
}

const headsSchema = z.array(
  z.strictObject({
    series: z.custom<Id<'series'>>(isId),
    name: z.string(),
    tagmanifestSha256: z.custom<Digest<'tagmanifest'>>(isDigest),
  }),
) satisfies z.ZodType<readonly SealHead[]>;
