import { isIP } from 'node:net';
import { z } from 'zod';
import type { Path, PathState, ProbedPath } from '../model/isolation.js';
import type { Id } from '../model/json.js';
import type { Vantage } from '../model/isolation-terms.js';
import { plain } from '../model/text.js';
import { ask, type Answer, type AskOptions } from './ask.js';
import type { WitnessFile } from './enforcer.js';

export interface ProbeRequest {
  readonly paths: readonly Path[];
  readonly vantages: readonly Vantage[];
  /** For all vantage points, which work side by side. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  /** Asks the worker that stands at a vantage point; it never throws, as a command does not. */
  readonly askVantage: AskVantage;
}

export type AskVantage = (vantage: Id<'vantage'>, question: string, limits: AskOptions) => Promise<Answer>;

/**
 * Tries paths from their vantage points, each of which runs once. Whatever a vantage point cannot tell is `unknown`, never `closed`. A dead one would
 * make everything look closed; so `blocked` paths are believed only from one that reached something of the same address family in the same run:
 * each plan gives it a path that it must reach while the segment is cut off. What went to it and came from it is evidence.
 */
export async function probePaths({
  paths,
  vantages,
  budgetMs,
  signal,
  askVantage,
}: ProbeRequest): Promise<{ readonly probed: readonly ProbedPath[]; readonly files: readonly WitnessFile[] }> {
  const runs = await Promise.all(
    vantages
      .map((vantage) => ({ vantage, mine: paths.filter((path) => path.vantage === vantage.name) }))
      .filter(({ mine }) => mine.length > 0)
      .map(({ vantage, mine }) => runOnce(vantage, mine, { limitMs: budgetMs, signal }, askVantage)),
  );
  const probed = paths.map(
    (path) => runs.flatMap((run) => run.probed.get(path) ?? [])[0] ?? seen(path, 'unknown', `there is no vantage point ${path.vantage}`),
  );
  return { probed, files: runs.flatMap(({ files }) => files) };
}

const resultsSchema = z.strictObject({
  version: z.literal(1),
  results: z.array(z.strictObject({ id: z.string().max(200), reached: z.boolean().nullable(), how: z.string().max(1000) })).max(4096),
});
type Result = z.infer<typeof resultsSchema>['results'][number];

interface Run {
  readonly probed: ReadonlyMap<Path, ProbedPath>;
  readonly files: readonly WitnessFile[];
}

async function runOnce(vantage: Vantage, paths: readonly Path[], limits: AskOptions, askVantage: AskVantage): Promise<Run> {
  // Numbered anew for each run: what a vantage point is told gives away neither names of targets nor what is expected of it.
  const numbered = paths.map((path, at) => ({ path, id: String(at + 1) }));
  const question = JSON.stringify({ version: 1, paths: numbered.map(({ path, id }) => ({ id, to: path.to, port: path.port })) });
  const answer = await (vantage.command === undefined
    ? askVantage(vantage.name, question, limits)
    : ask(vantage.command, `${question}\n`, limits));
  const read = readResults(answer);
  const states = numbered.map(({ path, id }) =>
    first(path, typeof read === 'string' ? read : (read.get(id) ?? 'the vantage point says nothing of this path')),
  );
  const probed = new Map(states.map((state, at) => [paths[at] ?? state, judge(state, states)]));
  return { probed, files: filesOf(vantage, question, answer) };
}

/** What each path's id came back with; a text says why nothing can be believed. An id twice is believed in neither place. */
function readResults({ stdout, ended, why }: Answer): ReadonlyMap<string, Result | string> | string {
  if (ended !== 'done') return `the vantage point failed: ${why}`;
  try {
    const { results } = resultsSchema.parse(JSON.parse(stdout.toString('utf8')));
    const found = new Map<string, Result | string>();
    for (const result of results) found.set(result.id, found.has(result.id) ? 'the vantage point says two things of this path' : result);
    return found;
  } catch {
    return 'the vantage point answered something that cannot be understood';
  }
}

/** What a vantage point says of a path, by itself. */
function first(path: Path, result: Result | string): ProbedPath {
  if (typeof result === 'string') return seen(path, 'unknown', result);
  const how = plain(result.how, 200);
  if (result.reached === null) return seen(path, 'unknown', `could not be tried: ${how}`);
  return seen(path, result.reached ? 'open' : 'closed', how);
}

/** What may be concluded from it in the light of everything else that the vantage point says. */
function judge(path: ProbedPath, all: readonly ProbedPath[]): ProbedPath {
  if (path.state !== 'closed') return path;
  // That responders do not get through is what we must hear of; elsewhere a control that fails says something of the vantage point only.
  if (path.must === 'reach')
    return path.at === 'responder'
      ? path
      : seen(path, 'unknown', `the vantage point's own control failed, so it proves nothing: ${path.how}`);
  const works = all.some((other) => other.must === 'reach' && other.state === 'open' && isIP(other.to) === isIP(path.to));
  return works
    ? path
    : seen(
        path,
        'unknown',
        `not reached, but the vantage point did not show that its network works over IPv${String(isIP(path.to))}: ${path.how}`,
      );
}

function seen({ id, vantage, at, to, port, must }: Path, state: PathState, how: string): ProbedPath {
  return { id, vantage, at, to, port, must, state, how };
}

function filesOf(vantage: Vantage, question: string, { stdout, stderr, ended, why }: Answer): readonly WitnessFile[] {
  const { name } = vantage;
  const how = vantage.command?.join(' ') ?? 'the worker that stands there';
  const told = ended === 'done' ? how : `${how} (${why})`;
  return [
    { name: `${name}.in.json`, how, body: Buffer.from(question) },
    { name: `${name}.out.json`, how: told, body: stdout },
    ...(stderr.length === 0 ? [] : [{ name: `${name}.err.txt`, how: told, body: stderr }]),
  ];
}
