import { classOf, logOf } from './evidence-class.js';

/** A part of what a BMC advertises, which may flood the rest neither in order nor in number. */
export interface Branch {
  readonly name: string;
  /** What is read first: 0 what dies first and the ways to it, 1 the logs, 2 all else. */
  readonly rank: 0 | 1 | 2;
}

/** More managers, systems, chassis and collections of logs than any BMC has, and more logs; what comes on top counts as `rest`. */
const MOST_WAYS = 256;
const MOST_BRANCHES = 256;

const REST: Branch = { name: 'rest', rank: 2 };
const WAYS = 'ways';

/** Counts the URIs of a crawl by branch. Which branch a URI belongs to depends on those before it, and on nothing else. */
export class Branches {
  /** The first are always there; the logs come as they are found. */
  readonly #counts = new Map<string, number>(['sessions', 'accounts', 'volatile-logs', WAYS, REST.name].map((name) => [name, 0]));
  #total = 0;

  /** Counts the URI in. */
  add(uri: string): Branch {
    const branch = this.#branchOf(uri);
    this.#counts.set(branch.name, this.#count(branch) + 1);
    this.#total += 1;
    return branch;
  }

  /** Whether the URI's branch still has less than half of what the other branches leave of `most`: so no flood takes the room of the others. */
  hasRoom(uri: string, most: number): boolean {
    const own = this.#count(this.#branchOf(uri));
    return own < (most - (this.#total - own)) / 2;
  }

  #branchOf(uri: string): Branch {
    const branch = branchOf(uri);
    if (branch.name === WAYS) return this.#count(branch) < MOST_WAYS ? branch : REST;
    return this.#counts.has(branch.name) || this.#counts.size < MOST_BRANCHES ? branch : REST;
  }

  #count({ name }: Branch): number {
    return this.#counts.get(name) ?? 0;
  }
}

function branchOf(uri: string): Branch {
  const of = classOf(uri);
  if (of === 'logs' || of === 'volatile-logs') return { name: logPathOf(uri) ?? of, rank: of === 'logs' ? 1 : 0 };
  if (of === 'sessions' || of === 'accounts') return { name: of, rank: 0 };
  return WAY.test(uri) ? { name: WAYS, rank: 0 } : REST;
}

/** Where a crawl begins, and what leads from there to logs. */
const WAY = /^\/redfish(?:\/v1(?:\/(?:odata|\$metadata|(?:managers|systems|chassis)(?:\/[^/?]+(?:\/logservices)?)?))?)?$/i;

function logPathOf(uri: string): string | null {
  const log = logOf(uri);
  if (log === null) return null;
  const path = uri.toLowerCase();
  return path.slice(0, path.indexOf(`/logservices/${log}`) + `/logservices/${log}`.length);
}
