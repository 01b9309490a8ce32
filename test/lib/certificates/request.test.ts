import { execa } from 'execa';
import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readRequest } from '../../../lib/certificates/request.js';
import { codeOf } from '../../support/code-of.js';
import { HAS_OPENSSL } from '../../support/authority.js';
import { SUBJECT } from '../../support/renewing.js';

/** Requests are made by openssl, so that the judge is not our own code. */
const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const NAMES = 'subjectAltName=DNS:bmc.example.net,IP:192.0.2.7,IP:2001:db8::7';
const ASKED = { ...SUBJECT, commonName: 'bmc.example.net', names: ['bmc.example.net', '192.0.2.7', '2001:0db8:0:0::7'] };

async function made(subject: string, extensions: readonly string[] = [NAMES], key: readonly string[] = EC): Promise<string> {
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const args = ['req', '-new', '-newkey', ...key, '-nodes', '-keyout', '/dev/null', '-subj', subject, ...added];
  return (await execa('openssl', args)).stdout;
}

const codeFor = (text: string, known: readonly string[] = []): Promise<unknown> => codeOf(readRequest(text, ASKED, new Set(known)));

describe.skipIf(!HAS_OPENSSL)('a request for a certificate', () => {
  test.each([EC, ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], ['rsa:2048']])(
    'of a good key is taken, and its key is the one of the certificate: %s',
    async (...key) => {
      const text = await made('/C=DE/ST=Berlin/L=Berlin/O=Example/OU=Operations/CN=bmc.example.net', [NAMES], key);
      const { key: spki, pem } = await readRequest(text, ASKED, new Set());
      const { stdout } = await execa('openssl', ['req', '-pubkey', '-noout'], { input: pem });
      const der = (await execa('openssl', ['pkey', '-pubin', '-outform', 'der'], { input: stdout, encoding: 'buffer' })).stdout;
      expect(createHash('sha256').update(der).digest('hex')).toBe(spki);
    },
  );

  test('may leave out what it was told to write, but the common name', async () => {
    expect((await readRequest(await made('/CN=bmc.example.net', []), ASKED, new Set())).key).toMatch(/^[0-9a-f]{64}$/);
    expect(await codeFor(await made('/O=Example', []))).toBe('REQUEST_SUBJECT');
  });

  test.each<[string, string, readonly string[]]>([
    ['another common name', '/CN=other.example.net', []],
    ['another organization', '/CN=bmc.example.net/O=Evil', []],
    ['a second common name', '/CN=bmc.example.net/CN=other', []],
    ['a host name that it was not told', '/CN=bmc.example.net', ['subjectAltName=DNS:bmc.example.net,DNS:vault.example.net']],
    ['an address that it was not told', '/CN=bmc.example.net', ['subjectAltName=IP:192.0.2.8']],
    ['a name of another kind', '/CN=bmc.example.net', ['subjectAltName=email:root@example.net']],
    ['a wildcard', '/CN=bmc.example.net', ['subjectAltName=DNS:*.example.net']],
    ['a certificate that issues others', '/CN=bmc.example.net', ['basicConstraints=critical,CA:TRUE']],
  ])('that asks for %s is refused', async (_what, subject, extensions) => {
    expect(await codeFor(await made(subject, extensions))).toBe('REQUEST_SUBJECT');
  });

  test.each([
    ['RSA of 1024 bits', ['rsa:1024']],
    ['a small curve', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-192']],
  ])('of a weak key is refused: %s', async (_what, key) => {
    expect(await codeFor(await made('/CN=bmc.example.net', [], key))).toBe('REQUEST_KEY_WEAK');
  });

  test('of a key that is known already is refused', async () => {
    const text = await made('/CN=bmc.example.net');
    const { key } = await readRequest(text, ASKED, new Set());
    expect(await codeFor(text, ['0'.repeat(64), key])).toBe('REQUEST_KEY_KNOWN');
  });

  test('whose signature is not of its own key is refused, whichever byte of what is signed was changed', async () => {
    const text = await made('/CN=bmc.example.net', []);
    const der = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
    const codes = new Set<unknown>();
    const end = der.lastIndexOf(Buffer.from('300a06082a8648ce3d040302', 'hex'));
    expect(end).toBeGreaterThan(100);
    for (let place = 0; place < end; place++) {
      const changed = Buffer.from(der);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      codes.add(await codeFor(`-----BEGIN CERTIFICATE REQUEST-----\n${changed.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`));
    }
    expect([...codes].filter((code) => !/^REQUEST_/.test(String(code)))).toEqual([]);
    expect(codes).toContain('REQUEST_NOT_PROVEN');
  });

  test.each([
    ['nothing', ''],
    ['no PEM', 'hello'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'],
    ['PEM of nothing', '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n'],
    ['a megabyte', `-----BEGIN CERTIFICATE REQUEST-----\n${'A'.repeat(1_000_000)}\n-----END CERTIFICATE REQUEST-----\n`],
  ])('that is %s is refused', async (_what, text) => {
    expect(await codeFor(text)).toBe('REQUEST_UNREADABLE');
  });

  test('that is a certificate is refused', async () => {
    const { stdout } = await execa('openssl', [
      'req',
      '-x509',
      '-newkey',
      ...EC,
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      '/CN=bmc.example.net',
    ]);
    expect(new X509Certificate(stdout).subject).toBe('CN=bmc.example.net');
    expect(await codeFor(stdout.replaceAll('CERTIFICATE-', 'CERTIFICATE REQUEST-'))).toBe('REQUEST_UNREADABLE');
  });
});
