import { TarArchive } from 'archiver';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { EvidenceError } from './error.js';
import { byBytes, CHUNK, filesBelow, hashFile, syncFolder, withFile, writeNew } from './files.js';
import { FILES, SIGNATURE_PATH } from './format.js';
import type { SealedBag } from './sealed.js';

/**
 * Packs a sealed bag into `<folder>/<seal name>.tar`, with its checksum beside it, and reads it back: the archive gets its name only when every
 * entry hashes to what the bag's own manifests say. The same bag always gives the same bytes. Throws ARCHIVE_DIFFERS.
 */
export async function archiveBag(bag: SealedBag, folder: string): Promise<void> {
  const { name } = bag.seal;
  const tar = join(folder, `${name}.tar`);
  const part = `${tar}.part`;
  const expected = await listed(bag);
  await pack(bag, [...expected.keys()], part);
  const sha256 = await readBack(bag, expected, part);
  await rename(part, tar);
  await writeNew(`${tar}.sha256`, `${sha256}  ${name}.tar\n`);
  await syncFolder(folder);
}

/** What must be in the archive: all that the manifests list, the tag manifest and the signatures. Anything else in the bag is not ours. */
async function listed({ folder, seal }: SealedBag): Promise<ReadonlyMap<string, string>> {
  const manifests = await Promise.all([FILES.manifest, FILES.tagManifest].map((name) => readFile(join(folder, name), 'utf8')));
  const lines = manifests.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  const hashes = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const paths = (await filesBelow(folder)).sort(byBytes);
  const all = new Map<string, string>();
  for (const path of paths) {
    const isUnlisted = path === FILES.tagManifest || SIGNATURE_PATH.test(path);
    const hash = isUnlisted ? (await hashFile(join(folder, path))).sha256 : hashes.get(path);
    if (hash === undefined) throw differs(seal.name, `a file that no manifest lists: ${path}`);
    all.set(path, hash);
  }
  for (const path of hashes.keys()) if (!all.has(path)) throw differs(seal.name, `no ${path}, which a manifest lists`);
  return all;
}

/**
 * archiver takes the whole process down when a source is missing, fails, or has another size than it was told, and hangs when its output fails.
 * So it never meets any of that: sources give just the bytes that were announced, the sink swallows, and what went wrong is thrown afterwards.
 */
async function pack({ folder, seal }: SealedBag, paths: readonly string[], part: string): Promise<void> {
  const archive = new TarArchive();
  const wrong: unknown[] = [];
  const note = (error: unknown): void => {
    wrong.push(error);
  };
  const output = await open(part, 'wx', 0o600);
  try {
    const written = pipeline(archive, sink(output, note)).catch(note);
    for (const path of paths) {
      await withFile(join(folder, path), 'r', async (file) => {
        const stats = await file.stat();
        const entry = once(archive, 'entry');
        archive.append(Readable.from(exactly(file, stats.size, note), { objectMode: false, highWaterMark: CHUNK }), {
          name: `${seal.name}/${path}`,
          stats,
          date: new Date(seal.createdAt),
          mode: 0o444,
        });
        await entry;
      });
    }
    await archive.finalize();
    await written;
    await output.sync();
  } finally {
    await output.close();
  }
  if (wrong.length > 0) throw new AggregateError(wrong, 'packing failed');
}

function sink(output: FileHandle, note: (error: unknown) => void): Writable {
  let failed = false;
  return new Writable({
    highWaterMark: CHUNK,
    write(chunk: Buffer, _encoding, done) {
      void (failed ? Promise.resolve() : output.appendFile(chunk))
        .catch((error: unknown) => {
          failed = true;
          note(error);
        })
        .then(() => {
          done();
        });
    },
  });
}

async function* exactly(file: FileHandle, size: number, note: (error: unknown) => void): AsyncGenerator<Buffer> {
  for (let left = size; left > 0;) {
    const piece = Buffer.alloc(Math.min(left, CHUNK));
    const { bytesRead } = await file.read(piece, 0, piece.length, null).catch((error: unknown) => {
      note(error);
      return { bytesRead: 0 };
    });
    if (bytesRead === 0) note(new Error('a sealed file became shorter while it was read'));
    const given = bytesRead === 0 ? piece : piece.subarray(0, bytesRead);
    left -= given.length;
    yield given;
  }
}

async function readBack({ seal }: SealedBag, expected: ReadonlyMap<string, string>, part: string): Promise<string> {
  const whole = createHash('sha256');
  const entries = extract();
  const seen: string[] = [];
  const reading = pipeline(createReadStream(part, { highWaterMark: CHUNK }), (source) => hashed(source, whole), entries);
  const listing = (async () => {
    for await (const entry of entries) {
      const hash = createHash('sha256');
      for await (const piece of entry) if (Buffer.isBuffer(piece)) hash.update(piece);
      seen.push(`${hash.digest('hex')}  ${entry.header.type} ${entry.header.name}`);
    }
  })();
  await Promise.all([reading, listing]).catch((cause: unknown) => {
    throw differs(seal.name, 'an archive that cannot be read back', cause);
  });
  const wanted = [...expected].map(([path, hash]) => `${hash}  file ${seal.name}/${path}`);
  const first = wanted.findIndex((line, index) => line !== seen[index]);
  if (first !== -1 || seen.length !== wanted.length)
    throw differs(seal.name, `${seen[first] ?? 'nothing'} instead of ${wanted[first] ?? 'nothing'}`);
  return whole.digest('hex');
}

async function* hashed(source: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

function differs(name: string, got: string, cause?: unknown): EvidenceError {
  return new EvidenceError(
    'ARCHIVE_DIFFERS',
    `${name}: expected an archive of just what its manifests list, got ${got}. Nothing was exported; the bag or the disk was changed, look for a copy`,
    { cause },
  );
}
