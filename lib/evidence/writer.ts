import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { time, type Digest, type Time } from '../model/json.js';
import type { SignedStatement } from '../model/statement.js';
import { armorSignature } from '../trust/armor.js';
import { sha256 } from '../trust/canonical.js';
import { writeBody } from './body.js';
import { captureLine, renumbered } from './capture-line.js';
import { EvidenceError, onDisk } from './error.js';
import { makeFolder, syncFolder, writeNew } from './files.js';
import { FILES, jsonLine, type CaptureLine, type CustodyLine } from './format.js';
import { asideFacts, OPEN, setAside, STAGING } from './recover.js';
import { readSegment } from './segment.js';
import type { Position, RecordData, SeriesOptions, Staged } from './types.js';
import { readCaptureLine, readCustodyLine } from './verify/records.js';
import { statementFault } from './verify/statements.js';

/** The one open bag of a series, and the only code that appends to its logs. Calls that append must not overlap; `stage` may. */
export interface Writer {
  readonly ended: false;
  readonly position: Position;
  /** Time of the last line. */
  readonly lastAt: Time;
  /** Position before the first line of this bag. */
  readonly continues: Position;
  /** Lines in the custody log of this bag; the first opened it. */
  readonly lines: number;
  /** The digest of a line of this bag. */
  headAt(seq: number): Digest<'custody'> | undefined;
  stage(capture: Staged): Promise<Digest<'capture'> | null>;
  commit(): Promise<Position>;
  append(events: readonly Event[]): Promise<Position>;
  keepStatement(digest: Digest<'statement'>, signed: SignedStatement, data: RecordData): Promise<Position>;
  close(): Promise<void>;
}

export interface Event {
  readonly type: CustodyLine['type'];
  readonly data: RecordData;
}

export interface WriterOptions extends Pick<SeriesOptions, 'actor' | 'host' | 'incident' | 'launch'> {
  readonly series: string;
  readonly from: Position;
  /** Id of the last capture in the sealed bags. */
  readonly lastCapture: number;
  /** What the first line of a new bag says. */
  readonly opening: Event;
}

interface Waiting {
  readonly line: CaptureLine;
  readonly part: string | null;
}

/** Opens the bag for appending, or begins it, after setting aside what a dead writer left. */
export async function openWriter({ series, from, lastCapture, opening, actor, host, ...its }: WriterOptions): Promise<Writer> {
  const bag = join(series, OPEN);
  const staging = join(series, STAGING);
  await makeFolder(join(bag, FILES.data));
  await makeFolder(staging);
  const segment = await readSegment(bag, from);
  requireOpenedBy(opening, segment.custody.lines[0], bag);
  const isNew = segment.custody.lines.length === 0;
  const recoveredAt = segment.end.seq + (isNew ? 2 : 1);
  await setAside(series, segment, recoveredAt);

  const heads = [...segment.heads];
  const statements = new Set(segment.custody.lines.filter(({ type }) => type === 'statement.stored').map(({ data }) => data['statement']));
  let position = segment.end;
  let lastAt = segment.custody.lines.at(-1)?.time ?? time(Date.now());
  let nextCapture = lastCapture + segment.captures.lines.length + 1;
  let drafts = 0;
  // Callers stage what they have; open files are scarce.
  const fewAtOnce = pLimit(16);
  let broken = false;
  let waiting: Promise<Waiting | null>[] = [];
  const custody = await open(join(bag, FILES.custody), 'a', 0o600);
  const captures = await open(join(bag, FILES.captures), 'a', 0o600);
  await syncFolder(bag);

  try {
    if (isNew) await append([opening]);
    const aside = await asideFacts(series, recoveredAt);
    if (aside !== null) await append([{ type: 'log.recovered', data: aside }]);
  } catch (error) {
    await close();
    throw error;
  }

  async function append(events: readonly Event[]): Promise<Position> {
    const at = time(Date.now());
    let end = position;
    const added: Digest<'custody'>[] = [];
    let text = '';
    for (const { type, data } of events) {
      const line = jsonLine({ seq: end.seq + 1, prev: end.head, time: at, actor, host, type, data } satisfies CustodyLine);
      // JSON would make null of a number that is not finite.
      const isExact = Object.values(data).every((value) => typeof value !== 'number' || Number.isFinite(value));
      requireReadable(isExact && readCustodyLine(line) !== null, `a ${type} event`);
      end = { seq: end.seq + 1, head: sha256(`${line}\n`) };
      added.push(end.head);
      text += `${line}\n`;
    }
    await toDisk(() => appendTo(custody, text));
    heads.push(...added);
    position = end;
    lastAt = at;
    return position;
  }

  function stage(capture: Staged): Promise<Digest<'capture'> | null> {
    const part = 'failure' in capture ? null : join(staging, `${String((drafts += 1))}.part`);
    const written = write(capture, part);
    // A failed one is its caller's to handle; the others of the group are committed without it.
    waiting.push(written.catch(() => null));
    return written.then(({ line }) => line.sha256);
  }

  async function write(capture: Staged, part: string | null): Promise<Waiting> {
    // What no verifier would accept is refused before its body costs the disk.
    const first = captureLine(1, capture, null);
    requireReadable(readCaptureLine(jsonLine(first)) !== null, `the capture of ${first.uri.slice(0, 200)}`);
    if ('failure' in capture || part === null) return { line: first, part };
    requireOpen();
    const written = await fewAtOnce(() => writeBody(staging, part, capture)).catch(async (error: unknown) => {
      await rm(part, { force: true });
      throw error;
    });
    return { line: captureLine(1, capture, written), part };
  }

  async function commit(): Promise<Position> {
    const group = waiting;
    waiting = [];
    const staged = (await Promise.all(group)).filter((one) => one !== null);
    if (staged.length === 0) return position;
    const adopted = staged.map(({ line, part }, index) => ({ part, line: renumbered(line, nextCapture + index) }));
    await toDisk(async () => {
      await Promise.all(adopted.map((one) => give(bag, one)));
      await syncFolder(join(bag, FILES.data));
      // The captures first: a custody line never speaks of a capture whose line may be lost.
      await appendTo(captures, adopted.map(({ line }) => `${jsonLine(line)}\n`).join(''));
    });
    nextCapture += adopted.length;
    return append(
      adopted.map(({ line }) => ({ type: 'capture.adopted', data: { id: line.id, uri: line.uri, sha256: line.sha256, size: line.size } })),
    );
  }

  async function keepStatement(digest: Digest<'statement'>, signed: SignedStatement, data: RecordData): Promise<Position> {
    requireReadable(sha256(signed.text) === digest, `a statement under the digest ${digest} that its text does not have,`);
    const fault = statementFault(signed.text, digest, its, Date.now());
    requireReadable(fault === null, `${fault?.got ?? ''} as ${fault?.expected ?? ''}`);
    if (statements.has(digest)) return position;
    const name = `${digest}.json`;
    // Armored, so that gpg and sqv take it as it lies there.
    const signature = armorSignature(Buffer.from(signed.signature, 'base64'));
    await toDisk(async () => {
      await makeFolder(join(bag, FILES.statements));
      await writeNew(join(bag, FILES.statements, name), signed.text);
      await writeNew(join(bag, FILES.statements, `${name}.asc`), signature);
      await syncFolder(join(bag, FILES.statements));
    });
    await append([{ type: 'statement.stored', data: { ...data, statement: digest } }]);
    statements.add(digest);
    return position;
  }

  async function close(): Promise<void> {
    broken = true;
    await Promise.all(waiting);
    await custody.close();
    await captures.close();
  }

  /** After a failed write nobody knows what the disk holds: only a new opening may go on. */
  async function toDisk(work: () => Promise<void>): Promise<void> {
    requireOpen();
    try {
      await onDisk(bag, work);
    } catch (error) {
      broken = true;
      throw error;
    }
  }

  function requireOpen(): void {
    if (broken) throw new EvidenceError('NOT_OPEN', `${bag} is not open for writing; open the series again`);
  }

  return {
    ended: false,
    get position() {
      return position;
    },
    get lastAt() {
      return lastAt;
    },
    continues: from,
    get lines() {
      return heads.length;
    },
    headAt: (seq) => heads[seq - from.seq - 1],
    stage,
    commit,
    append,
    keepStatement,
    close,
  };
}

function requireOpenedBy({ type, data }: Event, first: CustodyLine | undefined, bag: string): void {
  if (first === undefined || (first.type === type && jsonLine(first.data) === jsonLine(data))) return;
  throw new EvidenceError(
    'OTHER_SERIES',
    `${bag} begins with ${jsonLine(first.data)}, expected ${jsonLine(data)}. Start the worker with the state folder of that incident`,
  );
}

/** A staged file gets its final name; a failed capture has none. */
async function give(bag: string, { part, line }: Waiting): Promise<void> {
  if (part !== null && line.path !== null) await rename(part, join(bag, line.path));
}

async function appendTo(file: FileHandle, text: string): Promise<void> {
  await file.appendFile(text, 'latin1');
  await file.datasync();
}

function requireReadable(isReadable: boolean, what: string): void {
  if (!isReadable)
    throw new EvidenceError(
      'BAD_RECORD',
      `refused to write ${what} since no verifier would accept it; a text may have 8,192 characters, a number is finite`,
    );
}
