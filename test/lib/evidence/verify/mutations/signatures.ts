import { SecretKeyPacket, armor, createMessage, enums, generateKey, readKey, readPrivateKey, reformatKey, revokeKey, sign } from 'openpgp';
import type { RefusalCode } from '../../../../../lib/evidence/verify/codes.js';
import type { Hooks, Signing } from '../../../../support/evidence-bag.js';
import { signBy, signatureFile, writeTar } from '../../../../support/evidence-bag.js';
import { gpgSign, notationOptions } from './gpg.js';
import type { Mutation } from './mutation.js';
import { bagWith, collector, inBag, lead, stranger } from './mutation.js';

const A_DAY = 86_400_000;
const COLLECTOR = signatureFile(collector.fingerprint);
const LEAD = signatureFile(lead.fingerprint);

export const SIGNATURES: readonly Mutation[] = [
  inBag('SIGNATURE_NONE', 'no signature', { sign: async () => ({}) }),
  inBag('SIGNATURE_FILE', 'another file in signatures/', { signed: (files) => files.set('signatures/README.txt', Buffer.from('x')) }),
  inBag(
    'SIGNATURE_FILE',
    'a lower-case fingerprint',
    bySign(async (...args) => ({ ...(await signBy(collector, ...args)), ...renamed(await signBy(lead, ...args), LEAD.toLowerCase()) })),
  ),
  inBag(
    'SIGNATURE_FORM',
    'no signature in the file',
    textOf(() => 'signed, honestly\n'),
  ),
  inBag(
    'SIGNATURE_FORM',
    'text before the block',
    textOf((text) => `Hello\n${text}`),
  ),
  inBag(
    'SIGNATURE_FORM',
    'text behind the block',
    textOf((text) => `${text}trailing\n`),
  ),
  inBag(
    'SIGNATURE_FORM',
    'a comment in the armor',
    textOf((text) => text.replace('\n\n', '\nComment: approved by the board\n\n')),
  ),
  inBag(
    'SIGNATURE_FORM',
    'two blocks',
    textOf((text) => text + text),
  ),
  inBag(
    'SIGNATURE_FORM',
    'other line lengths',
    textOf((text) => text.replace(/([A-Za-z0-9+/]{60})\n/, '$1')),
  ),
  inBag(
    'SIGNATURE_FORM',
    'a wrong checksum',
    textOf((text) => text.replace('\n-----END', '\n=AAAA\n-----END')),
  ),
  inBag('SIGNATURE_FORM', 'two signatures in one block', bySign(twoInOneBlock)),
  inBag(
    'SIGNATURE_FORM',
    'an unsigned notation added',
    textOf((text) => changed(text, addUnhashed)),
  ),
  inBag(
    'SIGNATURE_FORM',
    'a cut packet',
    textOf((text) => changed(text, (bytes) => bytes.subarray(0, -1))),
  ),
  inBag('SIGNATURE_CLEARSIGNED', 'a clear-signed tag manifest', byGpg('--clear-sign')),
  inBag('SIGNATURE_CLASS', 'a text-mode signature', byGpg('--textmode', '--detach-sign')),
  inBag(
    'SIGNATURE_HASH',
    'SHA-1',
    textOf((text) => changed(text, (bytes) => with4(bytes, 3, enums.hash.sha1))),
  ),
  inBag('SIGNATURE_INVALID', 'a signature over another file', {
    sign: (_bytes, notations) => signBy(collector, Buffer.from('another file'), notations),
  }),
  inBag(
    'SIGNATURE_INVALID',
    'a changed signature',
    textOf((text) => changed(text, (bytes) => with4(bytes, bytes.length - 5, (bytes.at(-5) ?? 0) ^ 1))),
  ),
  inBag('SIGNATURE_CRITICAL', 'a critical notation', byGpg('--sig-notation', '!meaning@example.org=only on Sundays', '--detach-sign')),
  inBag('SIGNATURE_EXPIRES', 'a signature that ends', byGpg('--default-sig-expire', '30d', '--detach-sign')),
  inBag('SIGNATURE_IN_FUTURE', 'a signature from tomorrow', signedAt(A_DAY)),
  inBag('SIGNATURE_BEFORE_SEAL', 'a signature made before the seal', {}, { at: Date.now() + A_DAY / 2 }),
  inBag(
    'SIGNATURE_NAME',
    "one person's signature under the name of another",
    bySign(async (...args) => renamed(await signBy(collector, ...args), LEAD)),
  ),
  inBag(
    'SIGNER_TWICE',
    "the lead's signature replaced by a copy of the collector's",
    bySign(async (...args) => {
      const own = await signBy(collector, ...args);
      return { ...own, ...renamed(own, LEAD) };
    }),
  ),
  inBag('SIGNER_MISSING', 'another pinned person in place of the collector', { sign: (...args) => signBy(lead, ...args) }),
  inBag('SIGNER_MISSING', 'nobody required', { seal: (seal) => ({ ...seal, requiredSigners: [] }) }),
  inBag('KEY_NOT_PINNED', 'a stranger', { sign: (...args) => signBy(stranger, ...args) }),
  inBag('KEY_NOT_PINNED', 'the collector and a stranger', {
    sign: async (...args) => ({ ...(await signBy(collector, ...args)), ...(await signBy(stranger, ...args)) }),
  }),
  inBag('KEY_ONLY_SHIPPED', 'a stranger whose certificate lies in the seal', {
    files: (files) => files.set(`keys/${stranger.fingerprint}.asc`, Buffer.from(stranger.certificate)),
    sign: (...args) => signBy(stranger, ...args),
  }),
  withKey('KEY_NEWER', 'a signature older than its key', newer),
  withKey('KEY_EXPIRED', 'a key that had expired by then', expired),
  withKey('KEY_REVOKED', 'a key that was reported stolen', () => revoked(enums.reasonForRevocation.keyCompromised)),
  withKey('KEY_REVOKED', 'a key that was retired before', () => revoked(enums.reasonForRevocation.keyRetired)),
  withKey('KEY_UNUSABLE', 'a revoked signing subkey', revokedSubkey),
  inBag('NOTATION_MISSING', 'a signature that does not say what it is for', { notations: () => ({}) }),
  ...['purpose', 'incident', 'series', 'seal'].map((name) =>
    inBag('NOTATION_WRONG', `a signature for another ${name}`, {
      notations: (all) => ({ ...all, [`${name}@cofferdam.example`]: 'another' }),
    }),
  ),
  withKey('SIGNATURE_UNSUPPORTED', 'an algorithm of RFC 9580', unsupported),
  withKey('SIGNATURE_UNSUPPORTED', 'a version 6 signature', () => unsupported(true)),
  {
    ...inBag('CERTIFICATE_UNSUPPORTED', 'a pinned certificate that cannot be used', {}),
    certificates: async () => [(await unsupported()).certificate],
  },
  { ...inBag('CERTIFICATE_UNSUPPORTED', 'a pinned file that is no certificate', {}), certificates: async () => ['my keys'] },
  {
    ...inBag('CERTIFICATE_UNSUPPORTED', 'one that is no certificate, beside one that is', {}),
    certificates: async () => [lead.certificate, 'my keys'],
  },
  { ...inBag('NO_CERTIFICATES', 'nothing pinned', {}), certificates: async () => [] },
];

/** What a key file of an attacker or of an unlucky owner looks like: who signs with it, and what is pinned of it. */
interface Trick {
  readonly signer: Signing;
  readonly certificate: string;
  readonly sign?: NonNullable<Hooks['sign']>;
}

function withKey(code: RefusalCode, title: string, trick: () => Promise<Trick>): Mutation {
  const once = lazily(trick);
  return {
    code,
    title,
    certificates: async () => [(await once()).certificate],
    make: async (folder) => {
      const { signer, sign: by = (bytes, notations) => signAs(signer, bytes, notations) } = await once();
      return writeTar(folder, await bagWith({ sign: by }, { collector: signer }));
    },
  };
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

function bySign(by: NonNullable<Hooks['sign']>): Hooks {
  return { sign: by };
}

/** The collector's good signature with its text changed. */
function textOf(change: (text: string) => string): Hooks {
  return bySign(async (...args) => {
    const good = await signBy(collector, ...args);
    return { [COLLECTOR]: change(good[COLLECTOR] ?? '') };
  });
}

function byGpg(...options: string[]): Hooks {
  return bySign(async (bytes, notations) => ({
    [COLLECTOR]: await gpgSign(collector.privateKey, collector.fingerprint, bytes, [...notationOptions(notations), ...options]),
  }));
}

function signedAt(offset: number): Hooks {
  return bySign((bytes, notations) => signAs(collector, bytes, notations, new Date(Date.now() + offset)));
}

async function signAs(
  key: Signing,
  bytes: Uint8Array,
  notations: Readonly<Record<string, string>>,
  date = new Date(),
): Promise<Record<string, string>> {
  const packet = await sign({
    message: await createMessage({ binary: bytes }),
    signingKeys: await readPrivateKey({ armoredKey: key.privateKey }),
    detached: true,
    format: 'binary',
    date,
    signatureNotations: Object.entries(notations).map(([name, value]) => ({
      name,
      value: Buffer.from(value),
      humanReadable: true,
      critical: false,
    })),
  });
  return { [signatureFile(key.fingerprint)]: armor(enums.armor.signature, packet) };
}

function renamed(files: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.values(files).map((text) => [name, text]));
}

function packetOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
}

function changed(text: string, change: (bytes: Buffer) => Buffer): string {
  return armor(enums.armor.signature, new Uint8Array(change(packetOf(text))));
}

/** Sets one byte of the packet's body, behind tag, two octets of length (all of ours are longer than 191 bytes) and `offset` more. */
function with4(bytes: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset + 3] = value;
  return copy;
}

async function twoInOneBlock(bytes: Buffer, notations: Record<string, string>): Promise<Record<string, string>> {
  const [one, two] = await Promise.all([signBy(collector, bytes, notations), signBy(lead, bytes, notations)]);
  const both = Buffer.concat([packetOf(one[COLLECTOR] ?? ''), packetOf(two[LEAD] ?? '')]);
  return { [COLLECTOR]: armor(enums.armor.signature, new Uint8Array(both)) };
}

/** A policy URI in the area that nobody signs. */
function addUnhashed(packet: Buffer): Buffer {
  const body = packet.subarray(3);
  const start = 6 + body.readUInt16BE(4);
  const more = Buffer.from([0, 4, 3, 26, 0x68, 0x69]);
  const longer = Buffer.concat([body.subarray(0, start), more, body.subarray(start + 2)]);
  const length = longer.length - 192;
  return Buffer.concat([Buffer.from([0xc2, 192 + (length >> 8), length & 0xff]), longer]);
}

async function keyOf(date: Date): Promise<Signing & { readonly publicKey: string }> {
  const pair = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: 'Collector', email: 'c@example.org' }], date });
  const key = await readKey({ armoredKey: pair.publicKey });
  return { privateKey: pair.privateKey, publicKey: pair.publicKey, fingerprint: key.getFingerprint().toUpperCase() };
}

/** gpg signs with a key from the future when it is told to. */
async function newer(): Promise<Trick> {
  const signer = await keyOf(new Date(Date.now() + 40_000));
  const by: NonNullable<Hooks['sign']> = async (bytes, notations) => ({
    [signatureFile(signer.fingerprint)]: await gpgSign(signer.privateKey, signer.fingerprint, bytes, [
      ...notationOptions(notations),
      '--detach-sign',
    ]),
  });
  return { signer, certificate: signer.publicKey, sign: by };
}

/** The owner's certificate says that the key ended; the key itself still signs. */
async function expired(): Promise<Trick> {
  const signer = await keyOf(new Date(Date.now() - 10 * A_DAY));
  const { publicKey } = await reformatKey({
    privateKey: await readPrivateKey({ armoredKey: signer.privateKey }),
    userIDs: [{ name: 'Collector', email: 'c@example.org' }],
    keyExpirationTime: 86_400,
    date: new Date(Date.now() - 10 * A_DAY),
  });
  return { signer, certificate: publicKey };
}

async function revoked(flag: enums.reasonForRevocation): Promise<Trick> {
  const signer = await keyOf(new Date(Date.now() - 10 * A_DAY));
  const { publicKey } = await revokeKey({
    key: await readPrivateKey({ armoredKey: signer.privateKey }),
    reasonForRevocation: { flag },
    date: new Date(Date.now() - A_DAY),
  });
  return { signer, certificate: publicKey };
}

async function revokedSubkey(): Promise<Trick> {
  const date = new Date(Date.now() - 10 * A_DAY);
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'C' }],
    subkeys: [{ sign: true }],
    date,
    format: 'object',
  });
  const signer = { privateKey: privateKey.armor(), fingerprint: privateKey.getFingerprint().toUpperCase() };
  const [subkey] = privateKey.subkeys;
  const primary = privateKey.keyPacket;
  if (subkey === undefined || !(primary instanceof SecretKeyPacket)) throw new Error('expected a private key with a signing subkey');
  privateKey.subkeys = [await subkey.revoke(primary, { flag: enums.reasonForRevocation.keyCompromised }, new Date(Date.now() - A_DAY))];
  return { signer, certificate: privateKey.toPublic().armor() };
}

async function unsupported(v6 = false): Promise<Trick> {
  const pair = await generateKey({ type: 'curve25519', userIDs: [{ name: 'C' }], config: { v6Keys: v6 } });
  const fingerprint = (await readKey({ armoredKey: pair.publicKey })).getFingerprint().toUpperCase();
  // The name of the file must be of the right form; a version 6 fingerprint is longer.
  const signer = { privateKey: pair.privateKey, fingerprint: fingerprint.slice(0, 40) };
  return { signer, certificate: pair.publicKey };
}
