import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, type Id } from '../model/json.js';
import { archiveBag } from './archive.js';
import { EvidenceError, onDisk } from './error.js';
import { hasCode, makeFolder, namesIn, syncFolder, writeNew } from './files.js';
import { FILES } from './format.js';
import { caseReadme } from './readme.js';
import { readSealedBags, type SealedBag } from './sealed.js';

export interface ExportOptions {
  /** `incidents/<incident>/evidence` of a zone's store. */
  readonly root: string;
  readonly incident: Id<'incident'>;
  readonly out: string;
}

export interface Exported {
  /** The new folder `<out>/<incident>`. */
  readonly archive: string;
  readonly series: number;
  readonly seals: number;
  /** Payload files and their bytes. */
  readonly items: number;
  readonly bytes: number;
}

/**
 * Writes every sealed bag of an incident as a tar with its checksum into the new folder `<out>/<incident>`, all or nothing. What is not sealed yet
 * stays behind. Takes no lock: sealed bags never change.
 */
export async function exportCase(options: ExportOptions): Promise<Exported> {
  return onDisk(options.out, () => writeCase(options));
}

async function writeCase({ root, incident, out }: ExportOptions): Promise<Exported> {
  const archive = join(out, incident);
  await requireAbsent(archive);
  const bags = await bagsOf(root, incident);
  await makeFolder(out);
  const draft = await mkdtemp(`${archive}.part-`);
  try {
    for (const bag of bags) await archiveBag(bag, draft);
    await writeNew(join(draft, FILES.readme), caseReadme(incident, bags));
    await syncFolder(draft);
    await rename(draft, archive);
    await syncFolder(out);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) throw taken(archive);
    throw error;
  }
  return {
    archive,
    series: new Set(bags.map(({ seal }) => seal.series)).size,
    seals: bags.length,
    items: bags.reduce((total, { seal }) => total + seal.payload.files, 0),
    bytes: bags.reduce((total, { seal }) => total + seal.payload.bytes, 0),
  };
}

async function bagsOf(root: string, incident: Id<'incident'>): Promise<SealedBag[]> {
  const bags: SealedBag[] = [];
  for (const name of await namesIn(root)) if (isId(name)) bags.push(...(await readSealedBags(join(root, name))));
  const other = bags.find(({ seal }) => seal.incident !== incident);
  if (other !== undefined)
    throw new EvidenceError(
      'OTHER_SERIES',
      `${other.folder} is a seal of incident ${other.seal.incident}, expected ${incident}; look who moved it there`,
    );
  if (bags.length === 0) throw new EvidenceError('NOTHING_SEALED', `${root} has no sealed bag yet; export after a phase has ended`);
  return bags;
}

async function requireAbsent(archive: string): Promise<void> {
  try {
    await stat(archive);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  throw taken(archive);
}

function taken(archive: string): EvidenceError {
  return new EvidenceError(
    'OUT_EXISTS',
    `${archive} exists, and nothing is ever overwritten; choose another folder, or move that one away`,
  );
}
