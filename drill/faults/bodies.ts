import { gzipSync, deflateSync } from 'node:zlib';
import { link } from '../json.js';
import { bytesReply } from '../reply.js';
import { DONE, unplanned, type Fault } from './fault.js';
import { AT, bodyOf, edited, headOf, html, reads, readsInside, says } from './tell.js';

const spot = reads(AT.chassis);
const accounts = reads(AT.accounts);

/** What an owned BMC writes into bodies: size, encoding, and what is almost JSON. */
export const BODIES = {
  'endless-body': { line: 'a body that never ends', expect: DONE, on: spot, answer: () => ({ parts: endlessBody(), end: 'reset' }) },
  'gzip-unasked': {
    line: 'gzip in every answer, in spite of `identity`',
    expect: DONE,
    on: readsInside,
    answer: (asked) => says(asked, gzipSync(asked.reply.body ?? ''), { 'Content-Encoding': 'gzip' }),
  },
  'gzip-bomb': {
    line: 'gzip of a gigabyte, in spite of `identity`',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, bomb(), { 'Content-Encoding': 'gzip' }),
  },
  'gzip-torn': {
    line: 'gzip that breaks off',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, gzipSync(asked.reply.body ?? '').subarray(0, 20), { 'Content-Encoding': 'gzip' }),
  },
  'encoding-unknown': {
    line: 'an encoding that nobody knows',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, deflateSync(asked.reply.body ?? ''), { 'Content-Encoding': 'x-vendor' }),
  },
  'deep-nesting': { line: 'a million nested lists', expect: DONE, on: spot, answer: (asked) => says(asked, '['.repeat(1_000_000)) },
  'giant-number': {
    line: 'a count of a million digits',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, `{"@odata.id":"/redfish/v1/Chassis","Members":[],"Members@odata.count":${'9'.repeat(1_000_000)}}`),
  },
  'giant-string': {
    line: 'a name of sixteen megabytes',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, Name: 'N'.repeat(16 * 1024 * 1024) })),
  },
  'keys-by-thousands': {
    line: 'an object of 200,000 keys',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, `{${Array.from({ length: 200_000 }, (_, n) => `"k${String(n)}":0`).join(',')}}`),
  },
  'invalid-utf8': {
    line: 'bytes that are no UTF-8 in every text',
    expect: DONE,
    on: spot,
    answer: (asked) =>
      says(asked, Buffer.concat([Buffer.from('{"Name":"'), Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0]), Buffer.from('"}')])),
  },
  'byte-order-mark': {
    line: 'a byte order mark before every body',
    expect: DONE,
    on: readsInside,
    answer: (asked) => says(asked, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), asked.reply.body ?? Buffer.alloc(0)])),
  },
  'utf-16': {
    line: 'UTF-16 where UTF-8 is due',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, Buffer.from(`\ufeff${JSON.stringify(bodyOf(asked))}`, 'utf16le')),
  },
  'duplicate-keys': {
    line: 'every key of the account list twice, with an empty list first',
    expect: DONE,
    on: accounts,
    answer: (asked) => says(asked, `{"Members":[],"Members@odata.count":0,${JSON.stringify(bodyOf(asked)).slice(1)}`),
  },
  'prototype-keys': {
    line: 'keys that reach for the prototype in every body',
    expect: DONE,
    on: readsInside,
    answer: (asked) => {
      const { body } = asked.reply;
      const trap =
        '"__proto__":{"Enabled":false,"Members":[]},"constructor":{"prototype":{"Enabled":false}},"hasOwnProperty":1,"toString":2';
      const text = body?.toString() ?? '';
      return text.startsWith('{"') ? says(asked, `{${trap},${text.slice(1)}`) : asked.reply;
    },
  },
  'not-a-number': {
    line: 'NaN and Infinity in the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) =>
      says(asked, JSON.stringify(bodyOf(asked)).replace(/"Members@odata.count":\d+/, '"Members@odata.count":NaN,"x":-Infinity')),
  },
  'comments-in-json': {
    line: 'comments and a trailing comma in the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => says(asked, `/* iLO */ ${JSON.stringify(bodyOf(asked)).replace(/}$/, ',}')}`),
  },
  'wrong-content-type': {
    line: 'JSON that calls itself an image, everywhere',
    expect: DONE,
    on: readsInside,
    answer: (asked) => says(asked, asked.reply.body ?? '', { 'Content-Type': 'image/png' }),
  },
  'login-page': {
    line: 'an HTML login page with status 200 instead of the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: () => html(200, 'Sign in'),
  },
  'login-page-everywhere': {
    line: 'an HTML login page with status 200 for everything behind the service root',
    expect: unplanned('WRONG_DEVICE'),
    on: readsInside,
    answer: () => html(200, 'Sign in'),
  },
  'error-with-status-200': {
    line: 'an error body with status 200 instead of the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: () => bytesReply(200, Buffer.from('{"error":{"code":"Base.1.8.GeneralError","message":"busy"}}'), 'application/json'),
  },
  'empty-body': {
    line: 'nothing with status 200 instead of the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => says(asked, ''),
  },
  'null-body': {
    line: '`null` instead of the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => says(asked, 'null'),
  },
  'list-body': {
    line: 'a bare list instead of the account list',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => says(asked, '[{"@odata.id":"/redfish/v1/AccountService/Accounts/1"}]'),
  },
  'members-no-list': {
    line: 'an account list whose Members is an object',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => edited(asked, (body) => ({ ...body, Members: link(`${AT.accounts}/1`) })),
  },
} as const satisfies Record<string, Fault>;

function* endlessBody(): Generator<Buffer> {
  yield headOf(['HTTP/1.1 200 OK', 'Content-Type: application/json']);
  const chunk = Buffer.alloc(65_536, ' ');
  for (;;) yield chunk;
}

let packed: Buffer | null = null;
/** A megabyte that unpacks to a gigabyte: gzip members may follow one another. */
function bomb(): Buffer {
  const part = packed ?? gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '), { level: 9 });
  packed = part;
  return Buffer.concat(Array.from({ length: 64 }, () => part));
}
