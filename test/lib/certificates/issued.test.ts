import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingRequest } from '../../../drill/certificate.js';
import { commandAuthority } from '../../../lib/certificates/authority.js';
import { readIssued } from '../../../lib/certificates/issued.js';
import { spkiOf } from '../../../lib/certificates/key.js';
import { faultsOf } from '../../../lib/certificates/shown.js';
import { codeOf } from '../../support/code-of.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';

const HOST = '192.0.2.7';
const NEVER = new AbortController().signal;
let own: Authority;
let foreign: Authority;
beforeAll(async () => {
  [own, foreign] = [await makeAuthority('site CA'), await makeAuthority('foreign CA')];
});
afterAll(() => Promise.all([own.remove(), foreign.remove()]));

interface Asked {
  readonly key: ReturnType<typeof spkiOf>;
  readonly answer: string;
}

/** What the program of the examples answers to a request for this address. */
async function asked(authority: Authority, address = HOST): Promise<Asked> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const answer = await commandAuthority(authority, authority.pem).sign(signingRequest(privateKey, 'bmc', address), NEVER);
  return { key: spkiOf(publicKey), answer };
}

function read({ key, answer }: Asked, change: Partial<Parameters<typeof readIssued>[1]> = {}): ReturnType<typeof readIssued> {
  return readIssued(answer, { request: { key }, host: HOST, authority: own.pem, now: Date.now(), ...change });
}

const codeFor = (...terms: Parameters<typeof read>): Promise<unknown> => codeOf(Promise.resolve().then(() => read(...terms)));

describe.skipIf(!HAS_OPENSSL)('what an authority answers', () => {
  test('is taken when it is for the key, the host and this site', async () => {
    const one = await asked(own);
    const { own: pem, chain, notAfter } = read(one);
    expect(spkiOf(new X509Certificate(pem).publicKey)).toBe(one.key);
    expect(chain).toBe(pem + new X509Certificate(own.pem).toString());
    expect(notAfter).toBeGreaterThan(Date.now() + 28 * 86_400_000);
  });

  test('is refused when it is for another key', async () => {
    const { key } = await asked(own);
    expect(await codeFor({ ...(await asked(own)), key })).toBe('CERTIFICATE_WRONG');
  });

  test('is refused when it is for another host', async () => {
    expect(await codeFor(await asked(own, '192.0.2.8'))).toBe('CERTIFICATE_WRONG');
    expect(await codeFor(await asked(own), { host: 'bmc' })).toBe('CERTIFICATE_WRONG');
  });

  test('is refused when it leads to somebody else, also when that brings its own authority along', async () => {
    expect(await codeFor(await asked(foreign))).toBe('CERTIFICATE_WRONG');
  });

  test.each([
    ['before it is valid', -2 * 86_400_000],
    ['within its last hour', 30 * 86_400_000 - 60_000],
    ['after its end', 31 * 86_400_000],
  ])('is refused %s', async (_when, aheadMs) => {
    expect(await codeFor(await asked(own), { now: Date.now() + aheadMs })).toBe('CERTIFICATE_WRONG');
  });

  test('is refused when it is the authority itself, nothing, or no certificate', async () => {
    const { key } = await asked(own);
    for (const answer of [own.pem, '', 'hello', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'])
      expect(await codeFor({ key, answer })).toBe('CERTIFICATE_WRONG');
  });

  test('is refused when it holds more certificates than any chain has', async () => {
    const one = await asked(own);
    expect(await codeFor({ ...one, answer: one.answer + own.pem.repeat(9) })).toBe('CERTIFICATE_WRONG');
  });
});

describe('the program that signs', () => {
  test.each([
    ['is not there', ['/nonexistent/program']],
    ['fails', ['false']],
    ['prints without end', ['yes']],
  ])('ends in AUTHORITY_FAILED when it %s', async (_how, command) => {
    expect(await codeOf(commandAuthority({ command }, '').sign('x', NEVER))).toBe('AUTHORITY_FAILED');
  });
});

describe.skipIf(!HAS_OPENSSL)('a certificate that a BMC shows', () => {
  const codes = (pem: string, authority: string | null, now = Date.now(), host = HOST): readonly string[] => {
    const chain = pem
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .filter((one) => one.includes('BEGIN'))
      .map((one) => new X509Certificate(one).raw);
    return faultsOf({ chain, host, authority, now }).map(({ code }) => code);
  };

  test('of this site, for this host, has no fault', async () => {
    expect(codes((await asked(own)).answer, own.pem)).toEqual([]);
  });

  test('has every fault that it has', async () => {
    const { answer } = await asked(own);
    expect(codes(answer, foreign.pem)).toEqual(['CERTIFICATE_FOREIGN']);
    expect(codes(answer, null)).toEqual(['CERTIFICATE_FOREIGN']);
    expect(codes(answer, own.pem, Date.now(), 'bmc.example.net')).toEqual(['CERTIFICATE_NAME']);
    // Its issuer has ended as well by then.
    expect(codes(answer, own.pem, Date.now() + 40 * 86_400_000)).toEqual(['CERTIFICATE_EXPIRED', 'CERTIFICATE_FOREIGN']);
    expect(faultsOf({ chain: [Buffer.from('hello')], host: HOST, authority: null, now: 0 }).map(({ code }) => code)).toEqual([
      'CERTIFICATE_WEAK',
    ]);
  });

  test.each([
    ['MD5', '-md5', 'rsa:2048'],
    ['SHA-1', '-sha1', 'rsa:2048'],
    ['SHA-1 over a curve', '-sha1', 'ec'],
    ['RSA of 1024 bits', '-sha256', 'rsa:1024'],
  ])('with %s is weak', async (_what, digest, key) => {
    const kind = key === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : [key];
    const args = [
      'req',
      '-x509',
      digest,
      '-newkey',
      ...kind,
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      '/CN=bmc',
      '-addext',
      `subjectAltName=IP:${HOST}`,
    ];
    expect(codes((await execa('openssl', args)).stdout + '\n', own.pem)).toEqual(['CERTIFICATE_WEAK', 'CERTIFICATE_FOREIGN']);
  });
});
