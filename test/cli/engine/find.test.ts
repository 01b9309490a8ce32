import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from '../../../cli/engine/find.js';

let folder: string;
let bin: string;
let cache: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-find-'));
  bin = join(folder, 'bin');
  cache = join(folder, 'cache', 'engine');
  await mkdir(bin);
  await mkdir(cache, { recursive: true });
  await symlink('/bin/sh', join(bin, 'sh'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const ENGINE = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';

describe('finding the engine', () => {
  test('takes what COFFERDAM_TEMPORAL_CLI names before anything else', async () => {
    const binary = await program('named', ENGINE);
    await program('temporal', ENGINE);
    expect(await find({ COFFERDAM_TEMPORAL_CLI: binary })).toEqual({ binary, server: '1.29.1', source: 'COFFERDAM_TEMPORAL_CLI' });
  });

  test('takes temporal on PATH before the cache', async () => {
    const binary = await program('temporal', ENGINE);
    await program('temporal-v1.5.1', ENGINE, cache);
    expect(await find()).toEqual({ binary, server: '1.29.1', source: 'temporal on PATH' });
  });

  test('passes over programs that are no engine, or too old a one, and takes the cache', async () => {
    const old = await program('old', 'echo "temporal version 0.11 (Server 1.22.4, UI 2.26)"');
    await program('temporal', 'echo "temporal, a calendar"');
    const binary = await program('temporal-v1.5.1', ENGINE, cache);
    expect(await find({ COFFERDAM_TEMPORAL_CLI: old })).toEqual({ binary, server: '1.29.1', source: `cache ${cache}` });
  });

  test('builds with Go into the cache, leaving no build folder, and finds it there the next time', async () => {
    const lines: string[] = [];
    await program(
      'go',
      `if [ "$1" = install ]; then printf '#!/bin/sh\\n%s\\n' '${ENGINE}' > "$GOBIN/temporal" && /bin/chmod +x "$GOBIN/temporal"; fi`,
    );
    const binary = join(cache, 'temporal-v1.5.1');
    expect(await find({}, lines)).toEqual({ binary, server: '1.29.1', source: 'go install of v1.5.1' });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['downloading', 'building']);
    expect((await readdir(cache)).sort()).toEqual(['sdk-download', 'temporal-v1.5.1']);
    expect(await find()).toMatchObject({ source: `cache ${cache}` });
  });

  test('takes away what a killed build left, and what a failed one leaves', async () => {
    await mkdir(join(cache, 'build-1073741823', 'tmp'), { recursive: true });
    await program('go', 'if [ "$1" = install ]; then echo "go: module lookup failed: no route" >&2; exit 1; fi');
    const failure: unknown = await find().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'NOT_FOUND' });
    expect(String(failure)).toContain('5. go install of v1.5.1: go: module lookup failed: no route');
    expect(await readdir(cache)).toEqual(['sdk-download']);
  });

  test('that fails tells all five ways, each with its reason', async () => {
    const failure: unknown = await find({ COFFERDAM_TEMPORAL_CLI: join(folder, 'nothing') }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'EngineError', code: 'NOT_FOUND' });
    const ways = String(failure)
      .split('\n')
      .filter((line) => /^ {2}\d\. /.test(line));
    expect(ways.map((line) => line.slice(0, 30))).toEqual([
      '  1. COFFERDAM_TEMPORAL_CLI: /',
      '  2. temporal on PATH: no such',
      expect.stringMatching(/^ {2}3\. cache \//),
      '  4. download by the Temporal ',
      '  5. go install of v1.5.1: no ',
    ]);
  });
});

async function find(more: Record<string, string> = {}, lines: string[] = []): ReturnType<typeof findEngine> {
  // A proxy where nobody listens keeps the SDK's download from leaving this machine.
  const nowhere = 'http://127.0.0.1:9';
  const env = { PATH: bin, COFFERDAM_CACHE: join(folder, 'cache'), HTTPS_PROXY: nowhere, https_proxy: nowhere, ...more };
  return findEngine({ env, onLine: (line) => lines.push(line) });
}

async function program(name: string, script: string, where = bin): Promise<string> {
  const path = join(where, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
