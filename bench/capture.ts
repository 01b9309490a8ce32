import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { canonicalUri } from '../lib/redfish/uri.js';
import { generateKey } from '../lib/trust/keys.js';
import { captured, triaged, type BenchTarget, type CaptureOptions } from './capturing.js';
import { print, round, type Figure } from './report.js';
import { serveTrees, type Serving } from './serving.js';

/**
 * The full capture of captured trees, served by the drill's fleet with latency, against a sequential walker on DMTF's client (walker.py).
 *
 *     npm run -s bench:capture -- [--trees DIR] [--latency MS]... [--entries N] [-o json]
 *
 * DIR holds the trees, by default ../shared/mockups beside the repository, or what COFFERDAM_TREES names. Latencies are 50 and 200 ms; N log
 * entries are captured for the memory figure, 0 leaves it out.
 */
const ROOT = resolve(fileURLToPath(new URL('.', import.meta.url)), '../..');
const TRIAGE_MS = 300;
const CONNECTIONS = 4;
const WALKED = z.object({ seconds: z.number(), uris: z.array(z.string()) });
const MEMORY = z.object({ rssMb: z.number(), seconds: z.number(), uris: z.number() });

const { values } = parseArgs({
  options: {
    trees: { type: 'string' },
    latency: { type: 'string', multiple: true },
    entries: { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
});
const folderOfTrees = values.trees ?? process.env['COFFERDAM_TREES'] ?? join(ROOT, '../shared/mockups');
const trees = existsSync(folderOfTrees)
  ? readdirSync(folderOfTrees)
      .map((name) => join(folderOfTrees, name))
      .filter((path) => existsSync(join(path, 'redfish')))
  : [];
const say = (line: string): void => void process.stderr.write(`${line}\n`);
if (trees.length === 0) {
  say(`bench:capture: no captured trees in ${folderOfTrees}; name their folder with --trees or COFFERDAM_TREES. Nothing was measured.`);
  process.exit(2);
}

const collector = await generateKey({ name: 'bench', email: 'bench@cofferdam.example' });
const peer = execFileSync(join(ROOT, 'scripts/install-peers'), ['redfish'], { encoding: 'utf8' }).trim();
const work = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
const figures: Figure[] = [];
const reasons: string[] = [];
try {
  for (const latency of (values.latency ?? ['50', '200']).map(Number)) figures.push(...(await atLatency(latency)));
  figures.push(...(await triages()));
  if (values.entries !== '0') figures.push(await memory(values.entries ?? '100000'));
} finally {
  await rm(work, { recursive: true, force: true });
}
print(figures, values.output === 'json' ? ['json'] : []);
for (const line of reasons) (values.output === 'json' ? process.stderr : process.stdout).write(`${line}\n`);

/** Three targets for each tree, so that no run meets the sessions and rows of another. */
async function atLatency(latency: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(work, `${String(latency)}-`));
  const serving = await serveTrees(folder, trees, trees.length * 3, latency);
  const targetFor = (tree: number, turn: number): BenchTarget => serving.targets[tree + turn * trees.length] ?? missing();
  try {
    // One request after the other leaves the machine idle: these wait side by side.
    say(`${String(latency)} ms: one connection, and the walker`);
    const [ours, theirs] = await Promise.all([
      Promise.all(
        trees.map((_, n) => listed({ target: targetFor(n, 0), connections: 1, folder: join(folder, `one-${String(n)}`), collector })),
      ),
      Promise.all(trees.map((_, n) => walked(targetFor(n, 1), join(folder, `walker-${String(n)}`)))),
    ]);
    const found: Figure[] = [];
    for (const [n, tree] of trees.entries()) {
      say(`${String(latency)} ms: four connections, ${basename(tree)}`);
      const target = targetFor(n, 2);
      const four = await listed({ target, connections: CONNECTIONS, folder: join(folder, `four-${String(n)}`), collector });
      const limit = ((await serving.requests(target.id)).length * latency) / CONNECTIONS / 1_000;
      const [one, walk] = [ours[n] ?? missing(), theirs[n] ?? missing()];
      const of = `${basename(tree)}, ${String(latency)} ms`;
      found.push(
        faster(`${of}: one connection`, one.seconds, walk.seconds, 1, 'not slower than the walker'),
        faster(`${of}: four connections`, four.seconds, walk.seconds, 3.5, 'at least 3.5 x faster than the walker'),
        near(`${of}: four connections, against requests x latency / 4`, four.seconds, limit),
        ...(await resources(of, one.uris, walk.uris, join(folder, `one-${String(n)}`))),
        await rows(of, serving, targetFor(n, 0), targetFor(n, 1)),
      );
    }
    return found;
  } finally {
    await serving.stop();
  }
}

async function listed(options: CaptureOptions): Promise<z.infer<typeof WALKED>> {
  const uris: string[] = [];
  const seconds = await captured(options, (uri) => uris.push(uri));
  return { seconds, uris };
}

async function walked(target: BenchTarget, folder: string): Promise<z.infer<typeof WALKED>> {
  execFileSync('mkdir', ['-p', folder]);
  const script = fileURLToPath(new URL('walker.py', import.meta.url));
  const run = promisify(execFile)(join(peer, 'bin/python'), [script, target.address, target.userName, folder], { maxBuffer: 1024 ** 3 });
  run.child.stdin?.end(`${target.password}\n`);
  return WALKED.parse(JSON.parse((await run).stdout));
}

function faster(figure: string, ours: number, theirs: number, times: number, goal: string): Figure {
  const ratio = round(theirs / ours);
  return { figure, ours: round(ours, 1), peer: round(theirs, 1), unit: 's', ratio, goal, met: ratio >= times };
}

function near(figure: string, ours: number, limit: number): Figure {
  const ratio = round(ours / limit);
  return { figure, ours: round(ours, 1), peer: round(limit, 1), unit: 's', ratio, goal: 'within 1.15', met: ratio <= 1.15 };
}

/** What only one side has, each with its reason. */
async function resources(of: string, ours: readonly string[], theirs: readonly string[], folder: string): Promise<Figure[]> {
  const mine = new Set(ours);
  const walkers = new Set(theirs.map((uri) => canonicalUri(uri, '/redfish/v1') ?? uri));
  // Each side sees its own sessions, which are nobody else's.
  const isOwn = (uri: string): boolean => /\/SessionService\/Sessions\/[^/]+$/.test(uri);
  const lacking = [...walkers].filter((uri) => !mine.has(uri));
  const beyond = [...mine].filter((uri) => !walkers.has(uri));
  const keys = await linkingKeys(folder, beyond);
  for (const uri of lacking) reasons.push(`${of}: only the walker has ${uri}: ${isOwn(uri) ? 'its own session' : 'NO REASON KNOWN'}`);
  for (const uri of beyond)
    reasons.push(`${of}: only we have ${uri}: ${isOwn(uri) ? 'our own session' : `linked by ${keys.get(uri) ?? 'a redirect or a count'}`}`);
  const lost = lacking.filter((uri) => !isOwn(uri)).length;
  const [own, their] = [[...mine], [...walkers]].map(
    (uris) => uris.filter((uri) => mine.has(uri) === walkers.has(uri) || !isOwn(uri)).length,
  );
  const fewer = { unit: 'URIs', goal: 'never fewer' } as const;
  return [
    { ...fewer, figure: `${of}: resources that only the walker has`, ours: lost, peer: null, ratio: null, goal: '0', met: lost === 0 },
    { ...fewer, figure: `${of}: resources`, ours: own ?? 0, peer: their ?? 0, ratio: null, met: (own ?? 0) >= (their ?? 0) },
  ];
}

/** By which property each of these URIs is linked, from the captured bodies. */
async function linkingKeys(folder: string, uris: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const left = new Set(uris);
  for (const name of uris.length === 0 ? [] : await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.json')) continue;
    for (const [, key = '', link = ''] of (await readFile(join(folder, name), 'utf8')).matchAll(/"([^"]+)"\s*:\s*"(\/redfish[^"]*)"/g)) {
      const uri = canonicalUri(link, '/redfish/v1') ?? '';
      if (left.has(uri) && key !== 'uri') found.set(uri, key);
    }
  }
  return found;
}

/** Each login and each logout is a row in the BMC's own log; the fleet's profiles write it, and a captured tree's log is as it was. */
async function rows(of: string, serving: Serving, ours: BenchTarget, theirs: BenchTarget): Promise<Figure> {
  const count = async ({ id }: BenchTarget): Promise<number> =>
    (await serving.requests(id)).filter(
      ({ method, uri, status }) => method !== 'GET' && uri.includes('/Sessions') && status !== null && status < 300,
    ).length;
  return {
    figure: `${of}: rows caused in the BMC's log`,
    ours: await count(ours),
    peer: await count(theirs),
    unit: 'rows',
    ratio: null,
    goal: 'two a slice of 45 s',
    met: true,
  };
}

async function triages(): Promise<Figure[]> {
  const folder = await mkdtemp(join(work, 'triage-'));
  const serving = await serveTrees(folder, trees, trees.length, TRIAGE_MS);
  try {
    say(`${String(TRIAGE_MS)} ms: triage`);
    return await Promise.all(
      trees.map(async (tree, n) => {
        const target = serving.targets[n] ?? missing();
        const seconds = await triaged({ target, connections: null, folder: join(folder, String(n)), collector });
        const figure = `${basename(tree)}, ${String(TRIAGE_MS)} ms: to the sealed triage`;
        return {
          figure,
          ours: round(seconds, 1),
          peer: null,
          unit: 's',
          ratio: null,
          goal: 'about 2 minutes at most',
          met: seconds <= 120,
        };
      }),
    );
  } finally {
    await serving.stop();
  }
}

/** In a process of its own, so that nothing but the capture is in its memory. */
async function memory(entries: string): Promise<Figure> {
  say(`${entries} log entries, for the memory they cost`);
  const script = fileURLToPath(new URL('capture-memory.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, entries]);
  const { rssMb, uris } = MEMORY.parse(JSON.parse(stdout));
  const figure = `RSS at its largest, capture of ${String(uris)} resources, ${entries} of them log entries`;
  return { figure, ours: round(rssMb, 0), peer: null, unit: 'MB', ratio: null, goal: 'under 200', met: rssMb < 200 };
}

function missing(): never {
  throw new Error('the fleet serves fewer targets than it was asked for');
}
