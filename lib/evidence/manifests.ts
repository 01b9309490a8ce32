import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { sha256 } from '../trust/canonical.js';
import { EvidenceError } from './error.js';
import { byBytes, hashFile, namesIn, syncFolder, writeNew } from './files.js';
import { EMPTY_PAYLOAD, FILES, TAG_FILES, type CaptureLine, type Seal } from './format.js';

interface Listed {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** Lists the payload in manifest-sha256.txt. Each file must still hold the bytes that were captured: PAYLOAD_CHANGED. */
export async function writeManifest(bag: string, captures: readonly CaptureLine[]): Promise<Seal['payload']> {
  const fewAtOnce = pLimit(8);
  const captured = await Promise.all(
    captures.flatMap(({ path, sha256: hash, size }) =>
      path === null || hash === null ? [] : [fewAtOnce(() => requireUnchanged(bag, { path, sha256: hash, size }))],
    ),
  );
  const files = captured.length > 0 ? captured : [await addEmptyPayload(bag)];
  await syncFolder(join(bag, FILES.data));
  await writeNew(join(bag, FILES.manifest), manifestText(files));
  return { files: files.length, bytes: files.reduce((total, { size }) => total + size, 0) };
}

/**
 * Lists what was written so far, the payload's manifest among it, in the file that gets signed. Of statements just these must be there, each with its
 * signature: PAYLOAD_CHANGED.
 */
export async function writeTagManifest(bag: string, digests: readonly string[]): Promise<void> {
  const folder = join(bag, FILES.statements);
  const statements = await namesIn(folder);
  const expected = digests.flatMap((digest) => [`${digest}.json`, `${digest}.json.asc`]);
  if (statements.toSorted().join(' ') !== expected.toSorted().join(' ')) throw changed(folder, 'other files');
  // Recovery may have emptied it, and no manifest can list an empty folder.
  if (statements.length === 0) await rm(folder, { recursive: true, force: true });
  const paths = [...TAG_FILES, ...statements.map((name) => `${FILES.statements}/${name}`)];
  const files = await Promise.all(paths.map(async (path) => ({ path, ...(await hashFile(join(bag, path))) })));
  for (const digest of digests)
    if (!files.some(({ path, sha256: hash }) => path.endsWith(`/${digest}.json`) && hash === digest)) throw changed(folder, 'other bytes');
  await writeNew(join(bag, FILES.tagManifest), manifestText(files));
}

async function requireUnchanged(bag: string, { path, sha256: recorded, size }: Listed): Promise<Listed> {
  const file = await hashFile(join(bag, path)).catch((cause: unknown) => {
    throw changed(join(bag, path), 'no readable file', cause);
  });
  if (file.sha256 !== recorded || file.size !== size) throw changed(join(bag, path), 'other bytes');
  return { path, ...file };
}

async function addEmptyPayload(bag: string): Promise<Listed> {
  const { path, text } = EMPTY_PAYLOAD;
  await writeNew(join(bag, path), text);
  return { path, sha256: sha256(text), size: text.length };
}

function manifestText(files: readonly Listed[]): string {
  const sorted = [...files].sort((a, b) => byBytes(a.path, b.path));
  return sorted.map(({ path, sha256: hash }) => `${hash}  ${path}\n`).join('');
}

function changed(path: string, got: string, cause?: unknown): EvidenceError {
  return new EvidenceError(
    'PAYLOAD_CHANGED',
    `${path}: expected what was written there, got ${got}; somebody or the disk changed it. Keep the folder and look at it`,
    { cause },
  );
}
