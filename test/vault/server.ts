import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Digest } from '../../lib/model/json.js';
import { makeAuthority } from '../support/authority.js';

/** A real Vault server with file storage and a TLS listener on loopback, unsealed, with a KV mount and an AppRole. */
export interface Served {
  readonly address: string;
  readonly ca: string;
  readonly pin: Digest<'spki'>;
  readonly root: string;
  /** As root, with any path below `/v1/`. Throws unless the server says 2xx. */
  admin(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** New files for a login as this role; 0 uses: as often as one likes. */
  loginFiles(role: string, uses: number): Promise<{ readonly roleId: string; readonly secretId: string }>;
  file(name: string, text: string): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  stop(): Promise<void>;
}

const POLICY = `
path "secret/data/*" { capabilities = ["create", "read", "update"] }
path "secret/data/forbidden/*" { capabilities = ["deny"] }
path "secret/delete/*" { capabilities = ["update"] }
`;

export async function serveVault(): Promise<Served> {
  const binary = findBinary();
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-vault-server-'));
  const authority = await makeAuthority('vault');
  const { key, cert, pin } = await authority.issue('IP:127.0.0.1');
  await authority.remove();
  const port = await freePort();
  const address = `https://127.0.0.1:${String(port)}`;
  const agent = new Agent({ connect: { ca: authority.pem } });
  let server: ChildProcess | null = null;
  let secretIds = 0;
  let root = '';
  let unsealKey = '';

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    await chmod(path, 0o600);
    return path;
  };
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> => {
    const answer = await request(`${address}/v1/${path}`, {
      method,
      dispatcher: agent,
      headers: root === '' ? {} : { 'x-vault-token': root },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${String(answer.statusCode)} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  const start = async (): Promise<void> => {
    server = spawn(binary, ['server', '-config', join(folder, 'vault.hcl')], { env: { HOME: folder, PATH: '' }, stdio: 'ignore' });
    await until(() => call('GET', 'sys/seal-status'));
  };
  const unseal = async (): Promise<void> => {
    await call('PUT', 'sys/unseal', { key: unsealKey });
    await until(() => call('GET', 'sys/health'));
  };
  const kill = async (): Promise<void> => {
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };

  await mkdir(join(folder, 'data'));
  await file('key.pem', key);
  await file('cert.pem', cert);
  await file(
    'vault.hcl',
    `storage "file" { path = "${folder}/data" }
listener "tcp" {
  address = "127.0.0.1:${String(port)}"
  tls_cert_file = "${folder}/cert.pem"
  tls_key_file = "${folder}/key.pem"
}
disable_mlock = true
api_addr = "${address}"
`,
  );
  await start();
  const initialised = Initialised.parse(await call('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 }));
  unsealKey = initialised.keys_base64[0];
  await unseal();
  root = initialised.root_token;
  await until(() => call('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } }));
  await until(() => call('POST', 'secret/config', { cas_required: true }));
  await call('PUT', 'sys/policies/acl/cofferdam', { policy: POLICY });
  await call('POST', 'sys/auth/approle', { type: 'approle' });
  await call('POST', 'auth/approle/role/worker', { token_policies: ['cofferdam'], token_ttl: '1h' });
  return {
    address,
    ca: authority.pem,
    pin,
    root,
    admin: call,
    async loginFiles(role, uses) {
      const at = `auth/approle/role/${role}`;
      const { data } = Role.parse(await call('GET', `${at}/role-id`));
      const made = SecretId.parse(await call('POST', `${at}/secret-id`, { num_uses: uses }));
      const number = String(++secretIds);
      return {
        roleId: await file(`role-${number}`, `${data.role_id}\n`),
        secretId: await file(`secret-${number}`, `${made.data.secret_id}\n`),
      };
    },
    file,
    kill,
    start,
    async seal() {
      await call('PUT', 'sys/seal');
    },
    unseal,
    async stop() {
      await kill();
      await agent.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const Initialised = z.object({ keys_base64: z.tuple([z.string()]), root_token: z.string() });
const Role = z.object({ data: z.object({ role_id: z.string() }) });
const SecretId = z.object({ data: z.object({ secret_id: z.string() }) });

function findBinary(): string {
  const { COFFERDAM_CACHE, XDG_CACHE_HOME } = process.env;
  const path = join(COFFERDAM_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cofferdam'), 'peers/vault/vault');
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new Error('there is no Vault server in the cache; build it with: scripts/install-peers vault', { cause });
  }
  return path;
}

export function pathOf(reference: string): string {
  return reference.replace('vault://hv/', '');
}

/** As a person does with the server's own tool: the newest version plus one. */
export async function writeByHand(served: Served, reference: string, data: Readonly<Record<string, unknown>>): Promise<void> {
  const newest: unknown = await served.admin('GET', `secret/metadata/${pathOf(reference)}`).catch(() => null);
  const cas = newest === null ? 0 : Number(JSON.stringify(newest).match(/"current_version":(\d+)/)?.[1]);
  await served.admin('POST', `secret/data/${pathOf(reference)}`, { options: { cas }, data });
}

/** Until the work succeeds; throws its last error after a minute. */
async function until(work: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
