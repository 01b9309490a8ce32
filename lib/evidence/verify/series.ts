import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import { CASE } from '../format.js';
import type { SealHead } from '../types.js';
import type { CheckedSeal } from './bag.js';
import { refusal } from './refused.js';
import type { Incomplete, Refusal } from './report.js';

interface CheckedSeries {
  readonly refusals: readonly Refusal[];
  readonly incomplete: readonly Incomplete[];
}

/** Checks that the seals of an exported case are whole series, from their first seal on, and that the closing seal names the last of each. */
export function checkSeries(seals: readonly CheckedSeal[]): CheckedSeries {
  const series = inOrder(seals);
  const refusals = [...mixed(seals), ...[...series.values()].flatMap(checkOrder)];
  if (refusals.length > 0) return { refusals, incomplete: [] };
  const closing = seals.find(({ seal }) => seal.seriesHeads !== null);
  if (closing !== undefined) return { refusals: checkHeads(closing, series), incomplete: [] };
  return { refusals: [], incomplete: [...[...series.values()].flatMap(stillOpen), ...withoutCase(series)] };
}

type InOrder = ReadonlyMap<string, readonly CheckedSeal[]>;

function inOrder(seals: readonly CheckedSeal[]): InOrder {
  const series = new Map<string, CheckedSeal[]>();
  for (const one of seals.toSorted((a, b) => a.seal.seal - b.seal.seal))
    series.set(one.seal.series, [...(series.get(one.seal.series) ?? []), one]);
  return series;
}

function mixed([first, ...rest]: readonly CheckedSeal[]): Refusal[] {
  if (first === undefined) return [];
  const of = ({ seal }: CheckedSeal): string => `incident ${seal.incident}, launch ${seal.launch}, ${seal.drill ? 'drill' : 'no drill'}`;
  return rest.filter((one) => of(one) !== of(first)).map((one) => refusal('SERIES_MIXED', one.where, of(first), of(one)));
}

function checkOrder(series: readonly CheckedSeal[]): Refusal[] {
  const [first] = series;
  const before =
    first !== undefined && first.seal.seal > 1
      ? [refusal('SERIES_GAP', first.where, 'seal 1 first', `seal ${String(first.seal.seal)}`)]
      : [];
  const steps = series.flatMap((one, index) => (index === 0 ? [] : checkStep(series[index - 1] ?? one, one)));
  return [...before, ...(steps.length > 0 ? steps : checkCaptureIds(series))];
}

/** Capture ids count through the series; a seal without captures takes none. */
function checkCaptureIds(series: readonly CheckedSeal[]): Refusal[] {
  let last = series[0]?.captures?.last ?? 0;
  return series.slice(1).flatMap(({ captures, where }) => {
    if (captures === null) return [];
    const expected = last + 1;
    last = captures.last;
    return captures.first === expected
      ? []
      : [refusal('CAPTURE_ORDER', where, `id ${String(expected)} first`, `id ${String(captures.first)}`)];
  });
}

/** One code for each pair: the gravest that explains the rest. */
function checkStep(last: CheckedSeal, next: CheckedSeal): Refusal[] {
  const { seal, where } = next;
  if (seal.seal === last.seal.seal) return [refusal('SERIES_FORK', where, 'one seal of each number', `${last.where} has this number too`)];
  if (last.seal.final) return [refusal('SERIES_AFTER_FINAL', where, `nothing after ${last.seal.name}`, seal.name)];
  if (seal.seal !== last.seal.seal + 1)
    return [refusal('SERIES_GAP', where, `seal ${String(last.seal.seal + 1)}`, `seal ${String(seal.seal)}`)];
  if (seal.previousSeal?.tagmanifestSha256 !== last.tagmanifestSha256)
    return [refusal('SERIES_PREVIOUS', where, last.tagmanifestSha256, String(seal.previousSeal?.tagmanifestSha256))];
  const { custody } = last.seal;
  if (next.begins !== null && Date.parse(next.begins) < Date.parse(last.seal.createdAt) - CLOCK_SKEW_MS)
    return [refusal('CUSTODY_TIME', where, `not before ${last.seal.createdAt}`, next.begins)];
  const end = `line ${String(custody.firstSeq + custody.entries)} after ${custody.head}`;
  const start = `line ${String(seal.custody.firstSeq)} after ${seal.custody.continues}`;
  return end === start ? [] : [refusal('CUSTODY_BREAK', where, end, start)];
}

function checkHeads(closing: CheckedSeal, series: InOrder): Refusal[] {
  const refusals: Refusal[] = [];
  const heads: readonly SealHead[] = closing.seal.seriesHeads ?? [];
  const named = new Map<string, SealHead>(heads.map((head) => [head.series, head]));
  if (named.size !== heads.length)
    refusals.push(
      refusal('HEADS_MISMATCH', closing.where, 'each series once', `${String(heads.length)} heads of ${String(named.size)} series`),
    );
  for (const [id, head] of named) {
    const last = series.get(id)?.at(-1);
    const got = last === undefined ? 'no seal of this series' : `${last.seal.name} ${last.tagmanifestSha256}`;
    const expected = `${head.name} ${head.tagmanifestSha256}`;
    if (got !== expected) refusals.push(refusal('HEADS_MISMATCH', `${closing.where}: series ${id}`, expected, got));
  }
  for (const id of series.keys()) {
    if (id !== closing.seal.series && !named.has(id))
      refusals.push(refusal('HEADS_MISMATCH', `${closing.where}: series ${id}`, 'series that the closing seal names', id));
  }
  return refusals;
}

/** Without a final seal nothing proves that later seals were not dropped. */
function stillOpen(series: readonly CheckedSeal[]): Incomplete[] {
  const last = series.at(-1);
  return last === undefined || last.seal.final
    ? []
    : [{ where: `series ${last.seal.series}, last seal ${last.seal.name}`, uri: null, error: 'SERIES_OPEN' }];
}

/** Only the closing seal of the case tells which series there were: without it a whole one may have been dropped. */
function withoutCase(series: InOrder): Incomplete[] {
  return series.has(CASE) ? [] : [{ where: `series ${CASE}, no seal`, uri: null, error: 'CASE_ABSENT' }];
}
