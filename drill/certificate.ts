import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A BMC's TLS identity. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the SubjectPublicKeyInfo (DER), 64 hexadecimal digits. */
  readonly pin: string;
}

const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALTERNATIVE_NAME = '0603551d11';
const EXTENSION_REQUEST = '06092a864886f70d01090e';

/**
 * A fresh P-256 key and its self-signed certificate, as a BMC makes them at first boot: ten years, for one address.
 * The few DER structures are written here because the library at hand wants a global Reflect polyfill for them.
 */
export function selfSigned(commonName: string, address: string): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return certified(privateKey, commonName, address, Date.now());
}

/** Another certificate for the same key, made at `at`: from the day before, for ten years. */
export function reissued({ key }: Certificate, commonName: string, address: string, at = Date.now()): Certificate {
  return certified(createPrivateKey(key), commonName, address, at);
}

/** A PKCS #10 request for a certificate of this key, for one name and one address. */
export function signingRequest(key: KeyObject, commonName: string, address: string): string {
  const extensions = sequence(sequence(raw(SUBJECT_ALTERNATIVE_NAME), tagged(0x04, addressName(address))));
  const info = sequence(
    raw('020100'),
    nameOf(commonName),
    spkiOf(key),
    tagged(0xa0, sequence(raw(EXTENSION_REQUEST), tagged(0x31, extensions))),
  );
  return pem('CERTIFICATE REQUEST', signed(info, key));
}

export function pinOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function certified(privateKey: KeyObject, commonName: string, address: string, now: number): Certificate {
  const name = nameOf(commonName);
  const tbs = sequence(
    tagged(0xa0, raw('020102')),
    tagged(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    sequence(raw(ECDSA_WITH_SHA256)),
    name,
    sequence(utcTime(now - 86_400_000), utcTime(now + 10 * 365 * 86_400_000)),
    name,
    spkiOf(privateKey),
    tagged(0xa3, sequence(sequence(raw(SUBJECT_ALTERNATIVE_NAME), tagged(0x04, addressName(address))))),
  );
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', signed(tbs, privateKey)),
    pin: pinOf(createPublicKey(privateKey)),
  };
}

function signed(content: Buffer, key: KeyObject): Buffer {
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, key)]);
  return sequence(content, sequence(raw(ECDSA_WITH_SHA256)), tagged(0x03, signature));
}

function pem(what: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ''].join('\n');
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(raw(COMMON_NAME), tagged(0x0c, Buffer.from(commonName)))));
}

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function addressName(address: string): Buffer {
  return sequence(tagged(0x87, ipv4(address)));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function raw(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function utcTime(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '');
  return tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function ipv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
