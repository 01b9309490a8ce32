import type { Base } from '../globals.js';
import { toJson } from './json.js';
import { painted, safe, text, type Text } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number | Text;
}

interface Listing<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** The sentence for an empty list; nothing found is no error. */
  readonly empty: string;
}

/** A line, or rows that stand in columns. */
export type Line = Text | { readonly rows: readonly (readonly Text[])[] };

/** A list: a borderless table, one JSON array, or one JSON line a row. */
export async function printRows<Row>(base: Base, { rows, columns, empty }: Listing<Row>): Promise<void> {
  const { globals, context } = base;
  if (globals.output === 'json') write(context.stdout, toJson(rows, 2));
  else if (globals.output === 'jsonl') for (const row of rows) write(context.stdout, toJson(row));
  else if (rows.length === 0) talk(base, text`${empty}`);
  else {
    const { renderTable } = await import('./table.js');
    const cells = rows.map((row) => columns.map((column) => safe(column.cell(row))));
    const titles = columns.map((column) => column.title);
    for (const line of renderTable(cells, { titles, colour: colourOn(base, 'stdout'), width: context.terminal.columns }))
      write(context.stdout, line);
  }
}

/** One thing: lines for people, or the value itself as JSON. */
export async function printDocument(base: Base, value: unknown, lines: () => readonly Line[]): Promise<void> {
  const { globals, context } = base;
  if (globals.output === 'json') write(context.stdout, toJson(value, 2));
  else if (globals.output === 'jsonl') write(context.stdout, toJson(value));
  else for (const line of await rendered(base, lines())) write(context.stdout, line);
}

/** Lines as they stand on this stdout. */
export async function rendered(base: Base, lines: readonly Line[]): Promise<readonly string[]> {
  const { renderTable } = await import('./table.js');
  const form = { colour: colourOn(base, 'stdout'), width: base.context.terminal.columns, indent: 2 };
  return lines.flatMap((line) =>
    'rows' in line ? (line.rows.length === 0 ? [] : renderTable(line.rows, form)) : [painted(line, form.colour)],
  );
}

/** Talk about the work, on stderr; silent with `--quiet`. */
export function talk(base: Base, line: Text): void {
  if (!base.globals.quiet) write(base.context.stderr, painted(line, colourOn(base, 'stderr')));
}

export function colourOn({ globals, context }: Base, stream: 'stdout' | 'stderr'): boolean {
  if (globals.color !== 'auto') return globals.color === 'always';
  const { env, terminal } = context;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return terminal[stream] && env['TERM'] !== 'dumb';
}

export function write(stream: NodeJS.WritableStream, line: string): void {
  stream.write(`${line}\n`);
}
