import Table from 'cli-table3';
import { plain } from '../../lib/model/text.js';
import { painted, type Text } from './text.js';

type Rows = readonly (readonly Text[])[];

interface Form {
  readonly colour: boolean;
  /** Of the terminal; infinite in a pipe, where nothing is cut. */
  readonly width: number;
  readonly titles?: readonly string[];
  readonly indent?: number;
}

const NARROWEST = 12;
const GAP = 2;

/** Columns without borders, one line a row. On a terminal the last column is cut to the width; in a pipe it is whole. */
export function renderTable(rows: Rows, { colour, width, titles = [], indent = 0 }: Form): readonly string[] {
  const last = Math.max(titles.length, ...rows.map((row) => row.length)) - 1;
  const room = Math.max(NARROWEST, width - indent - widthBefore(rows, titles, last));
  const table = new Table({ chars: NO_BORDERS, style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP } });
  if (titles.length > 0) table.push(titles.map((title) => title.toUpperCase()));
  for (const row of rows) table.push(row.map((cell, column) => painted(column === last ? cut(cell, room) : cell, colour)));
  return table
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd());
}

function widthBefore(rows: Rows, titles: readonly string[], last: number): number {
  return Array.from({ length: Math.max(last, 0) }, (_, column) => {
    const widths = rows.map((row) => lengthOf(row[column]));
    return GAP + Math.max(titles[column]?.length ?? 0, ...widths);
  }).reduce((sum, width) => sum + width, 0);
}

function cut(cell: Text, room: number): Text {
  if (lengthOf(cell) <= room) return cell;
  return { parts: [{ text: plain(painted(cell, false), room), style: cell.parts[0]?.style ?? null }] };
}

function lengthOf(cell: Text | undefined): number {
  return (cell?.parts ?? []).reduce((sum, part) => sum + part.text.length, 0);
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
