import { createHash } from 'node:crypto';
import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import { launches } from '../../model/occurrence.js';
import { readStatement } from '../../model/read-statement.js';
import type { CustodyLine, Seal } from '../format.js';
import { FILES, STATEMENT_PATH, sealName } from '../format.js';
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

/** The series that holds the launch, gates and engine events of the whole incident. */
export const CASE = 'case';

/** Checks that each stored statement is the one that its name and the custody log say, and a launch the one that opened this very incident. */
export function checkStatements(contents: Contents, seal: Seal, custody: readonly CustodyLine[], where: string): Refusal[] {
  const logged = new Set(custody.filter(({ type }) => type === 'statement.stored').map(({ data }) => data['statement']));
  return [...contents.tags].flatMap(([name, bytes]) => {
    if (!name.startsWith(`${FILES.statements}/`)) return [];
    const at = `${where}: ${name}`;
    const digest = name.slice(FILES.statements.length + 1).split('.', 1)[0] ?? '';
    if (!STATEMENT_PATH.test(name)) return [refusal('STATEMENT_CHANGED', at, 'statements/<digest>.json and its .asc', name)];
    if (!logged.has(digest)) return [refusal('STATEMENT_CHANGED', at, 'a custody line statement.stored', 'none')];
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (name.endsWith('.asc')) return [];
    return hash === digest ? checkLaunch(bytes, digest, seal, at) : [refusal('STATEMENT_CHANGED', at, digest, hash)];
  });
}

/** The launch of a schedule is good for each of its occurrences, once their time has come, and for nothing else. */
function checkLaunch(bytes: Uint8Array, digest: string, { incident, launch, createdAt }: Seal, at: string): Refusal[] {
  const read = readStatement(new TextDecoder().decode(bytes));
  if ('refusal' in read || read.statement.verb !== 'launch') return [];
  if (digest === launch && launches(read.statement, incident, Date.parse(createdAt) + CLOCK_SKEW_MS)) return [];
  return [refusal('LAUNCH_FOREIGN', at, `the launch of ${incident}`, `a launch of ${read.statement.incident}`)];
}
