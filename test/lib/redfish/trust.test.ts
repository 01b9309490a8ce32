import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ServerOptions } from 'node:https';
import { witness } from '../../../lib/redfish/witness.js';
import { selfSigned } from '../../../drill/certificate.js';
import { digest } from '../../../lib/model/json.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { connectTo, refusal, refusalCode, reply, SESSIONS, startSmallBmc, type Handler, type SmallBmc } from './small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function bmcWith(tls: ServerOptions = {}, handlers: Record<string, Handler> = {}): Promise<SmallBmc> {
  const bmc = await startSmallBmc(handlers, tls);
  cleanup.push(bmc.stop);
  return bmc;
}

const sentSecrets = (bmc: SmallBmc): boolean => bmc.log.some(({ body, headers }) => body !== '' || headers['x-auth-token'] !== undefined);
const NO_KEY = digest<'spki'>('0'.repeat(64));

describe.skipIf(!HAS_OPENSSL)('a BMC that an authority vouches for', () => {
  let ours: Authority;
  let theirs: Authority;
  beforeAll(async () => {
    [ours, theirs] = await Promise.all([makeAuthority('ours'), makeAuthority('theirs')]);
  });
  afterAll(async () => {
    await ours.remove();
    await theirs.remove();
  });

  test('is believed without a pin, and the connection says which key it was', async () => {
    const issued = await ours.issue('IP:127.0.0.1');
    const bmc = await bmcWith(issued);
    const connection = await connectTo({ address: bmc.address, pin: null }, { ca: ours.pem });
    cleanup.push(() => connection.close());
    expect([connection.peer, connection.tls]).toMatchObject([issued.pin, { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }]);
    expect((await connection.get('/redfish/v1')).peer).toBe(issued.pin);
  });

  test('is believed under the key that is pinned as well', async () => {
    const issued = await ours.issue('IP:127.0.0.1');
    const bmc = await bmcWith(issued);
    const connection = await connectTo({ address: bmc.address, pin: issued.pin }, { ca: ours.pem });
    await connection.close();
    expect(connection.session).toBe(`${SESSIONS}/1`);
  });

  test('is sent nothing when the pin holds and the authority does not, or the other way round', async () => {
    const issued = await ours.issue('IP:127.0.0.1');
    const bmc = await bmcWith(issued);
    const byPinOnly = await refusal(connectTo({ address: bmc.address, pin: issued.pin }, { ca: theirs.pem }));
    expect([byPinOnly.code, byPinOnly.sent, byPinOnly.peer]).toEqual(['CA_MISMATCH', false, issued.pin]);
    expect(await refusalCode(connectTo({ address: bmc.address, pin: NO_KEY }, { ca: ours.pem }))).toBe('PIN_MISMATCH');
    expect(bmc.log).toEqual([]);
  });

  test.each([
    ['of another host', 'DNS:other.example'],
    ['of another address', 'IP:127.0.0.9'],
  ])('is sent nothing behind a certificate %s', async (_, names) => {
    const bmc = await bmcWith(await ours.issue(names));
    expect(await refusalCode(connectTo({ address: bmc.address, pin: null }, { ca: ours.pem }))).toBe('CA_MISMATCH');
    expect(bmc.log).toEqual([]);
  });

  test('is sent nothing behind a certificate of its own making', async () => {
    const bmc = await bmcWith();
    expect(await refusalCode(connectTo({ address: bmc.address, pin: null }, { ca: ours.pem }))).toBe('CA_MISMATCH');
    expect(bmc.log).toEqual([]);
  });

  test('is not believed under a second key within one conversation, though the authority vouches for both', async () => {
    const [first, second] = [await ours.issue('IP:127.0.0.1'), await ours.issue('IP:127.0.0.1')];
    const bmc = await bmcWith(first, { '/redfish/v1/Thing': (_, __, socket) => socket.destroy() });
    const connection = await connectTo({ address: bmc.address, pin: null }, { ca: ours.pem });
    cleanup.push(() => connection.close());
    bmc.secure(second);
    expect(await refusalCode(connection.get('/redfish/v1/Thing'))).toBe('PIN_MISMATCH');
  });

  test('shows its whole chain to a witness', async () => {
    const issued = await ours.issue('IP:127.0.0.1');
    const bmc = await bmcWith(issued);
    const seen = await witness({ address: bmc.address, minimum: 'TLSv1.2', signal: new AbortController().signal });
    await seen.close();
    expect(seen.tls.peer).toBe(issued.pin);
    expect(seen.tls.chain.map((der) => new X509Certificate(der).subject)).toEqual(['CN=bmc', 'CN=ours']);
  });
});

describe('a BMC that nobody vouches for', () => {
  test('sees not even a connection', async () => {
    const bmc = await bmcWith();
    const error = await refusal(connectTo({ address: bmc.address, pin: null }));
    expect([error.code, error.sent]).toEqual(['NO_TRUST', false]);
    expect(bmc.connections()).toBe(0);
  });

  test('is read by a witness with GETs that carry nothing, and its key is known', async () => {
    const bmc = await bmcWith({}, { '/redfish/v1/Managers': (_, response) => reply(response, 401, {}) });
    const seen = await witness({ address: bmc.address, minimum: 'TLSv1.2', signal: new AbortController().signal });
    expect((await seen.get('/redfish/v1/Managers')).status).toBe(401);
    await seen.close();
    expect(bmc.lines()).toEqual(['GET /redfish/v1/', 'GET /redfish/v1/Managers']);
    expect([seen.tls.peer, seen.tls.chain.length, sentSecrets(bmc)]).toEqual([bmc.pin, 1, false]);
  });

  test('is left by a witness when another key answers in the middle', async () => {
    const bmc = await bmcWith({}, { '/redfish/v1/Thing': (_, __, socket) => socket.destroy() });
    const seen = await witness({ address: bmc.address, minimum: 'TLSv1.2', signal: new AbortController().signal });
    cleanup.push(() => seen.close());
    bmc.secure(selfSigned('other', '127.0.0.1'));
    expect(await refusalCode(seen.get('/redfish/v1/Thing'))).toBe('PIN_MISMATCH');
  });
});

describe('a BMC that speaks only old TLS', () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

  test('is not talked to', async () => {
    const bmc = await bmcWith(old);
    const error = await refusal(connectTo(bmc));
    expect([error.code, error.sent]).toEqual(['TLS_FAILED', false]);
  });

  test('is talked to as an exception, still under its pin, and the connection says what was spoken', async () => {
    const bmc = await bmcWith(old);
    const connection = await connectTo(bmc, { minimum: 'TLSv1' });
    await connection.close();
    expect(connection.tls.version).toBe('TLSv1');
    expect(await refusalCode(connectTo({ address: bmc.address, pin: NO_KEY }, { minimum: 'TLSv1' }))).toBe('PIN_MISMATCH');
  });

  test('is not talked to below the exception', async () => {
    const bmc = await bmcWith(old);
    expect(await refusalCode(connectTo(bmc, { minimum: 'TLSv1.1' }))).toBe('TLS_FAILED');
  });
});

test('right before the secret leaves the caller may keep it, and it stays', async () => {
  const bmc = await bmcWith();
  await expect(connectTo(bmc, { onLogin: () => Promise.reject(new Error('disk full')) })).rejects.toThrow('disk full');
  expect(bmc.lines()).toEqual(['GET /redfish/v1/']);
});
