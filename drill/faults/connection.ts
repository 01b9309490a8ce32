import { DONE, never, type Fault, type Raw } from './fault.js';
import { AT, raw, rawHonest, reads, readsInside } from './tell.js';

/** What an owned BMC does below HTTP: sockets, TLS, timing. */
export const CONNECTION = {
  mute: { line: 'takes the connection and never says a word', listens: 'mute', expect: never('UNREACHABLE') },
  'tls-noise': { line: 'answers the TLS hello with noise', listens: 'noise', expect: never('TLS_FAILED') },
  'plain-http': { line: 'speaks HTTP in clear where TLS is expected', listens: 'plain-http', expect: never('TLS_FAILED') },
  'old-tls': { line: 'speaks TLS 1.1 at most', listens: 'old-tls', expect: never('TLS_FAILED') },
  'hangs-up': { line: 'ends every connection right after the handshake', listens: 'hangs-up', expect: never('DROPPED') },
  'certificate-expired': { line: 'the pinned key in a certificate that expired long ago', presents: 'same-key-expired', expect: DONE },
  'certificate-renewed': { line: 'the pinned key in a new certificate for another name', presents: 'same-key-renewed', expect: DONE },
  'another-key-later': {
    line: 'the pinned key on the first connection, another one on every later connection',
    presents: 'another-key-later',
    expect: { ...never('PIN_MISMATCH'), triage: 'done' },
  },
  'never-answers': {
    line: 'one resource is never answered',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => ({ parts: [], end: 'silence' }),
  },
  'slow-drip': {
    line: 'the body of one resource comes byte by byte, for ever',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => ({ parts: drip(), end: 'silence' }),
  },
  'stalls-in-body': {
    line: 'one answer stops in mid-body and the connection stays open',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => raw(['HTTP/1.1 200 OK', 'Content-Length: 500'], '{"Members": [', 'silence'),
  },
  'reset-in-body': {
    line: 'one resource always ends in a reset in mid-body',
    expect: DONE,
    on: reads(AT.chassis),
    answer: () => raw(['HTTP/1.1 200 OK', 'Content-Length: 500'], '{"Members": [', 'reset'),
  },
  'reset-every-other': {
    line: 'every second answer to a read ends in a reset',
    expect: DONE,
    on: readsInside,
    answer: (asked) => (asked.nth % 2 === 1 ? raw(['HTTP/1.1 200 OK', 'Content-Length: 500'], '{', 'reset') : asked.reply),
  },
  'closes-each-time': {
    line: 'closes the connection after every answer',
    expect: DONE,
    on: readsInside,
    answer: (asked) => rawHonest(asked, ['Connection: close']),
  },
  'closes-unannounced': {
    line: 'closes the connection after every answer and promises to keep it',
    expect: DONE,
    on: readsInside,
    answer: (asked) => rawHonest(asked, ['Connection: keep-alive']),
  },
  'http-1.0': {
    line: 'answers in HTTP/1.0 without a length: the end of the connection is the end of the body',
    expect: DONE,
    on: readsInside,
    answer: ({ reply }) => raw([`HTTP/1.0 ${String(reply.status)} OK`, 'Content-Type: application/json'], reply.body ?? ''),
  },
  'answers-twice': {
    line: 'sends an answer that nobody asked for after each one',
    expect: DONE,
    on: readsInside,
    answer: (asked) => ({
      parts: [Buffer.from([...rawBytes(rawHonest(asked)), ...rawBytes(raw(SECOND, '{"UserName":""}'))])],
      end: 'close',
    }),
  },
} as const satisfies Record<string, Fault>;

const SECOND = ['HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 15'];

/** The bytes of both answers leave in one piece, so that no client can tell them apart by when they come. */
function rawBytes({ parts }: Raw): Buffer {
  return Buffer.concat([...parts].map((part) => (typeof part === 'number' ? Buffer.alloc(0) : part)));
}

function* drip(): Generator<Buffer | number> {
  yield* raw(['HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 1000000']).parts;
  for (;;) {
    yield Buffer.from(' ');
    yield 50;
  }
}
