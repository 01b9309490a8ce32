import type { Seal } from '../format.js';
import { CASE, FILES, sealName } from '../format.js';
import type { Contents } from './contents.js';
import { refusal } from './refused.js';
import type { Refusal } from './report.js';

/** Checks what SEAL.json says of itself: its name in every place, its place in the series, and whether a drill was expected. */
export function checkSeal(contents: Contents, seal: Seal, expected: { readonly drill: boolean }, where: string): Refusal[] {
  const at = `${where}: ${FILES.seal}`;
  const refusals: Refusal[] = [];
  const name = sealName(seal.incident, seal.series, seal.seal);
  if (seal.name !== name) refusals.push(refusal('IDENTITY', at, name, seal.name));
  else if (contents.top !== name) refusals.push(refusal('IDENTITY', where, name, String(contents.top)));
  const previous = seal.seal === 1 ? null : sealName(seal.incident, seal.series, seal.seal - 1);
  if ((seal.previousSeal?.name ?? null) !== previous)
    refusals.push(refusal('SERIES_PREVIOUS', at, String(previous), String(seal.previousSeal?.name)));
  const closesCase = seal.series === CASE && seal.final;
  if ((seal.seriesHeads !== null) !== closesCase)
    refusals.push(
      refusal(
        'HEADS_MISMATCH',
        at,
        closesCase ? 'the heads of all series' : 'no heads: this seal does not close the case',
        closesCase ? 'none' : 'heads',
      ),
    );
  if (seal.drill && !expected.drill) refusals.push(refusal('DRILL', at, 'a real incident', 'a drill'));
  if (!seal.drill && expected.drill) refusals.push(refusal('NOT_A_DRILL', at, 'a drill', 'a real incident'));
  return refusals;
}
