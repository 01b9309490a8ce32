import { createHash } from 'node:crypto';
import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import { EVIDENCE_CLASSES } from '../../model/effect.js';
import type { CustodyLine, Seal } from '../format.js';
import { FILES, NO_CUSTODY } from '../format.js';
import type { Contents } from './contents.js';
import { linesOf } from './lines.js';
import { readCustodyLine } from './records.js';
import { refusal } from './refused.js';
import type { Refusal } from './report.js';

export interface Custody {
  readonly refusals: readonly Refusal[];
  readonly lines: readonly CustodyLine[];
}

/** Checks this seal's segment of the custody log: each line, the chain through them, and what the seal says about them. */
export function checkCustody(contents: Contents, seal: Seal, where: string): Custody {
  const bytes = contents.tags.get(FILES.custody) ?? Buffer.alloc(0);
  const at = `${where}: ${FILES.custody}`;
  const texts = linesOf(bytes);
  if (texts === null) return { refusals: [refusal('CUSTODY_TORN', at, 'a last line that ends in LF', 'none')], lines: [] };
  const lines: CustodyLine[] = [];
  let head: string = seal.custody.continues;
  for (const [index, text] of texts.entries()) {
    const line = readCustodyLine(text);
    const here = `${at}:${String(index + 1)}`;
    // One broken link makes every later one look broken: the first is the finding.
    if (line === null) return { refusals: [refusal('CUSTODY_LINE', here, 'a custody line in its one form', text)], lines: [] };
    const wrong = breakIn(line, lines.at(-1), head, seal, here);
    if (wrong !== null) return { refusals: [wrong], lines: [] };
    lines.push(line);
    head = createHash('sha256').update(`${text}\n`).digest('hex');
  }
  const short = summary(bytes, lines, head, seal, at);
  return {
    refusals: short.length > 0 ? short : [...opening(lines, seal, at), ...ending(lines, seal, where), ...classes(lines, seal, where)],
    lines,
  };
}

function breakIn(line: CustodyLine, last: CustodyLine | undefined, head: string, seal: Seal, where: string): Refusal | null {
  const seq = last === undefined ? seal.custody.firstSeq : last.seq + 1;
  if (line.seq !== seq) return refusal('CUSTODY_SEQ', where, `line ${String(seq)}`, `line ${String(line.seq)}`);
  if (line.prev !== head) return refusal('CUSTODY_PREV', where, head, line.prev);
  if (last !== undefined && Date.parse(line.time) < Date.parse(last.time) - CLOCK_SKEW_MS)
    return refusal('CUSTODY_TIME', where, `not before ${last.time}`, line.time);
  return null;
}

function summary(bytes: Buffer, lines: readonly CustodyLine[], head: string, { custody }: Seal, where: string): Refusal[] {
  const seen = { entries: lines.length, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), head };
  const sealed = { entries: custody.entries, bytes: custody.bytes, sha256: custody.sha256, head: custody.head };
  return JSON.stringify(seen) === JSON.stringify(sealed)
    ? []
    : [refusal('CUSTODY_SUMMARY', where, JSON.stringify(sealed), JSON.stringify(seen))];
}

/** The first line ties the segment to its series, and then to the seal before. */
function opening(lines: readonly CustodyLine[], seal: Seal, where: string): Refusal[] {
  const [first] = lines;
  const at = `${where}:1`;
  const isFirst = seal.seal === 1;
  const begins = isFirst ? seal.custody.firstSeq === 1 && seal.custody.continues === NO_CUSTODY : seal.custody.firstSeq > 1;
  const expected = isFirst ? 'series.opened' : 'sealed';
  if (!begins || first?.type !== expected)
    return [
      refusal(
        'CUSTODY_BREAK',
        at,
        `line ${isFirst ? '1' : 'n'} of type ${expected}`,
        `line ${String(first?.seq)} of type ${String(first?.type)}`,
      ),
    ];
  const again = lines.slice(1).find(({ type }) => type === 'series.opened' || type === 'sealed');
  if (again !== undefined)
    return [refusal('CUSTODY_BREAK', at, 'no other line that begins a segment', `line ${String(again.seq)} of type ${again.type}`)];
  const { data } = first;
  if (isFirst) {
    const opened = [data['incident'], data['series'], data['launch'], data['drill']];
    const sealed = [seal.incident, seal.series, seal.launch, seal.drill];
    return JSON.stringify(opened) === JSON.stringify(sealed)
      ? []
      : [refusal('IDENTITY', at, JSON.stringify(sealed), JSON.stringify(opened))];
  }
  const logged = `${String(data['name'])} ${String(data['tagmanifestSha256'])}`;
  const previous = `${String(seal.previousSeal?.name)} ${String(seal.previousSeal?.tagmanifestSha256)}`;
  return logged === previous ? [] : [refusal('SERIES_PREVIOUS', at, previous, logged)];
}

/** A seal is made after what it seals. */
function ending(lines: readonly CustodyLine[], { createdAt }: Seal, where: string): Refusal[] {
  const last = lines.at(-1);
  return last === undefined || Date.parse(createdAt) >= Date.parse(last.time) - CLOCK_SKEW_MS
    ? []
    : [refusal('CUSTODY_TIME', `${where}: ${FILES.seal}`, `a seal not made before ${last.time}`, createdAt)];
}

function classes(lines: readonly CustodyLine[], seal: Seal, where: string): Refusal[] {
  const logged = new Set(lines.filter(({ type }) => type === 'class.complete').map(({ data }) => data['class']));
  const known = EVIDENCE_CLASSES.filter((name) => logged.has(name));
  // One that this version does not know, or a line without any, would count for nothing, and nobody would be told.
  const expected = (known.length === logged.size ? known : [...logged].map(String)).join(', ');
  const got = seal.classes.join(', ');
  return expected === got ? [] : [refusal('SEAL_CLASSES', `${where}: ${FILES.seal}`, expected, got)];
}
