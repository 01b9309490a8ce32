import { copyFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digest } from '../../lib/model/json.js';
import { KvClient } from '../../lib/vault/kv-client.js';
import { openKvHttp, type Server } from '../../lib/vault/kv-http.js';
import { KvStore } from '../../lib/vault/kv-store.js';
import { KvToken, type KvLogin } from '../../lib/vault/kv-token.js';
import { holdsTheContract, login, shown, waiting } from '../lib/vault/contract.js';
import { codeOf } from '../support/code-of.js';
import { pathOf, serveVault, writeByHand, type Served } from './server.js';

type Approle = Extract<KvLogin, { readonly method: 'approle' }>;

let served: Served;
let approle: Approle;
const open: KvStore[] = [];
let count = 0;

beforeAll(async () => {
  served = await serveVault();
  approle = await approleOf();
});
afterAll(async () => {
  await Promise.all(open.map((store) => store.close()));
  await served.stop();
});

function store(auth: KvLogin = approle, over: Partial<Server> = {}): KvStore {
  const http = openKvHttp({ address: served.address, namespace: null, ca: served.ca, pin: null, ...over });
  const made = new KvStore(new KvClient(http, new KvToken(http, auth), 'secret'));
  open.push(made);
  return made;
}

async function approleOf(role = 'worker', uses = 0): Promise<Approle> {
  return { method: 'approle', mount: 'approle', ...(await served.loginFiles(role, uses)) };
}

const fresh = (): string => `vault://hv/bmc/s${String(++count)}`;
const byHand = (reference: string, data: Readonly<Record<string, unknown>>): Promise<void> => writeByHand(served, reference, data);

describe('a real Vault server, through AppRole', () => {
  holdsTheContract(() => ({
    open: store,
    fresh,
    write: (reference, { userName, password }) => byHand(reference, { userName, password: password.reveal() }),
  }));
});

describe('a record that a person keeps', () => {
  test('keeps its other fields and its names when a password is promoted', async () => {
    const name = fresh();
    const vault = store();
    await byHand(name, { username: 'root', password: 'old', rack: 'r1' });
    await vault.createPending(name, 'k1', () => login('new'));
    await vault.promote(name, 'k1');
    expect(await served.admin('GET', `secret/data/${pathOf(name)}`)).toMatchObject({
      data: { data: { username: 'root', password: 'new', rack: 'r1', cofferdam: { key: 'k1', version: 2 } }, metadata: { version: 2 } },
    });
  });

  test('counts as hers when she edits what was promoted, with our mark in it', async () => {
    const name = fresh();
    const vault = store();
    await vault.createPending(name, 'k1', () => login('new'));
    await vault.promote(name, 'k1');
    await byHand(name, { userName: 'root', password: 'by hand', cofferdam: { key: 'k1', version: 1 } });
    expect([shown(await vault.read(name)), await vault.promote(name, 'k1')]).toEqual([['by hand', 2, null], 1]);
  });

  test('may be deleted, and the next one follows its last version', async () => {
    const name = fresh();
    const vault = store();
    await byHand(name, { userName: 'root', password: 'old' });
    await served.admin('DELETE', `secret/data/${pathOf(name)}`);
    expect(await codeOf(vault.read(name))).toBe('NOT_FOUND');
    await vault.createPending(name, 'k1', () => login('new'));
    expect([await vault.promote(name, 'k1'), shown(await vault.read(name))]).toEqual([2, ['new', 2, 'k1']]);
  });

  test('is refused when it is no login, and quoted nowhere', async () => {
    const name = fresh();
    await byHand(name, { userName: 'root', passwd: 'canary-77' });
    const failure = await store()
      .read(name)
      .catch((error: unknown) => inspect(error, { depth: null, showHidden: true }));
    expect(failure).toContain("code: 'UNREADABLE'");
    expect(failure).not.toContain('canary-77');
  });
});

describe('a worker that died between two writes', () => {
  let name: string;
  beforeEach(async () => {
    name = fresh();
    await byHand(name, { userName: 'root', password: 'old' });
    await store().createPending(name, 'k1', () => login('new'));
  });

  test('has promoted, though the pending place was not cleared', async () => {
    await byHand(name, { userName: 'root', password: 'new', cofferdam: { key: 'k1', version: 2 } });
    expect([await store().pending(name), await store().promote(name, 'k1'), shown(await store().read(name))]).toEqual([
      null,
      2,
      ['new', 2, 'k1'],
    ]);
    await store().createPending(name, 'k2', () => login('newer'));
    expect(waiting(await store().pending(name))).toEqual(['newer', 'k2', 2]);
  });

  test('has not promoted, and the next worker does', async () => {
    await store().pending(name);
    expect([await store().promote(name, 'k1'), shown(await store().read(name))]).toEqual([2, ['new', 2, 'k1']]);
  });
});

test('what was set aside is kept by the server', async () => {
  const name = fresh();
  await store().createPending(name, 'k1', () => login('refused'));
  await store().setAside(name, 'k1');
  const listed = JSON.stringify(await served.admin('GET', `secret/metadata/${pathOf(name)}~aside?list=true`));
  const kept = /"keys":\["([0-9a-f]{32})"\]/.exec(listed)?.[1];
  expect(await served.admin('GET', `secret/data/${pathOf(name)}~aside/${String(kept)}`)).toMatchObject({
    data: { data: { key: 'k1', userName: 'root', password: 'refused' } },
  });
});

describe('a login', () => {
  test('by a token from a file', async () => {
    const name = fresh();
    const file = await served.file('token', `${served.root}\n`);
    await store({ method: 'token', file }).createPending(name, 'k1', () => login('new'));
    expect(waiting(await store().pending(name))).toEqual(['new', 'k1', 0]);
  });

  test('is repeated once when the token ended in the middle', async () => {
    const name = fresh();
    const vault = store();
    await vault.createPending(name, 'k1', () => login('new'));
    await served.admin('PUT', 'sys/leases/revoke-prefix/auth/approle');
    expect([await vault.promote(name, 'k1'), shown(await vault.read(name))]).toEqual([1, ['new', 1, 'k1']]);
  });

  test('that cannot be repeated is FORBIDDEN until its file is fresh', async () => {
    const name = fresh();
    const once = await approleOf('worker', 1);
    const vault = store(once);
    await vault.createPending(name, 'k1', () => login('new'));
    await served.admin('PUT', 'sys/leases/revoke-prefix/auth/approle');
    expect(await codeOf(vault.promote(name, 'k1'))).toBe('FORBIDDEN');
    await copyFile((await approleOf()).secretId, once.secretId);
    expect(await vault.promote(name, 'k1')).toBe(1);
  });

  test('is not needed again as long as the token can be renewed', async () => {
    const name = fresh();
    await byHand(name, { userName: 'root', password: 'old' });
    await served.admin('POST', 'auth/approle/role/short', { token_policies: ['cofferdam'], token_ttl: '4s', token_max_ttl: '60s' });
    const vault = store(await approleOf('short', 1));
    const begun = Date.now();
    await vault.read(name);
    // The single-use id is spent: past its first life only renewal keeps the token good.
    while (Date.now() < begun + 6_000) await new Promise((resolve) => setTimeout(resolve, 250));
    expect(shown(await vault.read(name))).toEqual(['old', 1, null]);
  });

  test('does not help where the policy says no', async () => {
    expect(await codeOf(store().read('vault://hv/forbidden/x'))).toBe('FORBIDDEN');
  });
});

describe('a server', () => {
  test('that shows another key or another authority is sent nothing', async () => {
    const name = fresh();
    const pin = digest<'spki'>('0'.repeat(64));
    expect(await codeOf(store(approle, { pin }).read(name))).toBe('UNREACHABLE');
    expect(await codeOf(store(approle, { ca: null, pin: served.pin }).read(name))).toBe('NOT_FOUND');
    expect(await codeOf(store(approle, { ca: null }).read(name))).toBe('UNREACHABLE');
  });

  test('that is sealed in the middle says so, and goes on where it was', async () => {
    const name = fresh();
    const vault = store();
    await vault.createPending(name, 'k1', () => login('new'));
    await served.seal();
    expect([await codeOf(vault.promote(name, 'k1')), await codeOf(store().pending(name))]).toEqual(['SEALED', 'SEALED']);
    await served.unseal();
    expect([await vault.promote(name, 'k1'), shown(await store().read(name))]).toEqual([1, ['new', 1, 'k1']]);
  });

  test('that is killed in the middle of many writes has lost nothing that it acknowledged, and the rest can be repeated', async () => {
    const vault = store();
    const names = Array.from({ length: 12 }, fresh);
    const make = (name: string) => () => login(`p-${name}`);
    const working = names.map((name) => vault.createPending(name, 'k1', make(name)));
    const codes = Promise.all(working.map(codeOf));
    await Promise.any(working);
    await served.kill();
    const first = await codes;
    expect(first).toContain('resolved');
    expect(await codeOf(vault.pending(names[0] ?? ''))).toBe('UNREACHABLE');
    await served.start();
    await served.unseal();
    const kept = await Promise.all(names.map(async (name, at) => (first[at] === 'resolved' ? waiting(await vault.pending(name)) : null)));
    expect(kept.filter((found, at) => first[at] === 'resolved' && found === null)).toEqual([]);
    for (const name of names) await vault.createPending(name, 'k1', make(name));
    expect(await Promise.all(names.map((name) => vault.promote(name, 'k1')))).toEqual(names.map(() => 1));
    expect((await Promise.all(names.map((name) => vault.read(name)))).map(shown)).toEqual(names.map((name) => [`p-${name}`, 1, 'k1']));
  });
});
