import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';

/** The line where the value at this path stands: its key's line in a map, its own in a list; the nearest parent's when there is no such value. */
export function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let here = resolved(document, document.contents);
  let offset = here?.range?.[0] ?? 0;
  for (const part of path) {
    const step = stepInto(here, part);
    if (step === null) break;
    offset = step.offset ?? offset;
    here = resolved(document, step.value);
  }
  return lines.linePos(offset).line;
}

interface Step {
  readonly offset: number | undefined;
  readonly value: unknown;
}

function stepInto(node: Node | null, part: PropertyKey): Step | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    return pair === undefined ? null : { offset: isScalar(pair.key) ? pair.key.range?.[0] : undefined, value: pair.value };
  }
  if (isSeq(node)) {
    const item: unknown = node.items[Number(part)];
    return item === undefined ? null : { offset: isNode(item) ? item.range?.[0] : undefined, value: item };
  }
  return null;
}

function resolved(document: Document, value: unknown): Node | null {
  if (isAlias(value)) return value.resolve(document) ?? null;
  return isNode(value) ? value : null;
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
}
