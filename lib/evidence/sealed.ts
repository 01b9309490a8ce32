import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../trust/canonical.js';
import { EvidenceError } from './error.js';
import { namesIn } from './files.js';
import { FILES, type Seal, type SealRef } from './format.js';
import type { Position } from './types.js';
import { readSeal } from './verify/records.js';

/** One sealed bag of a series' folder. */
export interface SealedBag {
  readonly folder: string;
  readonly seal: Seal;
  readonly ref: SealRef;
}

export function bagFolder(seriesFolder: string, seal: number): string {
  return join(seriesFolder, `S${String(seal).padStart(8, '0')}`);
}

/** The sealed bags of a series in order. Reads what they say of themselves and leaves judging to the verifier; LAYOUT when one is missing. */
export async function readSealedBags(seriesFolder: string): Promise<SealedBag[]> {
  const names = (await namesIn(seriesFolder)).filter((name) => /^S\d{8}$/.test(name));
  const bags: SealedBag[] = [];
  for (const name of names) {
    const folder = join(seriesFolder, name);
    const seal = readSeal(await readFile(join(folder, FILES.seal), 'utf8'));
    if (seal === null || folder !== bagFolder(seriesFolder, bags.length + 1) || seal.seal !== bags.length + 1)
      throw new EvidenceError(
        'LAYOUT',
        `expected seal ${String(bags.length + 1)} in ${folder}, got another or none; a sealed bag was moved or changed, look for a copy`,
      );
    bags.push({ folder, seal, ref: refOf(seal, sha256(await readFile(join(folder, FILES.tagManifest)))) });
  }
  return bags;
}

export function refOf(seal: Seal, tagmanifestSha256: SealRef['tagmanifestSha256']): SealRef {
  return {
    series: seal.series,
    name: seal.name,
    tagmanifestSha256,
    captures: seal.captures.complete,
    failed: seal.captures.failed,
    bytes: seal.payload.bytes,
    ...endOf(seal),
  };
}

/** The last position inside a seal. */
export function endOf(seal: Seal): Position {
  return { seq: seal.custody.firstSeq + seal.custody.entries - 1, head: seal.custody.head };
}
