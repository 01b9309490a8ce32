import { emptyReply } from '../reply.js';
import { DONE, never, type Fault } from './fault.js';
import { AT, headOf, many, raw, rawHonest, reads, readsInside } from './tell.js';

const spot = reads(AT.chassis);
const OK = 'HTTP/1.1 200 OK';
const BODY = '{"@odata.id":"/redfish/v1/Chassis","Members":[]}';

/** What an owned BMC does with HTTP itself: heads, lengths, chunks, status lines. On one resource unless said otherwise. */
export const HTTP = {
  'header-flood': {
    line: 'a megabyte of header lines',
    expect: DONE,
    on: spot,
    answer: (asked) =>
      rawHonest(
        asked,
        many(20_000, (n) => `X-Flood-${String(n)}: ${'a'.repeat(32)}`),
      ),
  },
  'endless-head': {
    line: 'header lines that never end',
    expect: DONE,
    on: spot,
    answer: () => ({ parts: endlessHead(), end: 'reset' }),
  },
  'huge-header': {
    line: 'one header of 200,000 bytes',
    expect: DONE,
    on: spot,
    answer: (asked) => rawHonest(asked, [`X-Huge: ${'a'.repeat(200_000)}`]),
  },
  'cookie-flood': {
    line: 'hundreds of cookies in every answer',
    expect: DONE,
    on: readsInside,
    answer: (asked) =>
      rawHonest(
        asked,
        many(300, (n) => `Set-Cookie: s${String(n)}=${'c'.repeat(40)}; Path=/`),
      ),
  },
  'continue-flood': {
    line: 'thousands of 103 Early Hints before the answer',
    expect: DONE,
    on: spot,
    answer: (asked) => ({
      parts: [...many(5_000, () => headOf(['HTTP/1.1 103 Early Hints', 'Link: </x>; rel=preload'])), ...rawHonest(asked).parts],
      end: 'close',
    }),
  },
  'continues-unasked': {
    line: '100 Continue, which nobody waited for, before the answer',
    expect: DONE,
    on: spot,
    answer: (asked) => ({ parts: [headOf(['HTTP/1.1 100 Continue']), ...rawHonest(asked).parts], end: 'close' }),
  },
  'switches-protocol': {
    line: '101 Switching Protocols, unasked',
    expect: DONE,
    on: spot,
    answer: () => raw(['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'], 'frames'),
  },
  'chunk-too-short': {
    line: 'a chunk that is shorter than its size says',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Transfer-Encoding: chunked'], `ffff\r\n${BODY}\r\n`),
  },
  'chunk-of-exabytes': {
    line: 'a chunk of 2^64 bytes',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Transfer-Encoding: chunked'], `ffffffffffffffff1\r\n${BODY}\r\n`),
  },
  'chunk-extension-flood': {
    line: 'a chunk whose extension is a megabyte',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Transfer-Encoding: chunked'], `1;x=${'e'.repeat(1_000_000)}\r\n{\r\n0\r\n\r\n`),
  },
  'length-too-long': {
    line: 'fewer bytes than Content-Length says, then the end',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Content-Length: 100000'], BODY),
  },
  'length-too-short': {
    line: 'more bytes than Content-Length says',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Content-Length: 10'], BODY),
  },
  'length-twice': {
    line: 'two Content-Length headers that differ',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Content-Length: 10', `Content-Length: ${String(BODY.length)}`], BODY),
  },
  'length-and-chunks': {
    line: 'Content-Length and chunks at once, as smugglers do',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, 'Content-Length: 5', 'Transfer-Encoding: chunked'], `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`),
  },
  'length-negative': { line: 'a negative Content-Length', expect: DONE, on: spot, answer: () => raw([OK, 'Content-Length: -1'], BODY) },
  'length-of-exabytes': {
    line: 'a Content-Length of 10^30',
    expect: DONE,
    on: spot,
    answer: () => raw([OK, `Content-Length: 1${'0'.repeat(30)}`], BODY),
  },
  'not-http': {
    line: 'the banner of another protocol',
    expect: never('DROPPED'),
    on: (request) => request.method === 'GET',
    answer: () => raw(['SSH-2.0-dropbear_2020.81']),
  },
  'status-of-zero': { line: 'the status 000', expect: DONE, on: spot, answer: () => raw(['HTTP/1.1 000 Nothing', 'Content-Length: 0']) },
  'status-of-thousands': {
    line: 'the status 99999',
    expect: DONE,
    on: spot,
    answer: () => raw(['HTTP/1.1 99999 Much', 'Content-Length: 0']),
  },
  'status-line-of-a-megabyte': {
    line: 'a reason phrase of a megabyte',
    expect: DONE,
    on: spot,
    answer: () => raw([`HTTP/1.1 200 ${'O'.repeat(1_000_000)}`, 'Content-Length: 0']),
  },
  'no-content-with-content': {
    line: '204 with a body behind it',
    expect: DONE,
    on: spot,
    answer: () => raw(['HTTP/1.1 204 No Content', `Content-Length: ${String(BODY.length)}`], BODY),
  },
  'not-modified-unasked': {
    line: '304 to a plain GET of the accounts',
    expect: { ...DONE, triage: 'done', plan: 'UNREADABLE', hides: true },
    on: reads(AT.accounts),
    answer: () => emptyReply(304),
  },
  'header-with-control-characters': {
    line: 'control characters in a header',
    expect: DONE,
    on: spot,
    answer: (asked) => rawHonest(asked, ['X-Ring: \x07\x1b[2J\x00']),
  },
  'header-line-split': {
    line: 'a bare line feed that splits a header in two',
    expect: DONE,
    on: spot,
    answer: (asked) => rawHonest(asked, ['X-One: a\nX-Two: b']),
  },
} as const satisfies Record<string, Fault>;

function* endlessHead(): Generator<Buffer> {
  yield Buffer.from(`${OK}\r\n`);
  for (let n = 0; ; n += 1) yield Buffer.from(`X-${String(n)}: ${'a'.repeat(500)}\r\n`);
}
