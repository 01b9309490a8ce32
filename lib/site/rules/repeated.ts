import type { Path } from '../yaml-file.js';

interface Named {
  readonly name: string;
  readonly path: Path;
}

/** Every occurrence after the first. */
export function repeated(all: readonly Named[]): readonly Named[] {
  const seen = new Set<string>();
  return all.filter(({ name }) => seen.size === seen.add(name).size);
}
