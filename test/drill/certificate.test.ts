import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSigned } from '../../drill/certificate.js';

test('a certificate is self-signed, of its own key, valid now and for its address alone', () => {
  const [one, other] = [selfSigned('bmc-1', '127.9.8.7'), selfSigned('bmc-1', '127.9.8.7')];
  const certificate = new X509Certificate(one.cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.subject).toBe('CN=bmc-1');
  expect([certificate.checkIP('127.9.8.7'), certificate.checkIP('127.9.8.8')]).toEqual(['127.9.8.7', undefined]);
  expect(Date.parse(certificate.validFrom) < Date.now() && Date.now() < Date.parse(certificate.validTo)).toBe(true);
  expect(other.pin).not.toBe(one.pin);
});
