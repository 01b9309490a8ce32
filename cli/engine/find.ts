import { constants } from 'node:fs';
import { access, mkdir, rename } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';
import { execa } from 'execa';
import { EngineError } from './error.js';
import { buildWithGo, downloadWithSdk } from './fetch.js';

/** The pinned version of Temporal's command line, which holds the dev server; what our cache is filled with. */
const ENGINE_VERSION = 'v1.5.1';

/** The oldest server that the product was measured with. */
const OLDEST_SERVER = [1, 29] as const;

/** An engine binary that answered `--version`. */
export interface Engine {
  readonly binary: string;
  /** Version of the server inside, for example 1.29.1. */
  readonly server: string;
  /** Which of the five ways led to it, in words for a person. */
  readonly source: string;
}

export interface FindOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called with what is going on, one line at a time: the last two ways take minutes. */
  readonly onLine: (line: string) => void;
}

/**
 * Finds an engine binary: COFFERDAM_TEMPORAL_CLI, `temporal` on PATH, our cache, a download by the SDK, a build with Go; the last two fill the
 * cache. Throws NOT_FOUND with one line per way and why it failed.
 */
export async function findEngine({ env, onLine }: FindOptions): Promise<Engine> {
  const failures: string[] = [];
  for (const { source, find } of waysOf(env, onLine)) {
    try {
      const binary = await find();
      return { binary, server: await serverOf(binary), source };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`${String(failures.length + 1)}. ${source}: ${why}`);
    }
  }
  throw new EngineError(
    'NOT_FOUND',
    [
      'no Temporal engine found; these ways were tried:',
      ...failures.map((line) => `  ${line}`),
      `Install Temporal's command line (https://github.com/temporalio/cli/releases, ${ENGINE_VERSION} or later) and name it in COFFERDAM_TEMPORAL_CLI.`,
    ].join('\n'),
  );
}

/** Where engine binaries that we fetched ourselves are kept. */
function cacheFolder(env: FindOptions['env']): string {
  const named = env['COFFERDAM_CACHE'];
  return join(named === undefined || named === '' ? envPaths('cofferdam', { suffix: '' }).cache : named, 'engine');
}

interface Way {
  readonly source: string;
  readonly find: () => Promise<string>;
}

function waysOf(env: FindOptions['env'], onLine: FindOptions['onLine']): readonly Way[] {
  const folder = cacheFolder(env);
  const cached = join(folder, `temporal-${ENGINE_VERSION}`);
  const fetch = { folder, version: ENGINE_VERSION, env, onLine };
  return [
    { source: 'COFFERDAM_TEMPORAL_CLI', find: async () => named(env['COFFERDAM_TEMPORAL_CLI']) },
    { source: 'temporal on PATH', find: async () => onPath('temporal', env['PATH']) },
    { source: `cache ${folder}`, find: async () => executable(cached) },
    { source: 'download by the Temporal SDK', find: async () => keep(cached, await downloadWithSdk(fetch, serverOf)) },
    { source: `go install of ${ENGINE_VERSION}`, find: async () => buildWithGo(fetch, async (built) => keep(cached, built)) },
  ];
}

async function named(path: string | undefined): Promise<string> {
  if (path === undefined || path === '') throw new Error('not set');
  return executable(path);
}

async function onPath(name: string, path: string | undefined): Promise<string> {
  for (const folder of (path ?? '').split(delimiter).filter((entry) => isAbsolute(entry))) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  throw new Error('no such command');
}

async function executable(path: string): Promise<string> {
  if (await isExecutable(path)) return path;
  throw new Error(`${path} is not there, or may not be executed`);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function keep(cached: string, fetched: string): Promise<string> {
  await mkdir(join(cached, '..'), { recursive: true });
  await rename(fetched, cached);
  return cached;
}

/** A binary is an engine when it names the server inside; anything else that happens to be called `temporal` is not. */
async function serverOf(binary: string): Promise<string> {
  const { stdout, failed } = await execa(binary, ['--version'], { reject: false, timeout: 20_000, stdin: 'ignore' });
  const match = /\(Server (\d+)\.(\d+)\.(\d+)/.exec(stdout);
  if (failed || match === null) throw new Error(`${binary} --version names no server`);
  const [major, minor, patch] = match.slice(1).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) throw new Error(`${binary} --version names no server`);
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new Error(`${binary} holds server ${match.slice(1).join('.')}, and ${OLDEST_SERVER.join('.')} is the oldest we work with`);
  return `${major}.${minor}.${patch}`;
}
