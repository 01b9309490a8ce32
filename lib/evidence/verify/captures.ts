import { sha256 } from '../../trust/canonical.js';
import type { CaptureLine, CustodyLine, Seal } from '../format.js';
import { ADDED_URI, EMPTY_PAYLOAD, FILES, methodOf, PAYLOAD_PATH } from '../format.js';
import type { Contents } from './contents.js';
import { linesOf } from './lines.js';
import { readCaptureLine } from './records.js';
import { refusal } from './refused.js';
import type { Incomplete, Refusal } from './report.js';

export interface Captures {
  readonly refusals: readonly Refusal[];
  readonly incomplete: readonly Incomplete[];
  readonly lines: readonly CaptureLine[];
}

/** Checks that capture lines, payload files, custody lines and the seal's counts all tell of the same captures. */
export function checkCaptures(contents: Contents, seal: Seal, custody: readonly CustodyLine[], where: string): Captures {
  const at = `${where}: ${FILES.captures}`;
  const { refusals, lines } = readLines(contents, seal, at);
  if (refusals.length > 0) return { refusals, lines: [], incomplete: [] };
  const incomplete = lines.flatMap(({ id, uri, status, error }) =>
    status === 'failed' ? [{ where: `${at} id ${String(id)}`, uri, error: error ?? '' }] : [],
  );
  return {
    refusals: [...againstFiles(contents, lines, where), ...againstCustody(lines, custody, where), ...counts(contents, lines, seal, where)],
    incomplete,
    lines,
  };
}

function readLines(contents: Contents, seal: Seal, at: string): { refusals: Refusal[]; lines: CaptureLine[] } {
  const texts = linesOf(contents.tags.get(FILES.captures) ?? Buffer.alloc(0));
  const lines: CaptureLine[] = [];
  const wrong = (found: Refusal): { refusals: Refusal[]; lines: CaptureLine[] } => ({ refusals: [found], lines: [] });
  if (texts === null) return wrong(refusal('CAPTURE_TORN', at, 'a last line that ends in LF', 'none'));
  for (const [index, text] of texts.entries()) {
    const line = readCaptureLine(text);
    const here = `${at}:${String(index + 1)}`;
    if (line === null || !isConsistent(line)) return wrong(refusal('CAPTURE_LINE', here, 'a capture line in its one form', text));
    const before = lines.at(-1)?.id ?? (seal.seal === 1 ? 0 : line.id - 1);
    if (line.id !== before + 1) return wrong(refusal('CAPTURE_ORDER', here, `id ${String(before + 1)}`, `id ${String(line.id)}`));
    lines.push(line);
  }
  return { refusals: [], lines };
}

/** A complete capture has a file and an answer, or is a certificate of the handshake, or was brought by a person; a failed one has an error and neither. */
function isConsistent(line: CaptureLine): boolean {
  if (line.method !== methodOf(line.uri) || (line.method === 'TLS' && !isOfHandshake(line))) return false;
  if (line.method === 'ADDED' && !isBrought(line)) return false;
  const answered = {
    GET: line.httpStatus !== null,
    IPMI: line.httpStatus === null && line.peer === null,
    NETWORK: line.httpStatus === null && line.peer === null,
    OWN: line.httpStatus === null && line.peer === null && line.answeredBy === line.uri,
    TLS: true,
    ADDED: true,
  }[line.method];
  const has = { path: line.path !== null, sha256: line.sha256 !== null, answer: answered && line.answeredBy !== null };
  if (line.status === 'failed')
    return line.error !== null && line.size === 0 && line.httpStatus === null && line.answeredBy === null && !has.path && !has.sha256;
  const prefix = `${FILES.data}/${String(line.id).padStart(8, '0')}-`;
  return (
    line.error === null && has.answer && has.sha256 && line.path !== null && PAYLOAD_PATH.test(line.path) && line.path.startsWith(prefix)
  );
}

/** No request was made for it, so there is no status, no header and no redirect; and it comes from a peer, whose key is known. */
function isOfHandshake({ status, httpStatus, headers, uri, answeredBy, peer }: CaptureLine): boolean {
  return status === 'complete' && httpStatus === null && Object.keys(headers).length === 0 && answeredBy === uri && peer !== null;
}

/** Nobody was asked for it over a network: there is no status, no header, no redirect and no peer. */
function isBrought({ status, httpStatus, headers, uri, answeredBy, peer }: CaptureLine): boolean {
  const bare = httpStatus === null && peer === null && Object.keys(headers).length === 0;
  return status === 'complete' && bare && ADDED_URI.test(uri) && answeredBy === uri;
}

function againstFiles(contents: Contents, lines: readonly CaptureLine[], where: string): Refusal[] {
  const refusals: Refusal[] = [];
  const named = new Set<string>();
  for (const { path, size, sha256: hash } of lines) {
    if (path === null) continue;
    named.add(path);
    const file = contents.files.get(path);
    if (file === undefined) refusals.push(refusal('CAPTURE_FILE_MISSING', `${where}: ${path}`, 'the captured bytes', 'no file'));
    else if (file.size !== size || file.sha256 !== hash)
      refusals.push(
        refusal(
          'CAPTURE_DIFFERS',
          `${where}: ${path}`,
          `${String(size)} bytes, ${String(hash)}`,
          `${String(file.size)} bytes, ${file.sha256}`,
        ),
      );
  }
  for (const [path, { sha256: hash }] of contents.files) {
    if (!path.startsWith(`${FILES.data}/`) || named.has(path)) continue;
    const isPlaceholder = path === EMPTY_PAYLOAD.path && named.size === 0 && hash === sha256(EMPTY_PAYLOAD.text);
    if (!isPlaceholder) refusals.push(refusal('CAPTURE_FILE_UNNAMED', `${where}: ${path}`, 'files that a capture line names', path));
  }
  return refusals;
}

function againstCustody(lines: readonly CaptureLine[], custody: readonly CustodyLine[], where: string): Refusal[] {
  const refusals: Refusal[] = [];
  const isWhole = ({ type, data }: CustodyLine): boolean =>
    type === 'evidence.added' && BROUGHT_BY.every((field) => typeof data[field] === 'string');
  const brought = new Set(custody.filter(isWhole).map(({ data }) => data['sha256']));
  const adopted = new Map<unknown, CustodyLine>();
  const twice: CustodyLine[] = [];
  for (const line of custody.filter(({ type }) => type === 'capture.adopted')) {
    if (adopted.has(line.data['id'])) twice.push(line);
    else adopted.set(line.data['id'], line);
  }
  for (const line of lines) {
    const log = adopted.get(line.id);
    adopted.delete(line.id);
    const expected = JSON.stringify([line.uri, line.sha256, line.size]);
    if (log === undefined) {
      refusals.push(
        refusal('CAPTURE_NOT_IN_CUSTODY', `${where}: ${FILES.captures} id ${String(line.id)}`, 'a custody line for each capture', 'none'),
      );
      continue;
    }
    if (line.method === 'ADDED' && !brought.has(line.sha256))
      refusals.push(
        refusal(
          'CAPTURE_NOT_IN_CUSTODY',
          `${where}: ${FILES.captures} id ${String(line.id)}`,
          'a custody line evidence.added that says who brought it',
          'none',
        ),
      );
    const got = JSON.stringify([log.data['uri'], log.data['sha256'], log.data['size']]);
    if (got !== expected)
      refusals.push(refusal('CUSTODY_CAPTURE_DIFFERS', `${where}: ${FILES.custody} seq ${String(log.seq)}`, expected, got));
  }
  for (const { seq } of [...adopted.values(), ...twice])
    refusals.push(
      refusal('CUSTODY_WITHOUT_CAPTURE', `${where}: ${FILES.custody} seq ${String(seq)}`, 'a line in captures.jsonl for each', 'none'),
    );
  return refusals;
}

/** What a person says who brings a file. */
const BROUGHT_BY = ['by', 'from', 'takenAt', 'reason'] as const;

function counts(contents: Contents, lines: readonly CaptureLine[], seal: Seal, where: string): Refusal[] {
  const payload = [...contents.files].filter(([path]) => path.startsWith(`${FILES.data}/`));
  const failed = lines.filter(({ status }) => status === 'failed').length;
  const seen = [payload.length, payload.reduce((total, [, { size }]) => total + size, 0), lines.length - failed, failed];
  const sealed = [seal.payload.files, seal.payload.bytes, seal.captures.complete, seal.captures.failed];
  if (JSON.stringify(seen) === JSON.stringify(sealed)) return [];
  const words = (numbers: readonly number[]): string =>
    `${String(numbers[0])} files, ${String(numbers[1])} bytes, ${String(numbers[2])} complete and ${String(numbers[3])} failed captures`;
  return [refusal('SEAL_COUNTS', `${where}: ${FILES.seal}`, words(seen), words(sealed))];
}
