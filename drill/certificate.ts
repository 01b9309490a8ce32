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

function certified(privateKey: KeyObject, commonName: string, address: string, now: number): Certificate {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const algorithm = sequence(raw(ECDSA_WITH_SHA256));
  const name = sequence(tagged(0x31, sequence(raw(COMMON_NAME), tagged(0x0c, Buffer.from(commonName)))));
  const tbs = sequence(
    tagged(0xa0, raw('020102')),
    tagged(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    algorithm,
    name,
    sequence(utcTime(now - 86_400_000), utcTime(now + 10 * 365 * 86_400_000)),
    name,
    spki,
    tagged(0xa3, sequence(sequence(raw(SUBJECT_ALTERNATIVE_NAME), tagged(0x04, sequence(tagged(0x87, ipv4(address))))))),
  );
  const signature = sign('sha256', tbs, privateKey);
  const der = sequence(tbs, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    pin: createHash('sha256').update(spki).digest('hex'),
  };
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
