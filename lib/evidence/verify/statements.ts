import { isUtf8 } from 'node:buffer';
import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import type { Digest } from '../../model/json.js';
import { launches } from '../../model/occurrence.js';
import { readStatement } from '../../model/read-statement.js';
import { canonical, sha256 } from '../../trust/canonical.js';
import { onePacket } from '../../trust/packet.js';
import type { CustodyLine, Seal } from '../format.js';
import { CASE, FILES, STATEMENT_PATH } from '../format.js';
import { unarmorSignature } from './armor.js';
import type { Contents } from './contents.js';
import { refusal } from './refused.js';
import type { Refusal } from './report.js';

/**
 * Checks what the bag keeps of people's decisions: the files and the custody log tell of the same ones, each has a signature beside it and is a decision
 * of this very incident, and the case keeps the launch that opened it. Who signed is for `gpg` and the certificates of people to say.
 */
export function checkStatements(contents: Contents, seal: Seal, custody: readonly CustodyLine[], where: string): Refusal[] {
  const logged = new Set(custody.filter(({ type }) => type === 'statement.stored').map(({ data }) => String(data['statement'])));
  const files = [...contents.tags].filter(([name]) => name.startsWith(`${FILES.statements}/`));
  const dropped = [...logged].filter((digest) => !contents.tags.has(pathOf(digest)));
  return [
    ...files.flatMap(([name, bytes]) => checkFile(contents, name, bytes, seal, logged, where)),
    ...dropped.map((digest) =>
      refusal('STATEMENT_MISSING', `${where}: ${pathOf(digest)}`, 'the statement that the custody log names', 'no file'),
    ),
    ...(keepsLaunch(seal) && !logged.has(seal.launch)
      ? [refusal('LAUNCH_MISSING', where, `the launch of ${seal.incident} under ${pathOf(seal.launch)}`, 'no file')]
      : []),
  ];
}

/** The first seal of the case is where the launch is kept: nothing of a case is written before it. */
export function keepsLaunch({ series, seal }: Pick<Seal, 'series' | 'seal'>): boolean {
  return series === CASE && seal === 1;
}

export interface StatementFault {
  readonly code: 'STATEMENT_FORM' | 'STATEMENT_FOREIGN' | 'LAUNCH_FOREIGN';
  readonly expected: string;
  readonly got: string;
}

/**
 * Why this text cannot stand in the evidence of this incident under this digest; null when it can. Writer and verifier ask the same. `at`: when it was
 * kept, at the latest, in milliseconds: an occurrence of a schedule has to have come by then.
 */
export function statementFault(
  text: string,
  digest: Digest<'statement'>,
  { incident, launch }: Pick<Seal, 'incident' | 'launch'>,
  at: number,
): StatementFault | null {
  const read = readStatement(text);
  if ('refusal' in read) return { code: 'STATEMENT_FORM', expected: 'a statement', got: `a text that is none: ${read.why}` };
  const { statement } = read;
  if (canonical(statement) !== text) return { code: 'STATEMENT_FORM', expected: 'canonical JSON (RFC 8785)', got: 'another spelling' };
  // The launch of a schedule is good for each of its occurrences, once their time has come, and for nothing else.
  const opens = statement.verb === 'launch' && launches(statement, incident, at + CLOCK_SKEW_MS);
  if (statement.verb === 'launch' || digest === launch)
    return opens && digest === launch
      ? null
      : { code: 'LAUNCH_FOREIGN', expected: `the launch of ${incident}`, got: `a ${statement.verb} of ${statement.incident}` };
  return statement.incident === incident && statement.launch === launch
    ? null
    : {
        code: 'STATEMENT_FOREIGN',
        expected: `a statement about ${incident} under the launch ${launch}`,
        got: `one about ${statement.incident} under ${statement.launch}`,
      };
}

function checkFile(contents: Contents, name: string, bytes: Buffer, seal: Seal, logged: ReadonlySet<string>, where: string): Refusal[] {
  const at = `${where}: ${name}`;
  const [, digest] = STATEMENT_PATH.exec(name) ?? [];
  if (digest === undefined) return [refusal('STATEMENT_CHANGED', at, 'statements/<digest>.json and its .asc', name)];
  if (!logged.has(digest)) return [refusal('STATEMENT_CHANGED', at, 'a custody line statement.stored', 'none')];
  if (name.endsWith('.asc')) return [];
  const hash = sha256<'statement'>(bytes);
  if (hash !== digest) return [refusal('STATEMENT_CHANGED', at, digest, hash)];
  if (!isSigned(contents.tags.get(`${name}.asc`)))
    return [refusal('STATEMENT_UNSIGNED', at, `one armored OpenPGP signature in ${name}.asc`, 'none')];
  if (!isUtf8(bytes)) return [refusal('STATEMENT_FORM', at, 'a text in UTF-8', 'other bytes')];
  const fault = statementFault(bytes.toString('utf8'), hash, seal, Date.parse(seal.createdAt));
  return fault === null ? [] : [refusal(fault.code, at, fault.expected, fault.got)];
}

function isSigned(signature: Buffer | undefined): boolean {
  const bytes = signature === undefined ? null : unarmorSignature(signature.toString('latin1'));
  return bytes !== null && onePacket(bytes);
}

function pathOf(digest: string): string {
  return `${FILES.statements}/${digest}.json`;
}
