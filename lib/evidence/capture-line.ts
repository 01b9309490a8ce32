import type { Digest } from '../model/json.js';
import { CAPTURE_HEADERS, FILES, type CaptureLine } from './format.js';
import type { CapturedAnswer, Staged } from './types.js';

/** What captures.jsonl says of a staged read, and under which name its bytes will lie. The order of keys is the order in the file. */
export function captureLine(id: number, staged: Staged, sha256: Digest<'capture'> | null): CaptureLine {
  const { purpose, class: evidenceClass } = staged;
  if ('failure' in staged) {
    const { uri, code, startedAt, endedAt, peer } = staged.failure;
    const nothing = { httpStatus: null, headers: {}, peer, path: null, size: 0, sha256: null };
    return {
      id,
      purpose,
      class: evidenceClass,
      status: 'failed',
      method: 'GET',
      uri,
      answeredBy: null,
      startedAt,
      endedAt,
      ...nothing,
      error: code,
    };
  }
  const { answer } = staged;
  return {
    id,
    purpose,
    class: evidenceClass,
    status: 'complete',
    method: answer.status === null ? 'TLS' : 'GET',
    uri: answer.uri,
    answeredBy: answer.answeredBy,
    startedAt: answer.startedAt,
    endedAt: answer.endedAt,
    httpStatus: answer.status,
    headers: allowed(answer.headers),
    peer: answer.peer,
    path: payloadPath(id, answer),
    size: answer.body.length,
    sha256,
    error: null,
  };
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
function payloadPath(id: number, answer: CapturedAnswer): string {
  const words = answer.uri
    .replace(/^\/redfish\/v1/, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .slice(-SLUG)
    .replace(/^[-_]+|[-_]+$/g, '');
  return `${FILES.data}/${digits(id)}-${words === '' ? 'root' : words}.${answer.json === null ? 'bin' : 'json'}`;
}

const SLUG = 48;

function digits(id: number): string {
  return String(id).padStart(8, '0');
}
