import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { signingRequest } from '../../drill/certificate.js';
import { readIssued } from '../../lib/certificates/issued.js';
import { spkiOf } from '../../lib/certificates/key.js';
import { vaultAuthority } from '../../lib/certificates/vault-authority.js';
import { KvClient } from '../../lib/vault/kv-client.js';
import { openKvHttp } from '../../lib/vault/kv-http.js';
import { KvToken } from '../../lib/vault/kv-token.js';
import { codeOf } from '../support/code-of.js';
import { serveVault, type Served } from './server.js';

const HOST = '192.0.2.7';
const NEVER = new AbortController().signal;
const Generated = z.object({ data: z.object({ certificate: z.string() }) });

let served: Served;
let client: KvClient;
let pem: string;
beforeAll(async () => {
  served = await serveVault();
  await served.admin('POST', 'sys/mounts/pki', { type: 'pki', config: { max_lease_ttl: '720h' } });
  pem = Generated.parse(await served.admin('POST', 'pki/root/generate/internal', { common_name: 'site CA', ttl: '720h' })).data.certificate;
  // As docs/certificates.md asks for it.
  const role = {
    allow_any_name: true,
    enforce_hostnames: false,
    use_csr_common_name: true,
    use_csr_sans: true,
    allow_ip_sans: true,
    key_type: 'any',
  };
  await served.admin('POST', 'pki/roles/bmc', { ...role, max_ttl: '360h' });
  await served.admin('PUT', 'sys/policies/acl/signs', { policy: 'path "pki/sign/bmc" { capabilities = ["create", "update"] }' });
  await served.admin('POST', 'auth/approle/role/signer', { token_policies: ['signs'] });
  const http = openKvHttp({ address: served.address, namespace: null, ca: served.ca, pin: null });
  const login = { method: 'approle', mount: 'approle', ...(await served.loginFiles('signer', 0)) } as const;
  client = new KvClient(http, new KvToken(http, login), 'secret');
});
afterAll(async () => {
  await client.close();
  await served.stop();
});

function asked(role = 'bmc') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const answer = vaultAuthority(client, { mount: 'pki', role }, pem).sign(signingRequest(privateKey, HOST, HOST), NEVER);
  return { key: spkiOf(publicKey), answer };
}

test('the PKI engine signs a request of a BMC, and what it answers holds for key, host and authority', async () => {
  const { key, answer } = asked();
  const { notAfter } = readIssued(await answer, { request: { key }, host: HOST, authority: `${pem}\n`, now: Date.now() });
  expect(notAfter).toBeGreaterThan(Date.now() + 24 * 3_600_000);
});

test('a role that is not ours signs nothing, and says so without the request', async () => {
  expect(await codeOf(asked('other').answer)).toBe('AUTHORITY_FAILED');
});

test('a sealed server signs nothing', async () => {
  await served.seal();
  expect(await codeOf(asked().answer)).toBe('AUTHORITY_FAILED');
  await served.unseal();
});
