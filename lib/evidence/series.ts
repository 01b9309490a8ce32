import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sealOpenBag, settle } from './bag.js';
import { EvidenceError, onDisk } from './error.js';
import { makeFolder } from './files.js';
import { FILES, NO_CUSTODY } from './format.js';
import { endOf, readSealedBags, type SealedBag } from './sealed.js';
import type { Position, SealOptions, Series, SeriesOptions } from './types.js';
import { openWriter, type Event, type Writer } from './writer.js';

/**
 * Opens a series for writing, or begins it. What a writer that died left behind is settled first: a signed bag gets its name, everything that was
 * not committed is set aside and recorded. The caller holds the lock of the target or case until `close`: a second writer would fork the chain.
 */
export async function openSeries(options: SeriesOptions): Promise<Series> {
  const folder = join(options.root, options.series);
  return onDisk(folder, () => openIn(folder, options));
}

async function openIn(folder: string, options: SeriesOptions): Promise<Series> {
  await makeFolder(folder);
  await settle(folder);
  let bags = await readSealedBags(folder);
  requireSame(options, bags.at(-1));
  let now = await openNext();

  async function openNext(): Promise<Writer | Ended> {
    const last = bags.at(-1);
    if (last?.seal.final === true) return { ended: true, position: endOf(last.seal), lastAt: last.seal.createdAt };
    return openBag(folder, bags, options);
  }

  async function seal({ final, heads, atLeast }: SealOptions): Promise<Series['lastSeal']> {
    if (atLeast !== null && (await headAt(atLeast.seq)) !== atLeast.head) throw headMissing(folder, atLeast);
    if (now.ended) return final ? lastRef() : null;
    await now.commit();
    // The line that opened the bag is nothing new.
    if (now.lines === 1 && !final) return null;
    await now.close();
    await sealOpenBag(folder, { ...options, final, heads, previous: bags.at(-1) ?? null, from: now.continues });
    bags = await readSealedBags(folder);
    now = await openNext();
    return lastRef();
  }

  async function headAt(seq: number): Promise<string | undefined> {
    const bag = bags.find(({ seal: { custody } }) => seq >= custody.firstSeq && seq < custody.firstSeq + custody.entries);
    if (bag === undefined) return now.ended ? undefined : now.headAt(seq);
    const line = (await readFile(join(bag.folder, FILES.custody), 'latin1')).split('\n')[seq - bag.seal.custody.firstSeq];
    return createHash('sha256')
      .update(`${line ?? ''}\n`)
      .digest('hex');
  }

  function lastRef(): Series['lastSeal'] {
    return bags.at(-1)?.ref ?? null;
  }

  function writing(): Writer {
    if (now.ended) throw seriesEnded(folder);
    return now;
  }

  // Appends come from many places at once and must not interleave; a failed one does not stop those behind it.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  return {
    folder,
    get position() {
      return now.position;
    },
    get lastAt() {
      return now.lastAt;
    },
    get unsealed() {
      return now.ended ? 0 : now.lines;
    },
    get lastSeal() {
      return lastRef();
    },
    stage: async (capture) => writing().stage(capture),
    commit: () => inTurn(async () => writing().commit()),
    record: (type, data) => inTurn(async () => writing().append([{ type, data }])),
    keepStatement: (digest, signed, data) => inTurn(async () => writing().keepStatement(digest, signed, data)),
    markComplete: (classes) =>
      inTurn(async () => {
        await writing().commit();
        return writing().append(classes.map((name) => ({ type: 'class.complete', data: { class: name } })));
      }),
    seal: (how) => inTurn(() => onDisk(folder, () => seal(how))),
    sealedClasses: () => new Set(bags.flatMap(({ seal: { classes } }) => classes)),
    close: () => inTurn(async () => (now.ended ? undefined : now.close())),
  };
}

/** Opens the bag that continues these sealed ones. */
export function openBag(folder: string, bags: readonly SealedBag[], options: Omit<SeriesOptions, 'root' | 'collector'>): Promise<Writer> {
  const last = bags.at(-1);
  return openWriter({
    series: folder,
    from: last === undefined ? START : endOf(last.seal),
    lastCapture: bags.reduce((total, { seal }) => total + seal.captures.complete + seal.captures.failed, 0),
    opening: last === undefined ? openedBy(options) : sealedBy(last),
    actor: options.actor,
    host: options.host,
    incident: options.incident,
    launch: options.launch,
  });
}

export function seriesEnded(folder: string): EvidenceError {
  return new EvidenceError('SERIES_ENDED', `${folder} has its final seal; nothing can be added to it`);
}

/** A series behind its final seal. */
interface Ended extends Pick<Series, 'position' | 'lastAt'> {
  readonly ended: true;
}

const START: Position = { seq: 0, head: NO_CUSTODY };

function openedBy({ incident, series, launch, drill }: Omit<SeriesOptions, 'root' | 'collector'>): Event {
  return { type: 'series.opened', data: { incident, series, launch, drill } };
}

function sealedBy({ ref }: SealedBag): Event {
  return { type: 'sealed', data: { name: ref.name, tagmanifestSha256: ref.tagmanifestSha256 } };
}

function requireSame({ incident, series, launch, drill }: SeriesOptions, last: SealedBag | undefined): void {
  if (last === undefined) return;
  const { seal } = last;
  if (seal.incident === incident && seal.series === series && seal.launch === launch && seal.drill === drill) return;
  throw new EvidenceError(
    'OTHER_SERIES',
    `${last.folder} is a seal of incident ${seal.incident}, series ${seal.series}, launch ${seal.launch}${seal.drill ? ' (drill)' : ''}; ` +
      `expected incident ${incident}, series ${series}, launch ${launch}${drill ? ' (drill)' : ''}. Start the worker with the state folder of that incident`,
  );
}

function headMissing(folder: string, { seq, head }: Position): EvidenceError {
  return new EvidenceError(
    'HEAD_MISSING',
    `${folder}: expected custody line ${String(seq)} with the digest ${head}, which the engine saw, and it is not there; ` +
      'the store was restored from an older copy or replaced. Nothing was sealed: bring back the store that holds it',
  );
}
