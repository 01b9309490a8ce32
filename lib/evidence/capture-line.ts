import type { Digest, Time } from '../model/json.js';
import { CAPTURE_HEADERS, FILES, methodOf, type CaptureLine } from './format.js';
import type { CapturedAnswer, Staged } from './types.js';

/** What was written of a body. */
export interface Written {
  readonly sha256: Digest<'capture'>;
  readonly size: number;
  readonly endedAt: Time;
}

/** What captures.jsonl says of a staged read, and under which name its bytes will lie. The order of keys is the order in the file. */
export function captureLine(id: number, staged: Staged, written: Written | null): CaptureLine {
  const { purpose, class: evidenceClass } = staged;
  if ('failure' in staged) {
    const { uri, code, startedAt, endedAt, peer } = staged.failure;
    const nothing = { httpStatus: null, headers: {}, peer, path: null, size: 0, sha256: null };
    return {
      id,
      purpose,
      class: evidenceClass,
      status: 'failed',
      method: methodOf(uri),
      uri,
      answeredBy: null,
      startedAt,
      endedAt,
      ...nothing,
      error: code,
    };
  }
  const { uri, answeredBy, status, headers, startedAt, peer, isJson } = headOf(staged);
  return {
    id,
    purpose,
    class: evidenceClass,
    status: 'complete',
    method: methodOf(uri),
    uri,
    answeredBy,
    startedAt,
    endedAt: written?.endedAt ?? startedAt,
    httpStatus: status,
    headers: allowed(headers),
    peer,
    path: payloadPath(id, uri, isJson),
    size: written?.size ?? 0,
    sha256: written?.sha256 ?? null,
    error: null,
  };
}

type Head = Pick<CapturedAnswer, 'uri' | 'answeredBy' | 'status' | 'headers' | 'startedAt' | 'peer'> & { readonly isJson: boolean };

/** A file is answered by its own path, since no redirect of one is followed, and its bytes are not looked into. */
function headOf(staged: Exclude<Staged, { readonly failure: unknown }>): Head {
  if ('file' in staged) return { ...staged.file, answeredBy: staged.file.uri, isJson: false };
  return { ...staged.answer, isJson: staged.answer.json !== null };
}

/** The line under its final number. */
export function renumbered(line: CaptureLine, id: number): CaptureLine {
  return { ...line, id, path: line.path?.replace(/\/\d{8}-/, `/${digits(id)}-`) ?? null };
}

/** The client keeps these headers only; written evidence does not rely on that, since `set-cookie` and tokens would be secrets in clear. */
function allowed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(CAPTURE_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

/** The id makes it unique; the rest, the end of the URI in harmless characters, is for people. */
function payloadPath(id: number, uri: string, isJson: boolean): string {
  const words = uri
    .replace(/^\/redfish\/v1/, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .slice(-SLUG)
    .replace(/^[-_]+|[-_]+$/g, '');
  return `${FILES.data}/${digits(id)}-${words === '' ? 'root' : words}.${isJson ? 'json' : 'bin'}`;
}

const SLUG = 48;

function digits(id: number): string {
  return String(id).padStart(8, '0');
}
