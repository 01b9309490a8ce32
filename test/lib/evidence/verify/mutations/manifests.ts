import { createHash } from 'node:crypto';
import type { Files } from '../../../../support/evidence-bag.js';
import type { Mutation } from './mutation.js';
import { inBag } from './mutation.js';

const PAYLOAD = 'data/00000001-redfish_v1.json';
const ROOT = '{"Name":"root"}';

/** What stock tools each let pass is here too: facts/evidence.md 6, table. */
export const MANIFESTS: readonly Mutation[] = [
  inBag('FILE_CHANGED', 'a payload byte changed', { signed: (files) => files.set(PAYLOAD, Buffer.from('{"Name":"toor"}')) }),
  inBag('FILE_MISSING', 'a payload file removed', { signed: (files) => files.delete(PAYLOAD) }),
  inBag('FILE_UNLISTED', 'a payload file added', { signed: (files) => files.set('data/00000009-more.json', Buffer.from('{}')) }),
  inBag('TAG_UNLISTED', 'a tag file added', { signed: (files) => files.set('NOTES.txt', Buffer.from('trust me')) }),
  inBag('TAG_UNLISTED', 'a statement added', { signed: (files) => files.set(`statements/${'1'.repeat(64)}.json`, Buffer.from('{}')) }),
  inBag('TAG_CHANGED', 'a payload byte changed and the manifest fixed', { signed: changeAndFix }),
  inBag('TAG_CHANGED', 'a line dropped from the custody log', { signed: dropCustodyLine }),
  inBag('SIGNATURE_INVALID', 'every manifest recomputed', { signed: recomputeAll }),
  ...(
    [
      'SEAL.json',
      'captures.jsonl',
      'custody.jsonl',
      'bag-info.txt',
      'bagit.txt',
      'manifest-sha256.txt',
      'tagmanifest-sha256.txt',
      'VERIFY.txt',
    ] as const
  ).map((name) => inBag('TAG_MISSING', `${name} removed`, { signed: (files) => files.delete(name) })),
  inBag('TAG_MISSING', 'a listed tag file removed', {
    files: (files) => files.set('NOTES.txt', Buffer.from('x')),
    signed: (files) => files.delete('NOTES.txt'),
  }),
  inBag('FETCH_FILE', 'a fetch.txt', { signed: (files) => files.set('fetch.txt', Buffer.from('https://example.org/x 1 data/x\n')) }),
  inBag('FETCH_FILE', 'a signed fetch.txt', { files: (files) => files.set('fetch.txt', Buffer.from('https://example.org/x 1 data/x\n')) }),
  inBag('MANIFEST_FOREIGN', 'a second manifest with a weak hash', { files: (files) => files.set('manifest-md5.txt', Buffer.from('')) }),
  inBag('MANIFEST_EMPTY', 'an empty manifest', { manifest: () => '' }),
  inBag('MANIFEST_EMPTY', 'an empty tag manifest', { tagManifest: () => '' }),
  inBag('MANIFEST_BOM', 'a byte order mark', { manifest: (text) => `\ufeff${text}` }),
  inBag('MANIFEST_CRLF', 'CRLF', { manifest: (text) => text.replaceAll('\n', '\r\n') }),
  inBag('MANIFEST_TORN', 'no last line feed', { manifest: (text) => text.slice(0, -1) }),
  inBag('MANIFEST_LINE', 'an upper-case hash', { manifest: (text) => text.slice(0, 64).toUpperCase() + text.slice(64) }),
  inBag('MANIFEST_LINE', 'a short hash', { manifest: (text) => text.slice(1) }),
  inBag('MANIFEST_LINE', 'the binary marker of sha256sum', { manifest: (text) => text.replace('  ', ' *') }),
  inBag('MANIFEST_UNSORTED', 'lines in another order', { manifest: (text) => `${text.slice(0, -1).split('\n').reverse().join('\n')}\n` }),
  inBag('MANIFEST_DUPLICATE', 'a line twice', { manifest: (text) => `${text.split('\n', 1)[0] ?? ''}\n${text}` }),
  inBag('MANIFEST_PATH', 'a path that climbs out', { manifest: (text) => text.replace(PAYLOAD, 'data/../../etc/passwd') }),
  inBag('MANIFEST_PATH', 'a tag file listed as payload', { manifest: (text) => `${'0'.repeat(64)}  SEAL.json\n${text}` }),
  inBag('MANIFEST_PATH', 'payload listed as a tag file', { tagManifest: (text) => `${text}${'0'.repeat(64)}  zdata/../data/x\n` }),
  inBag('MANIFEST_PATH', 'the tag manifest listing itself', {
    tagManifest: (text) => `${text}${'0'.repeat(64)}  tagmanifest-sha256.txt\n`,
  }),
  inBag('TAGMANIFEST_INCOMPLETE', 'the payload manifest not signed', {
    tagManifest: (text) => text.replace(/.*  manifest-sha256\.txt\n/, ''),
  }),
  inBag('TAG_UNLISTED', 'SEAL.json not signed', { tagManifest: (text) => text.replace(/.*  SEAL\.json\n/, '') }),
  inBag('BAGIT_TEXT', 'another version of BagIt', { files: replace('bagit.txt', '1.0', '0.97') }),
  inBag('BAGIT_TEXT', 'an encoding of many meanings', { files: replace('bagit.txt', 'UTF-8', 'UTF-16') }),
  inBag('BAG_INFO', 'a label twice', { files: replace('bag-info.txt', 'External', 'Payload-Oxum: 1.1\nExternal') }),
  inBag('BAG_INFO', 'no identity', { files: replace('bag-info.txt', 'External-Identifier', 'Internal-Identifier') }),
  inBag('BAG_INFO', 'a folded line', { files: replace('bag-info.txt', '\n', '\n  more\n') }),
  inBag('BAG_INFO', 'no last line feed', { files: replace('bag-info.txt', /\n$/, '') }),
  inBag('OXUM_WRONG', 'another number of bytes', { files: replace('bag-info.txt', 'Oxum: ', 'Oxum: 1') }),
  inBag('IDENTITY', 'bag-info.txt of another seal', { files: replace('bag-info.txt', 'inc-1', 'inc-2') }),
];

function replace(name: string, from: string | RegExp, to: string): (files: Files) => void {
  return (files) => files.set(name, Buffer.from((files.get(name)?.toString() ?? '').replace(from, to)));
}

function changeAndFix(files: Files): void {
  files.set(PAYLOAD, Buffer.from(ROOT.replace('root', 'toor')));
  replace('manifest-sha256.txt', hash(Buffer.from(ROOT)), hash(files.get(PAYLOAD)))(files);
}

function recomputeAll(files: Files): void {
  const before = hash(files.get('manifest-sha256.txt'));
  changeAndFix(files);
  replace('tagmanifest-sha256.txt', before, hash(files.get('manifest-sha256.txt')))(files);
}

function dropCustodyLine(files: Files): void {
  replace('custody.jsonl', /\n.*\n/, '\n')(files);
}

function hash(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}
