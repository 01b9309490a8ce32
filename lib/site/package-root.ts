import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of our package.json, from the source tree as from dist/. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`expected a package.json above ${import.meta.dirname}; install the package as a whole`);
    folder = parent;
  }
  return folder;
}
