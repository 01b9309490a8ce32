import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, ExecaError } from 'execa';

type OnLine = (line: string) => void;
type Env = Readonly<Record<string, string | undefined>>;

interface Fetch {
  /** The cache folder of our engines. */
  readonly folder: string;
  readonly version: string;
  readonly env: Env;
  readonly onLine: OnLine;
}

/**
 * Lets the SDK download an engine into a folder of ours (its own choice would be the world-writable temp folder); returns where it lies.
 * `check` rejects what is no engine.
 */
export async function downloadWithSdk(
  { folder, version, env, onLine }: Fetch,
  check: (binary: string) => Promise<string>,
): Promise<string> {
  const download = join(folder, 'sdk-download');
  await mkdir(download, { recursive: true });
  onLine(`downloading the engine (${version}, about 60 MB) with the Temporal SDK; usually under a minute`);
  await telling('still downloading', onLine, async () => {
    const script = fileURLToPath(new URL('sdk-download.mjs', import.meta.url));
    await execa(process.execPath, [script, download, version], { stdin: 'ignore', timeout: 300_000, extendEnv: false, env });
  });
  for (const name of await readdir(download)) {
    const binary = join(download, name);
    // What the SDK calls the file is its own affair: the one that answers as an engine is it.
    if (await check(binary).then(Boolean, () => false)) return binary;
  }
  throw new Error(`the SDK ended well, but left no engine in ${download}`);
}

/**
 * Builds the engine with `go install` and hands it to `keep` before the build folder goes. The 3 GB of build caches lie beside ours, on a real
 * disk, since a temp folder may be memory.
 */
export async function buildWithGo({ folder, version, env, onLine }: Fetch, keep: (built: string) => Promise<string>): Promise<string> {
  await execa('go', ['version'], { stdin: 'ignore', extendEnv: false, env }).catch(() => {
    throw new Error('no go command on PATH');
  });
  await removeLeftovers(folder);
  const work = join(folder, `build-${String(process.pid)}`);
  await Promise.all(['bin', 'tmp'].map(async (name) => mkdir(join(work, name), { recursive: true })));
  onLine(`building the engine (${version}) with go install; about 3 to 6 minutes, 3 GB of disk for that time`);
  try {
    await telling('still building', onLine, async () => {
      await execa('go', ['install', `github.com/temporalio/cli/cmd/temporal@${version}`], {
        cwd: work,
        stdin: 'ignore',
        timeout: 3_600_000,
        extendEnv: false,
        env: {
          ...env,
          GOBIN: join(work, 'bin'),
          GOPATH: join(work, 'path'),
          GOMODCACHE: join(work, 'path', 'pkg', 'mod'),
          GOCACHE: join(work, 'cache'),
          GOTMPDIR: join(work, 'tmp'),
          // Without it the module cache is read-only and cannot be removed.
          GOFLAGS: `${env['GOFLAGS'] ?? ''} -modcacherw`.trim(),
          GOWORK: 'off',
          CGO_ENABLED: '0',
        },
      });
    });
    return await keep(join(work, 'bin', 'temporal'));
  } finally {
    // Compilers that a time limit orphaned may still write for a moment.
    await rm(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

/** Ctrl-C during a build leaves its folder; the next build takes it away, but for those of live processes. */
async function removeLeftovers(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const builds = (await readdir(folder)).filter((name) => name.startsWith('build-') && !isAlive(Number(name.slice('build-'.length))));
  await Promise.all(builds.map(async (name) => rm(join(folder, name), { recursive: true, force: true })));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Says every 15 seconds that the work goes on; a failure is told by the last line that the program wrote. */
async function telling(what: string, onLine: OnLine, work: () => Promise<void>): Promise<void> {
  const start = Date.now();
  const timer = setInterval(() => onLine(`${what}, ${Math.round((Date.now() - start) / 1000)} s so far`), 15_000);
  try {
    await work();
  } catch (error) {
    throw isExecaError(error) ? new Error(reasonOf(error), { cause: error }) : error;
  } finally {
    clearInterval(timer);
  }
}

function isExecaError(error: unknown): error is ExecaError {
  return error instanceof ExecaError;
}

function reasonOf(error: ExecaError): string {
  if (error.code === 'ENOENT') return 'no such command';
  if (error.timedOut) return 'took too long and was ended';
  const lines = (typeof error.stderr === 'string' ? error.stderr : '').split('\n').map((line) => line.trim());
  return (lines.find((line) => /error|fail/i.test(line)) ?? lines.findLast((line) => line !== '') ?? error.shortMessage).slice(0, 400);
}
