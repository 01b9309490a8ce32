import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crawlSlice, type CrawlFailure, type CrawlOptions } from '../../../lib/redfish/crawl.js';
import { openFrontier, type FrontierTotals } from '../../../lib/redfish/frontier.js';
import type { Json } from '../../../lib/model/json.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import type { ConnectOptions } from '../../../lib/redfish/types.js';
import { connectTo, reply, SESSIONS, startSmallBmc, type Handler } from './small-bmc.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crawl-'));
});
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
  await rm(folder, { recursive: true, force: true });
});

const link = (uri: string): Json => ({ '@odata.id': uri });

/** A BMC whose root leads to `members`, each an empty resource unless `handlers` say otherwise. */
async function bmcOf(members: readonly string[], handlers: Record<string, Handler> = {}) {
  const plain = Object.fromEntries(members.map((uri): [string, Handler] => [uri, (_, response) => reply(response, 200, link(uri))]));
  const root: Handler = (_, response) => reply(response, 200, { Members: members.map(link) });
  const bmc = await startSmallBmc({ '/redfish/v1/': root, ...plain, ...handlers });
  cleanup.push(bmc.stop);
  return bmc;
}

interface Run {
  /** URIs whose answers were committed, in order. */
  readonly kept: string[];
  readonly failures: Pick<CrawlFailure, 'uri' | 'code'>[];
  readonly fetched: number;
  readonly remaining: number;
  readonly totals: FrontierTotals;
  readonly error: unknown;
}

/** One slice over a fresh connection; what was kept and not committed when it ended is gone, as after a kill. */
async function slice(
  bmc: Awaited<ReturnType<typeof bmcOf>>,
  options: Partial<CrawlOptions> = {},
  login: Partial<ConnectOptions> = { credential: null },
): Promise<Run> {
  const frontier = await openFrontier(join(folder, 'crawl.jsonl'));
  const connection = await connectTo(bmc, { limits: { requestMs: 300, retryPausesMs: [] }, ...login });
  const kept: string[] = [];
  const failures: Pick<CrawlFailure, 'uri' | 'code'>[] = [];
  let staged: string[] = [];
  let result = { fetched: 0, remaining: -1 };
  let error: unknown = null;
  try {
    result = await crawlSlice({
      connection,
      frontier,
      onAnswer: async ({ uri }) => void staged.push(uri),
      onFailure: async ({ uri, code }) => void failures.push({ uri, code }),
      commit: async () => {
        kept.push(...staged);
        staged = [];
      },
      signal: new AbortController().signal,
      ...options,
    });
  } catch (thrown) {
    error = thrown;
  } finally {
    await frontier.close();
    await connection.close();
  }
  const reopened = await openFrontier(join(folder, 'crawl.jsonl'));
  const totals = reopened.totals();
  await reopened.close();
  return { kept, failures, ...result, totals, error };
}

const START = ['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'];
const MANY = Array.from({ length: 20 }, (_, n) => `/redfish/v1/Things/${n}`);

describe('a crawl', () => {
  test('fetches every URI it reaches once, error answers included, over pages and circles', async () => {
    const collection = '/redfish/v1/Things';
    const bmc = await bmcOf(['/redfish/v1/Gone', collection], {
      '/redfish/v1/Gone': (_, response) => reply(response, 500, { error: { code: 'Base.1.0.GeneralError' } }),
      [collection]: (_, response) =>
        reply(response, 200, {
          Members: [link('/redfish/v1/'), link(`${collection}/1/`)],
          'Members@odata.nextLink': `${collection}?$skip=1`,
        }),
      [`${collection}?$skip=1`]: (_, response) => reply(response, 200, { Members: [link(`${collection}/2`)] }),
    });
    const { kept, failures, remaining, totals } = await slice(bmc);
    const reached = [...START, '/redfish/v1/Gone', collection, `${collection}?$skip=1`, `${collection}/1`, `${collection}/2`];
    expect([...kept].sort()).toEqual([...reached].sort());
    expect({ failures, remaining, givenUp: totals.givenUp, limits: totals.limits }).toEqual({
      failures: [],
      remaining: 0,
      givenUp: [],
      limits: [],
    });
    expect(bmc.log.length).toBe(reached.length + 1);
  });

  test('goes on in the next slice where the last one ended', async () => {
    const bmc = await bmcOf(MANY);
    const kept: string[] = [];
    let slices = 0;
    for (let remaining = -1; remaining !== 0; slices += 1) {
      const run = await slice(bmc, { limits: { sliceReads: 5 } });
      kept.push(...run.kept);
      ({ remaining } = run);
    }
    expect(kept).toEqual([...START, ...MANY]);
    expect(slices).toBe(5);
  });

  test('that is killed between two commits fetches again at most one group and what was under way, and loses nothing', async () => {
    const bmc = await bmcOf(MANY);
    let answers = 0;
    const first = await slice(bmc, {
      limits: { group: 4 },
      onAnswer: async () => {
        answers += 1;
        if (answers === 11) throw new Error('killed');
      },
    });
    expect(first.error).toEqual(new Error('killed'));
    expect(first.totals.answered).toBe(8);
    const second = await slice(bmc);
    expect(second.kept).toEqual([...START, ...MANY].slice(8));
    const asked = bmc.lines().filter((line) => line.startsWith('GET /redfish/v1/Things/'));
    // Four of the group, and one that was asked for while the disk was written.
    expect(asked.length).toBe(MANY.length + 5);
  });

  test('whose file is torn anywhere still comes to everything', async () => {
    const path = join(folder, 'crawl.jsonl');
    const bmc = await bmcOf(['/redfish/v1/A'], {
      '/redfish/v1/A': (_, response) => reply(response, 200, { Members: [link('/redfish/v1/A/1'), link('/redfish/v1/A/2')] }),
    });
    await slice(bmc);
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      const { totals } = await slice(bmc);
      expect([totals.known, totals.answered, totals.pending]).toEqual([7, 7, 0]);
    }
  });

  test('moves the frontier only after the evidence is committed', async () => {
    const bmc = await bmcOf(MANY);
    const { error, totals } = await slice(bmc, { commit: () => Promise.reject(new Error('disk full')) });
    expect(error).toEqual(new Error('disk full'));
    expect([totals.answered, totals.pending]).toEqual([0, 4]);
  });
});

describe('several connections', () => {
  const four = { credential: null, connections: 4 } as const;

  test('ask for as many at a time, and come to the same as one', async () => {
    let under = 0;
    let most = 0;
    const slow: Handler = ({ path }, response) => {
      most = Math.max(most, (under += 1));
      setTimeout(() => {
        under -= 1;
        reply(response, 200, link(path));
      }, 3);
    };
    const bmc = await bmcOf(MANY, Object.fromEntries(MANY.map((uri) => [uri, slow])));
    const { kept, remaining, fetched, totals } = await slice(bmc, {}, four);
    expect([...kept].sort()).toEqual([...START, ...MANY].sort());
    expect([remaining, fetched, totals.answered, most]).toEqual([0, 24, 24, 4]);
    expect(bmc.lines().filter((line) => line.startsWith('GET /redfish/v1/Things/'))).toHaveLength(MANY.length);
  });

  test('never let the frontier know of an answer that the evidence lacks, wherever a kill hits', async () => {
    for (let killed = 1; killed <= 24; killed += 3) {
      await rm(join(folder, 'crawl.jsonl'), { force: true });
      const bmc = await bmcOf(MANY);
      let answers = 0;
      const onAnswer: CrawlOptions['onAnswer'] = async () => {
        answers += 1;
        if (answers === killed) throw new Error('killed');
      };
      // The frontier says what counts: `answered` must be within the evidence, committed group by group.
      let staged = 0;
      let committed = 0;
      const first = await slice(
        bmc,
        {
          limits: { group: 4 },
          onAnswer: async (answer) => {
            await onAnswer(answer);
            staged += 1;
          },
          commit: async () => {
            committed = staged;
          },
        },
        four,
      );
      expect(first.error).toEqual(new Error('killed'));
      expect(first.totals.answered).toBeLessThanOrEqual(committed);
      const second = await slice(bmc, {}, four);
      expect([second.totals.answered, second.totals.pending]).toEqual([24, 0]);
      expect(second.kept.length + first.totals.answered).toBe(24);
    }
  });

  test('all end with a session that ended, and only one URI is blamed for it', async () => {
    const ended: Handler = (_, response) => reply(response, 401, {});
    const bmc = await bmcOf(MANY, {
      '/redfish/v1/': (_, response) => reply(response, 200, { Members: MANY.map(link), Links: { Sessions: link(SESSIONS) } }),
      ...Object.fromEntries(MANY.slice(2).map((uri) => [uri, ended])),
    });
    const run = await slice(bmc, {}, { connections: 4 });
    expect(run.error).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(run.kept.sort()).toEqual([...START, SESSIONS, ...MANY.slice(0, 2)].sort());
    const lines = (await readFile(join(folder, 'crawl.jsonl'), 'utf8')).split('\n');
    expect(lines.filter((line) => line.includes('"failed"'))).toHaveLength(1);
  });

  test('that are lost end the slice with what was read until then, and give nothing up', async () => {
    const bmc = await bmcOf(MANY, {
      '/redfish/v1/Things/7': (_, __, socket) => {
        void bmc.stop();
        socket.destroy();
      },
    });
    const { error, kept, totals } = await slice(bmc, {}, four);
    expect(error).toBeInstanceOf(RedfishError);
    expect(totals.answered).toBe(kept.length);
    expect([totals.givenUp, totals.known]).toEqual([[], 24]);
  });

  test('keep to the limit on bytes but for what was under way', async () => {
    const { kept, remaining, totals } = await slice(await bmcOf(MANY), { limits: { bytes: 900 } }, four);
    expect([remaining, totals.limits]).toEqual([0, ['LIMIT_BYTES']]);
    expect(kept.length).toBeLessThan(24);
  });
});

describe('a collection that counts more than it shows', () => {
  const log = '/redfish/v1/Log';
  const page = (first: number, shown: number, count: number): Json => ({
    Members: Array.from({ length: shown }, (_, n) => link(`${log}/${first + n}`)),
    'Members@odata.count': count,
  });
  const entries = Object.fromEntries(
    Array.from({ length: 7 }, (_, n): [string, Handler] => [`${log}/${n}`, (_r, response) => reply(response, 200, link(`${log}/${n}`))]),
  );

  test('is read on with `$skip`, with its place in the frontier, until all are there', async () => {
    const bmc = await bmcOf([log], {
      ...entries,
      [log]: (_, response) => reply(response, 200, page(0, 3, 7)),
      [`${log}?$skip=3`]: (_, response) => reply(response, 200, page(3, 3, 7)),
      [`${log}?$skip=6`]: (_, response) => reply(response, 200, page(6, 1, 7)),
    });
    const kept: string[] = [];
    for (let remaining = -1; remaining !== 0;) {
      const run = await slice(bmc, { limits: { sliceReads: 2 } });
      kept.push(...run.kept);
      ({ remaining } = run);
    }
    expect(kept.filter((uri) => uri.startsWith(log)).sort()).toEqual(
      [log, `${log}?$skip=3`, `${log}?$skip=6`, ...Object.keys(entries)].sort(),
    );
  });

  test('and ignores `$skip`, or lies, ends with the first page that brings nothing new', async () => {
    const same: Handler = (_, response) => reply(response, 200, page(0, 3, 1_000_000));
    const bmc = await bmcOf([log], { ...entries, [log]: same, [`${log}?$skip=3`]: same });
    const { kept, remaining } = await slice(bmc);
    expect(remaining).toBe(0);
    expect(kept.filter((uri) => uri.includes('$skip'))).toEqual([`${log}?$skip=3`]);
  });

  test('and knows no `$skip` leaves the error as the answer of that page', async () => {
    const bmc = await bmcOf([log], {
      ...entries,
      [log]: (_, response) => reply(response, 200, page(0, 3, 7)),
      [`${log}?$skip=3`]: (_, response) => reply(response, 501, {}),
    });
    const { kept, failures, remaining } = await slice(bmc);
    expect([remaining, failures]).toEqual([0, []]);
    expect(kept).toContain(`${log}?$skip=3`);
  });
});

describe('a BMC that says it is not ready', () => {
  const busy: Handler = (_, response) => reply(response, 503, {});

  test('for everything ends the slice as BUSY, and loses nothing when it is ready again', async () => {
    let storm = false;
    const bmc = await bmcOf(MANY, {
      ...Object.fromEntries(
        MANY.map((uri, n): [string, Handler] => [
          uri,
          (seen, response, socket) => {
            storm ||= n === 4;
            if (storm) busy(seen, response, socket);
            else reply(response, 200, link(uri));
          },
        ]),
      ),
      '/redfish/v1/': (_, response) => (storm ? reply(response, 503, {}) : reply(response, 200, { Members: MANY.map(link) })),
    });
    const first = await slice(bmc);
    expect(first.error).toMatchObject({ code: 'BUSY' });
    expect(first.kept).toEqual([...START, ...MANY.slice(0, 4)]);
    expect([first.failures, first.totals.givenUp]).toEqual([[], []]);
    storm = false;
    await bmc.stop();
    const again = await slice(await bmcOf(MANY));
    expect([again.totals.answered, again.totals.pending]).toEqual([24, 0]);
    expect([...first.kept, ...again.kept].sort()).toEqual([...START, ...MANY].sort());
  });

  test('for one resource only has the error as its answer there, after a second try at the end', async () => {
    const bad = MANY[0] ?? '';
    const bmc = await bmcOf(MANY, { [bad]: busy });
    const { kept, remaining, failures } = await slice(bmc);
    expect(kept).toEqual([...START, ...MANY.slice(1), bad]);
    expect([remaining, failures]).toEqual([0, []]);
    expect(bmc.lines().filter((line) => line === `GET ${bad}`)).toHaveLength(2);
  });
});

describe('a URI without a whole answer', () => {
  test('is tried again last, then given up and told once, and the rest is read', async () => {
    const bad = '/redfish/v1/Things/0';
    const bmc = await bmcOf(MANY, { [bad]: (_, __, socket) => socket.destroy() });
    const { kept, failures, remaining, totals } = await slice(bmc);
    expect(kept).toEqual([...START, ...MANY.slice(1)]);
    expect(failures).toEqual([{ uri: bad, code: 'DROPPED' }]);
    expect([remaining, totals.givenUp]).toEqual([0, [bad]]);
    expect(bmc.lines().filter((line) => line === `GET ${bad}`)).toHaveLength(2);
  });

  test('and many in a row, make the crawl ask for the root and end the slice when that hangs too', async () => {
    let hung = false;
    const hang: Handler = () => {
      hung = true;
    };
    const bmc = await bmcOf(MANY, {
      ...Object.fromEntries(MANY.map((uri) => [uri, hang])),
      '/redfish/v1/': (_, response) => {
        if (!hung) reply(response, 200, { Members: MANY.map(link) });
      },
    });
    const { error, kept, totals } = await slice(bmc);
    expect(error).toBeInstanceOf(RedfishError);
    expect(error).toMatchObject({ code: 'TIMEOUT', uri: '/redfish/v1/' });
    expect(kept).toEqual(START);
    expect([totals.answered, totals.givenUp, totals.pending]).toEqual([4, [], MANY.length]);
  });
});

describe('a BMC that is lost', () => {
  test('ends the slice with what was read until then, and gives nothing up', async () => {
    const bmc = await bmcOf(MANY, {
      '/redfish/v1/Things/7': (_, __, socket) => {
        void bmc.stop();
        socket.destroy();
      },
    });
    const { error, kept, totals } = await slice(bmc);
    expect(error).toMatchObject({ code: 'UNREACHABLE' });
    expect(kept).toEqual([...START, ...MANY.slice(0, 7)]);
    expect([totals.answered, totals.givenUp]).toEqual([11, []]);
  });
});

describe('a session that the BMC no longer takes', () => {
  test('ends the slice at once, and a single URI that always says so is given up in the end', async () => {
    const bad = '/redfish/v1/Things/2';
    const bmc = await bmcOf(MANY, {
      '/redfish/v1/': (_, response) => reply(response, 200, { Members: MANY.map(link), Links: { Sessions: link(SESSIONS) } }),
      [bad]: (_, response) => reply(response, 401, {}),
    });
    const ends: unknown[] = [];
    const failures: unknown[] = [];
    for (let n = 0; n < 3; n += 1) {
      const run = await slice(bmc, {}, {});
      ends.push(run.error instanceof RedfishError ? run.error.code : [run.remaining, run.totals.givenUp]);
      failures.push(...run.failures);
    }
    expect(ends).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', [0, [bad]]]);
    expect(failures).toEqual([{ uri: bad, code: 'UNAUTHORIZED' }]);
    expect(bmc.lines().filter((line) => line === `GET ${bad}`)).toHaveLength(2);
  });
});

describe('a limit', () => {
  const deep = (n: number): string => `/redfish/v1/Deep${'/x'.repeat(n)}`;
  const chain = Object.fromEntries(
    Array.from({ length: 10 }, (_, n): [string, Handler] => [deep(n), (_r, response) => reply(response, 200, link(deep(n + 1)))]),
  );
  const page = (n: number): string => (n === 0 ? '/redfish/v1/Log' : `/redfish/v1/Log?$skip=${n}`);
  const endless = Object.fromEntries(
    Array.from({ length: 30 }, (_, n): [string, Handler] => [
      page(n),
      (_r, response) => reply(response, 200, { 'Members@odata.nextLink': page(n + 1) }),
    ]),
  );

  test('on links ends the path and is told', async () => {
    const { failures, remaining, totals } = await slice(await bmcOf([deep(0)], chain), { limits: { depth: 3 } });
    expect(failures).toEqual([{ uri: deep(3), code: 'LIMIT_DEPTH' }]);
    expect([remaining, totals.limits]).toEqual([0, ['LIMIT_DEPTH']]);
  });

  test('on pages ends a collection, while its pages do not count as links', async () => {
    const { failures, kept } = await slice(await bmcOf([page(0)], endless), { limits: { depth: 1, pages: 20 } });
    expect(failures).toEqual([{ uri: page(21), code: 'LIMIT_PAGES' }]);
    expect(kept).toContain(page(20));
  });

  test('on resources ends the growth and is told once', async () => {
    const { failures, kept } = await slice(await bmcOf(MANY), { limits: { resources: 10 } });
    expect(kept).toEqual([...START, ...MANY.slice(0, 3)]);
    expect(failures).toEqual([{ uri: MANY[3], code: 'LIMIT_RESOURCES' }]);
  });

  test('on bytes ends the crawl and is told, with the first URI that is left out', async () => {
    const { failures, kept, remaining, totals } = await slice(await bmcOf(MANY), { limits: { bytes: 900 } });
    expect(remaining).toBe(0);
    expect(kept.length).toBeLessThan(24);
    expect(failures).toEqual([{ uri: [...START, ...MANY][kept.length], code: 'LIMIT_BYTES' }]);
    expect(totals.limits).toEqual(['LIMIT_BYTES']);
  });

  test('on JSON keeps the bytes and tells that its links were not followed', async () => {
    const bomb = '/redfish/v1/Things/0';
    const bmc = await bmcOf(MANY, { [bomb]: (_, response) => reply(response, 200, '['.repeat(1_000)) });
    const { failures, kept } = await slice(bmc);
    expect(kept).toContain(bomb);
    expect(failures).toEqual([{ uri: bomb, code: 'LIMIT_JSON' }]);
  });
});
