import { constants } from 'node:fs';
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { id, isDigest, time, type Digest, type Id, type Time } from '../model/json.js';
import { StoreError } from '../store/error.js';
import { openTargetLocks } from '../store/target-lock.js';
import { settle } from './bag.js';
import { EvidenceError, onDisk } from './error.js';
import { CHUNK, hasCode } from './files.js';
import { ADDED_URI, CASE, FILES } from './format.js';
import { OPEN } from './recover.js';
import { readSealedBags, type SealedBag } from './sealed.js';
import { openBag, seriesEnded } from './series.js';
import type { SeriesOptions } from './types.js';
import { readCustodyLine } from './verify/records.js';
import type { Writer } from './writer.js';

export interface AddOptions {
  /** `zones/<zone>` of the state folder. */
  readonly zone: string;
  readonly incident: Id<'incident'>;
  readonly series: Id<'series'>;
  readonly files: readonly string[];
  readonly brought: Brought;
  readonly host: string;
  readonly signal: AbortSignal;
  /** Bytes of one file; 2 GiB unless told. */
  readonly largest?: number;
}

/** What the person says about the files. Nobody signs it here: the statement that names their digests vouches for it. */
export interface Brought {
  readonly by: Id<'person'>;
  readonly from: string;
  readonly takenAt: Time;
  readonly reason: string;
}

export interface Added {
  readonly file: string;
  readonly sha256: Digest<'capture'>;
  readonly size: number;
}

const LARGEST = 2 * 1024 ** 3;
/** As long as a worker may hold a target, less what it takes to commit. */
const HOLD_MS = 15 * 60_000;
const COPY_MS = 14 * 60_000;
const WAIT_MS = 2 * 60_000;

/**
 * Adds files that a person brought to a series that a worker has begun, under its lock: all of them or none. Who, where from, when and why is a line
 * `evidence.added` of the custody chain before the capture of each. Nothing is sealed: the worker's next seal has them.
 */
export async function addFiles(options: AddOptions): Promise<readonly Added[]> {
  const { zone, incident, series, signal } = options;
  const folder = join(zone, 'incidents', incident, 'evidence', series);
  await requireOwn(folder);
  const files = await openAll(options);
  // The case has a lock of its own in each incident; a target's covers its BMC too and is of the zone.
  const locks = openTargetLocks(series === CASE ? join(zone, 'incidents', incident, 'locks') : join(zone, 'locks'));
  const work = {
    target: id<'target'>(series),
    work: `${incident} evidence add ${String(process.pid)}`,
    limitMs: HOLD_MS,
    waitMs: WAIT_MS,
    signal,
  };
  try {
    return await locks.hold(work, (held) =>
      onDisk(folder, () => addTo(folder, options, files, AbortSignal.any([held, AbortSignal.timeout(COPY_MS)]))),
    );
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new EvidenceError('SERIES_BUSY', `nothing was added to ${folder}: ${cause.message}`, { cause });
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

async function addTo(folder: string, options: AddOptions, files: readonly Opened[], signal: AbortSignal): Promise<readonly Added[]> {
  await settle(folder);
  const bags = await readSealedBags(folder);
  if (bags.at(-1)?.seal.final === true) throw seriesEnded(folder);
  const writer = await openBag(folder, bags, {
    ...(await begun(folder, bags, options)),
    actor: `desk:${options.brought.by}`,
    host: options.host,
  });
  try {
    const added: Added[] = [];
    for (const file of files) added.push({ file: file.path, ...(await stage(writer, file, signal)), size: file.size });
    await writer.append(added.map((one) => ({ type: 'evidence.added', data: { ...factsOf(one), ...options.brought } })));
    await writer.commit();
    return added;
  } finally {
    await writer.close();
  }
}

function factsOf({ sha256, size, file }: Added): { readonly sha256: string; readonly size: number; readonly name: string } {
  return { sha256, size, name: basename(file) };
}

async function stage(writer: Writer, file: Opened, signal: AbortSignal): Promise<{ readonly sha256: Digest<'capture'> }> {
  const uri = uriOf(file.path);
  const startedAt = time(Date.now());
  const captured = { uri, status: null, headers: {}, startedAt, peer: null, chunks: piecesOf(file, signal) };
  const sha256 = await writer.stage({ purpose: 'added', class: null, file: captured });
  if (sha256 === null) throw new RangeError('a file has a digest');
  return { sha256 };
}

/** Only what every reader of a URI leaves alone, so that one name has one spelling. */
function uriOf(path: string): string {
  const uri = `added:/${encodeURIComponent(basename(path))}`;
  if (!ADDED_URI.test(uri)) throw unusable(path, 'its name cannot be written down; copy it under another one');
  return uri;
}

interface Opened {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** All are looked at before the first is read, so that a slip costs nothing. */
async function openAll({ files, largest = LARGEST }: AddOptions): Promise<readonly Opened[]> {
  const opened: Opened[] = [];
  try {
    for (const path of files) opened.push(await openOne(path, largest));
    return opened;
  } catch (error) {
    for (const { handle } of opened) await handle.close();
    throw error;
  }
}

async function openOne(path: string, largest: number): Promise<Opened> {
  // Non-blocking, or a named pipe in the place of a file would hang the open.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unusable(path, cause instanceof Error ? cause.message : String(cause));
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw unusable(path, 'it is no regular file');
    if (stats.size > largest)
      throw unusable(path, `it has ${String(stats.size)} bytes, and at most ${String(largest)} are taken; split it`);
    return { path, handle, size: stats.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** One buffer for all of it: whoever takes a piece is done with it before it asks for the next. */
async function* piecesOf({ path, handle, size }: Opened, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let total = 0;
  for (;;) {
    if (signal.aborted) throw unusable(path, 'reading it was stopped, or took too long');
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    total += bytesRead;
    if (total > size || (bytesRead === 0 && total < size))
      throw unusable(path, 'it changed while it was read; add a copy that nobody writes to');
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** How the series was begun, by its own word. */
async function begun(
  folder: string,
  bags: readonly SealedBag[],
  { incident, series }: AddOptions,
): Promise<Pick<SeriesOptions, 'incident' | 'series' | 'launch' | 'drill'>> {
  const facts = bags.at(-1)?.seal ?? (await openingOf(folder));
  const { launch, drill } = facts;
  if (facts.incident !== incident || facts.series !== series || !isDigest<'statement'>(launch) || typeof drill !== 'boolean')
    throw new EvidenceError('OTHER_SERIES', `${folder} holds another series than ${series} of ${incident}; look who moved it there`);
  return { incident, series, launch, drill };
}

async function openingOf(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(join(folder, OPEN, FILES.custody), 'latin1').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw noSeries(folder);
    throw error;
  });
  const first = readCustodyLine(text.split('\n', 1)[0] ?? '');
  if (first?.type !== 'series.opened') throw noSeries(folder);
  return first.data;
}

/** Files that the worker cannot read would end the series for it. */
async function requireOwn(folder: string): Promise<void> {
  const stats = await stat(folder).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) throw noSeries(folder);
    throw cause;
  });
  if (stats.uid !== (process.getuid?.() ?? stats.uid))
    throw new EvidenceError(
      'FOREIGN_SERIES',
      `${folder} belongs to another user; run this as the user of the worker, who must be able to seal it`,
    );
}

function noSeries(folder: string): EvidenceError {
  return new EvidenceError(
    'NO_SERIES',
    `${folder} is no series that a worker has begun; list those of the incident with: cofferdam evidence list`,
  );
}

function unusable(path: string, why: string): EvidenceError {
  return new EvidenceError('FILE_UNUSABLE', `${path} was not added: ${why}`);
}
