import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const LOCK = z.object({
  packages: z.record(z.string(), z.looseObject({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
});
type Packages = z.infer<typeof LOCK>['packages'];

describe('package-lock.json', () => {
  test('holds every optional dependency of every package, so that npm ci works on every platform', async () => {
    expect(missingFrom(await packages())).toEqual([]);
  });

  test('without one platform of a compiler would be found incomplete', async () => {
    const locked = await packages();
    const victim = Object.keys(locked).find((path) => path.includes('@swc/core-darwin'));
    const rest = Object.fromEntries(Object.entries(locked).filter(([path]) => path !== victim));
    expect(missingFrom(rest)).toEqual([`node_modules/@swc/core wants ${victim?.slice('node_modules/'.length) ?? ''}`]);
  });
});

async function packages(): Promise<Packages> {
  return LOCK.parse(JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))).packages;
}

function missingFrom(locked: Packages): string[] {
  return Object.entries(locked).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isReachable(locked, path, name))
      .map((name) => `${path} wants ${name}`),
  );
}

/** As Node looks: in the package's own node_modules, then in each one above it. */
function isReachable(locked: Packages, path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in locked) return true;
  return path !== '' && isReachable(locked, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name);
}
