import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Problem, ProblemCode } from './error.js';
import { fieldsAt } from './schema-fields.js';
import { FIXES } from './schema/fixes.js';
import { hint } from './suggest.js';
import { lineOf } from './yaml-lines.js';

/** A way to a value inside a file, as zod reports it. */
export type Path = readonly PropertyKey[];

/** A parsed site file: its value, and where each part of it stands. */
export interface SiteFileText<Value> {
  readonly file: string;
  readonly value: Value;
  /** A problem with the value at this path, with its line. */
  readonly problem: (path: Path, code: ProblemCode, what: string, fix: string) => Problem;
}

// Anchors save typing in an inventory; a few aliases of aliases make gigabytes.
const MAX_ALIASES = 1000;

/** Parses one YAML file against its schema. Returns every problem of the file at once, or the value. */
export function readYaml<Value>(
  file: string,
  text: string,
  schema: z.ZodType<Value>,
): { readonly parsed: SiteFileText<Value> } | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map((fault) => ({
    code: fault.code,
    message: fault.message,
    line: lines.linePos(fault.pos[0]).line,
  }));
  // One mistake often breaks a line in several ways; the first is the one to correct.
  const firsts = faults.filter((fault, at) => faults.findIndex(({ line }) => line === fault.line) === at);
  if (firsts.length > 0)
    return {
      problems: firsts.map(({ line, code, message }) =>
        code === 'DUPLICATE_KEY'
          ? { file, line, code: 'YAML_DUPLICATE_KEY', what: message, fix: 'keep one of the two' }
          : { file, line, code: 'YAML_SYNTAX', what: message, fix: 'correct the YAML here; indentation is by spaces only' },
      ),
    };
  const problem = (path: Path, code: ProblemCode, what: string, fix: string): Problem => ({
    file,
    line: lineOf(document, lines, path),
    code,
    what,
    fix,
  });
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return {
      problems: [
        problem(
          [],
          'YAML_TOO_MANY_ALIASES',
          'aliases unfold into more than this file could mean',
          `use at most ${String(MAX_ALIASES)} aliases, none inside another`,
        ),
      ],
    };
  }
  const result = schema.safeParse(value);
  if (result.success) return { parsed: { file, value: result.data, problem } };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, value, schema, problem)) };
}

type MakeProblem = SiteFileText<unknown>['problem'];

function problemsOf(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType, problem: MakeProblem): readonly Problem[] {
  const name = nameOf(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      problem([...issue.path, key], 'FIELD_UNKNOWN', `${name}unknown field "${key}"`, hint(key, fieldsAt(schema, issue.path))),
    );
  if (issue.path.length > 0 && at(value, issue.path) === undefined)
    return [
      problem(issue.path.slice(0, -1), 'FIELD_MISSING', `${name}missing`, fixOf(issue.path) ?? 'add it; docs/site.md shows an example'),
    ];
  // The message of a bad key of a record sits one level deeper.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [
    problem(
      issue.path,
      'FIELD_INVALID',
      `${name}${message.replace(/^Invalid input: /, '')}`,
      fixOf(issue.path) ?? 'docs/site.md says what this field may hold',
    ),
  ];
}

function nameOf(path: Path): string {
  return path.length === 0
    ? ''
    : `${path
        .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
        .join('')
        .replace(/^\./, '')}: `;
}

/** The nearest named field with advice of its own. */
function fixOf(path: Path): string | undefined {
  for (const part of [...path].reverse()) if (typeof part === 'string' && Object.hasOwn(FIXES, part)) return FIXES[part];
  return undefined;
}

function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = new Map<PropertyKey, unknown>(Object.entries(here)).get(String(part));
  }
  return here;
}
