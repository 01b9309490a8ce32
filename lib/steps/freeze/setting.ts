import type { Json } from '../../model/json.js';
import type { Condition, Operation, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { at } from '../../redfish/json.js';
import { quoted } from '../planning.js';
import type { Reading } from '../reader.js';

/** One setting of a resource: names that lead to it. */
export type Path = readonly [string, ...string[]];

/** Whether the BMC says that it takes this method here. Many leave `Allow` out: then what is known of the maker decides. */
export function takes({ headers }: Pick<Reading, 'headers'>, method: 'POST' | 'PATCH' | 'DELETE', unsaid: boolean): boolean {
  const allow = headers['allow'];
  return allow === undefined
    ? unsaid
    : allow
        .toUpperCase()
        .split(/[\s,]+/)
        .includes(method);
}

/**
 * Sets one setting that is now something else; undo sets it to exactly what was read, and both are seen in the setting itself. The caller has made
 * sure that it is there.
 */
export function change(reading: Reading, path: Path, to: Json, what: string): Omit<Operation, 'n'> {
  const { uri } = reading;
  const now = at(reading.json ?? undefined, ...path) ?? null;
  const is = (equals: Json): Condition => ({ uri, pointer: pointerOf(path), equals });
  const set = (value: Json): Send => ({ kind: 'redfish', method: 'PATCH', uri, body: bodyOf(path, value) });
  const send = set(to);
  return {
    version: 1,
    send,
    line: `${what}: ${path.join('/')} at ${uri} from ${shown(now)} to ${shown(to)}; undo sets it back`,
    limitMs: LIMIT_MS,
    before: [is(now)],
    after: [is(to)],
    proof: { by: 'state' },
    destroys: destroysOf(send),
    impact: 'none',
    undo: { send: set(now), after: [is(now)] },
  };
}

/** Property names with `/` between them, as a maker's facts have them. */
export function pathOf(property: string): Path {
  const [first = '', ...rest] = property.split('/');
  return [first, ...rest];
}

/** How long a BMC may take over one request. */
export const LIMIT_MS = 60_000;

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function bodyOf(path: Path, value: Json): Json {
  return path.reduceRight<Json>((body, name) => ({ [name]: body }), value);
}

function shown(value: Json): string {
  return typeof value === 'boolean' ? String(value) : quoted(typeof value === 'string' ? value : JSON.stringify(value));
}
