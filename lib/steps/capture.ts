import type { Series } from '../evidence/types.js';
import type { EvidenceClass } from '../model/effect.js';
import { crawlSlice, type CrawlLimits } from '../redfish/crawl.js';
import { classOf } from '../redfish/evidence-class.js';
import { openFrontier, type FrontierTotals } from '../redfish/frontier.js';
import type { Connection } from '../redfish/types.js';
import { stageAnswer, stageFailure } from './recording.js';

export interface CaptureOptions {
  /** Opens the conversation; called only when there is something left to read. The caller closes it. */
  readonly connect: () => Promise<Connection>;
  readonly series: Pick<Series, 'stage' | 'commit' | 'markComplete'>;
  /** The crawl's file. */
  readonly crawl: string;
  readonly signal: AbortSignal;
  readonly limits?: Partial<CrawlLimits>;
}

export interface CaptureSlice {
  /** Nothing is left to read. It does not imply that everything was: see `failed` and `limits`. */
  readonly done: boolean;
  readonly fetched: number;
  readonly remaining: number;
  /** URIs that were given up. */
  readonly failed: number;
  /** Limits that left something out. */
  readonly limits: readonly string[];
  /** Classes that are captured completely; empty until done. */
  readonly classes: readonly EvidenceClass[];
}

/** The classes that reading everything can bring home. */
const READABLE: readonly EvidenceClass[] = ['sessions', 'accounts', 'volatile-logs', 'logs', 'configuration'];

/**
 * One slice of the complete capture of a BMC. Where it stands lies in the crawl's file, which follows the evidence: a kill at any moment
 * costs a second fetch of at most one group of answers. The last slice records the classes that are complete.
 */
export async function captureSlice(options: CaptureOptions): Promise<CaptureSlice> {
  const { series, signal, limits = {} } = options;
  const frontier = await openFrontier(options.crawl);
  try {
    let fetched = 0;
    if (frontier.totals().pending > 0)
      ({ fetched } = await crawlSlice({
        connection: await options.connect(),
        frontier,
        limits,
        onAnswer: (answer) => stageAnswer(series, 'capture', answer),
        onFailure: (failure) => stageFailure(series, 'capture', failure),
        commit: () => series.commit(),
        signal,
      }));
    const totals = frontier.totals();
    const done = totals.pending === 0;
    const classes = done ? completeClasses(totals) : [];
    if (classes.length > 0) await series.markComplete(classes);
    return { done, fetched, remaining: totals.pending, failed: totals.givenUp.length, limits: totals.limits, classes };
  } finally {
    await frontier.close();
  }
}

/**
 * Seals what a long capture has so far, between two slices: each opening of a series reads the open bag whole, which over a log of 100,000
 * records would cost more with every slice.
 */
export async function sealLongBag(series: Pick<Series, 'unsealed' | 'seal'>): Promise<void> {
  if (series.unsealed >= LONG_BAG) await series.seal({ final: false, heads: null, atLeast: null });
}

/** Lines of custody. Whole BMCs come to 2,000 to 5,000 resources, so most have one bag or two. */
const LONG_BAG = 4_000;

/** What a limit left out could have been of any class. */
function completeClasses({ givenUp, limits }: FrontierTotals): readonly EvidenceClass[] {
  const missing = new Set(givenUp.map(classOf));
  return limits.length > 0 ? [] : READABLE.filter((known) => !missing.has(known));
}
