import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, Time } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { EvidenceError, onDisk } from './error.js';
import { NO_CUSTODY, type CaptureLine } from './format.js';
import { OPEN } from './recover.js';
import { endOf, readSealedBags } from './sealed.js';
import { readSegment } from './segment.js';
import type { Position } from './types.js';

/** What a series holds already, for a step that judges it instead of asking the BMC again. */
export interface Kept {
  /** Of each URI the newest whole answer, in order of capture. */
  readonly captures: readonly KeptCapture[];
  /** When we were reading this BMC, by our own clock, in order; pauses under a minute belong to the work. */
  readonly work: readonly { readonly from: number; readonly to: number }[];
}

export interface KeptCapture extends Pick<CaptureLine, 'uri' | 'startedAt' | 'endedAt' | 'size'> {
  readonly status: number;
  readonly sha256: Digest<'capture'>;
  /** The file with its bytes. */
  readonly file: string;
}

/**
 * Lists what the series in `folder` has captured, over its sealed bags and the open one, after walking the custody chain. The caller holds the lock
 * of the target. Throws CHAIN_BROKEN or LAYOUT. Bodies are read one by one, with {@link readKept}.
 */
export async function listKept(folder: string): Promise<Kept> {
  const newest = new Map<string, KeptCapture>();
  const times: { readonly from: Time; readonly to: Time }[] = [];
  await walk(folder, (bag, line) => {
    // What a person brought, and what the network said, was no work at the BMC.
    if (line.method !== 'ADDED' && line.method !== 'NETWORK') times.push({ from: line.startedAt, to: line.endedAt });
    const kept = keptOf(bag, line);
    if (kept === null) return;
    // Last in the order of capture.
    newest.delete(kept.uri);
    newest.set(kept.uri, kept);
  });
  return { captures: [...newest.values()], work: merged(times) };
}

/** Visits every capture in the order of capture, and checks the chain on the way. */
async function walk(folder: string, visit: (bag: string, line: CaptureLine) => void): Promise<void> {
  await onDisk(folder, async () => {
    let end: Position = { seq: 0, head: NO_CUSTODY };
    const take = async (bag: string): Promise<Position> => {
      const segment = await readSegment(bag, end);
      for (const line of segment.captures.lines) visit(bag, line);
      return segment.end;
    };
    for (const bag of await readSealedBags(folder)) {
      const read = await take(bag.folder);
      end = endOf(bag.seal);
      if (read.head !== end.head) throw changed('CHAIN_BROKEN', bag.folder, 'another custody log than was sealed');
    }
    await take(join(folder, OPEN));
  });
}

/** Digests of what people added to the series. On the same terms as {@link listKept}. */
export async function addedDigests(folder: string): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  await walk(folder, (_, line) => {
    if (line.method === 'ADDED' && line.sha256 !== null) digests.add(line.sha256);
  });
  return digests;
}

/** The bytes of a kept capture, which are what was captured or an error: PAYLOAD_CHANGED. */
export async function readKept(kept: KeptCapture): Promise<Buffer> {
  return onDisk(kept.file, async () => {
    const bytes = await readFile(kept.file);
    if (sha256(bytes) !== kept.sha256) throw changed('PAYLOAD_CHANGED', kept.file, 'other bytes than were captured');
    return bytes;
  });
}

const PAUSE_MS = 60_000;

function keptOf(bag: string, { path, httpStatus, sha256: hash, uri, startedAt, endedAt, size }: CaptureLine): KeptCapture | null {
  if (path === null || httpStatus === null || hash === null) return null;
  return { uri, status: httpStatus, startedAt, endedAt, size, sha256: hash, file: join(bag, path) };
}

function merged(times: readonly { readonly from: Time; readonly to: Time }[]): Kept['work'] {
  const work: { from: number; to: number }[] = [];
  const inOrder = times.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) })).sort((a, b) => a.from - b.from);
  for (const { from, to } of inOrder) {
    const last = work.at(-1);
    if (last !== undefined && from <= last.to + PAUSE_MS) last.to = Math.max(last.to, to);
    else work.push({ from, to });
  }
  return work;
}

function changed(code: 'CHAIN_BROKEN' | 'PAYLOAD_CHANGED', path: string, what: string): EvidenceError {
  return new EvidenceError(code, `${path} holds ${what}; somebody or the disk changed it: keep the folder, look at it, bring back a copy`);
}
