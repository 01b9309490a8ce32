import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { id } from '../../../lib/model/json.js';
import { loadConfig, readCodecKey, readCollector, stateFolder } from '../../../lib/site/config.js';
import { loadSite, type LoadedSite } from '../../../lib/site/load.js';
import { policyDocument } from '../../../lib/site/policy-document.js';
import { snapshotSite } from '../../../lib/site/snapshot.js';
import { checkTrustRoot, signPolicy, type TrustRoot } from '../../../lib/site/trust-root.js';
import { canonical } from '../../../lib/trust/canonical.js';
import { generateKey } from '../../../lib/trust/keys.js';
import { codeOf } from '../../support/code-of.js';
import { makeSite, PEOPLE, type SiteFixture } from '../../support/site-fixture.js';

let made: SiteFixture;
let folder: string;
let dir: string;

beforeAll(async () => {
  made = await makeSite([...PEOPLE, { id: id('luc'), name: 'Luc Lead', roles: [id('lead')] }]);
});
afterAll(() => made.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-root-'));
  dir = join(folder, 'site');
  await cp(made.dir, dir, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const root = (needed: number, fingerprints: readonly string[] = made.trustRoot): TrustRoot => ({ fingerprints, needed });
const check = async (trusted: TrustRoot): Promise<unknown> => codeOf(checkTrustRoot(await loadSite(dir), trusted));
const keyOf = async (person: string): Promise<{ privateKey: string }> => ({
  privateKey: await readFile(made.keyFiles[person] ?? '', 'utf8'),
});

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(dir, file), 'utf8');
  expect(text.search(from)).toBeGreaterThanOrEqual(0);
  await writeFile(join(dir, file), text.replace(from, to));
}

describe('people and policy', () => {
  test('are believed when enough keys of the trust root signed them', async () => {
    expect(made.trustRoot).toHaveLength(2);
    expect(await checkTrustRoot(await loadSite(dir), root(2))).toMatchObject({ people: [{ id: 'rosa' }, { id: 'lea' }, { id: 'luc' }] });
  });

  test.each<[string, string | RegExp, string]>([
    ['a quorum', 'requesterExcluded: true', 'requesterExcluded: false'],
    ['a role', /id: rosa\n(.*\n)    roles:\n      - responder/, 'id: rosa\n$1    roles: [responder, lead]'],
    ['the name of the site', 'name: example', 'name: other'],
  ])('are not believed any more once %s changed, until the trust root signs again', async (_, from, to) => {
    await edit('site.yaml', from, to);
    expect(await check(root(1))).toBe('POLICY_UNSIGNED');
    await signPolicy(dir, await keyOf('lea'));
    expect(await check(root(1))).toBe('resolved');
    expect(await check(root(2))).toBe('POLICY_UNSIGNED');
  });

  test('are not believed once a certificate was replaced by another of the same key', async () => {
    const file = join(dir, 'keys', `${(await loadSite(dir)).site.people[0]?.keys[0] ?? ''}.asc`);
    await writeFile(file, `${await readFile(file, 'utf8')}\n`);
    expect(await check(root(1))).toBe('POLICY_UNSIGNED');
  });

  test('stay believed when targets or engine change, which the launch binds', async () => {
    await edit('inventory.yaml', 'failureDomain: rack1', 'failureDomain: rack2');
    await edit('site.yaml', '127.0.0.1:7233', '127.0.0.1:7234');
    expect(await check(root(2))).toBe('resolved');
  });

  test('are not believed for signatures of keys outside the trust root, nor for one key named twice', async () => {
    await signPolicy(dir, await keyOf('rosa'));
    const rosa = (await loadSite(dir)).site.people[0]?.keys[0] ?? '';
    expect(await check(root(1, [rosa]))).toBe('resolved');
    await rm(join(dir, 'keys', `policy.${made.trustRoot[0] ?? ''}.asc`));
    expect(await check(root(2))).toBe('POLICY_UNSIGNED');
    const one = made.trustRoot[1] ?? '';
    expect(await check(root(2, [one, one]))).toBe('POLICY_UNSIGNED');
    // A file name proves nothing.
    await copyFile(join(dir, 'keys', `policy.${one}.asc`), join(dir, 'keys', `policy.${made.trustRoot[0] ?? ''}.asc`));
    expect(await check(root(2))).toBe('POLICY_UNSIGNED');
  });

  test('are not believed by anyone who asks for no signature', async () => {
    expect(await check(root(0))).toBe('POLICY_UNSIGNED');
    expect(await check(root(0, []))).toBe('POLICY_UNSIGNED');
  });

  test('are signed only with keys whose certificate is there', async () => {
    const stranger = await generateKey({ name: 'Eve', email: 'eve@else.example' });
    expect(await codeOf(signPolicy(dir, stranger))).toBe('NOT_IN_KEYRING');
  });

  test('carry a signature that gpg verifies over the canonical document', async () => {
    const home = join(folder, 'gpg');
    await mkdir(home, { mode: 0o700 });
    const loaded = await loadSite(dir);
    await writeFile(join(folder, 'policy.json'), canonical(policyDocument(loaded.site, loaded.certificates)));
    const gpg = (...args: readonly string[]) =>
      promisify(execFile)('gpg', ['--homedir', home, '--batch', '--quiet', '--no-autostart', '--status-fd', '1', ...args]);
    const signer = made.trustRoot[0] ?? '';
    await gpg('--import', join(dir, 'keys', `${signer}.asc`));
    const { stdout } = await gpg('--verify', join(dir, 'keys', `policy.${signer}.asc`), join(folder, 'policy.json'));
    expect(stdout).toContain(`VALIDSIG ${signer}`);
  });
});

describe('a snapshot', () => {
  const snapshot = (): string => join(folder, 'incidents', 'inc-1', 'site');
  const taken = async (): Promise<LoadedSite> => {
    const loaded = await loadSite(dir);
    await snapshotSite(loaded, snapshot());
    return loaded;
  };

  test('is the same site by digest, and no later edit touches it', async () => {
    const loaded = await taken();
    await edit('inventory.yaml', 'rack1', 'rack9');
    const copy = await loadSite(snapshot());
    expect({ ...copy, dir: '' }).toEqual({ ...loaded, dir: '' });
    expect(await codeOf(checkTrustRoot(copy, root(2)))).toBe('resolved');
  });

  test('can be taken again, by two at a time too, but never becomes another site', async () => {
    const loaded = await taken();
    await Promise.all([snapshotSite(loaded, snapshot()), snapshotSite(loaded, snapshot())]);
    const fresh = join(folder, 'incidents', 'inc-2', 'site');
    await Promise.all([snapshotSite(loaded, fresh), snapshotSite(loaded, fresh)]);
    expect((await loadSite(fresh)).digest).toBe(loaded.digest);
    await edit('inventory.yaml', 'rack1', 'rack9');
    expect(await codeOf(snapshotSite(await loadSite(dir), snapshot()))).toBe('SITE_CHANGED');
  });

  test('is refused when the files changed after they were loaded, and leaves nothing behind', async () => {
    const loaded = await loadSite(dir);
    await edit('inventory.yaml', 'rack1', 'rack9');
    expect(await codeOf(snapshotSite(loaded, snapshot()))).toBe('SITE_CHANGED');
    expect(await codeOf(loadSite(snapshot()))).toBe('SITE_MISSING');
    expect(await codeOf(stat(snapshot()))).toBe('ENOENT');
  });
});

describe('the private configuration', () => {
  let state: string;
  beforeEach(async () => {
    state = join(folder, 'state');
    await cp(made.state, state, { recursive: true });
    await chmod(state, 0o700);
  });

  test('is refused when others could change whom it trusts', async () => {
    expect(await codeOf(loadConfig(state))).toBe('resolved');
    await chmod(join(state, 'config.yaml'), 0o620);
    expect(await codeOf(loadConfig(state))).toBe('MODE_TOO_OPEN');
    await chmod(join(state, 'config.yaml'), 0o600);
    await chmod(state, 0o770);
    expect(await codeOf(loadConfig(state))).toBe('MODE_TOO_OPEN');
  });

  test('keeps its keys to itself', async () => {
    await chmod(join(state, 'codec.key'), 0o644);
    await chmod(join(state, 'collector.key.asc'), 0o640);
    expect(await codeOf(readCodecKey(state))).toBe('MODE_TOO_OPEN');
    expect(await codeOf(readCollector(state))).toBe('MODE_TOO_OPEN');
  });

  test.each([
    ['an unknown field', 'drill: false', 'drill: false\nnote: x'],
    ['fewer keys than are needed', 'needed: 1', 'needed: 3'],
    ['a trust root of nobody', 'needed: 1', 'needed: 0'],
    ['what is no YAML', 'version: 1', 'version: [1'],
  ])('is refused with %s', async (_, from, to) => {
    const path = join(state, 'config.yaml');
    const text = await readFile(path, 'utf8');
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
    expect(await codeOf(loadConfig(state))).toBe('CONFIG_INVALID');
  });

  test('is missed by name when there is none, and a short codec key does not pass', async () => {
    expect(await codeOf(loadConfig(join(folder, 'nowhere')))).toBe('CONFIG_MISSING');
    await writeFile(join(state, 'codec.key'), Buffer.alloc(16).toString('base64'));
    expect(await codeOf(readCodecKey(state))).toBe('CONFIG_INVALID');
  });

  test('lies where it was named, else in the data folder under the name of the site', () => {
    expect(stateFolder('/srv/state', 'example')).toBe('/srv/state');
    expect(stateFolder(undefined, 'example')).toMatch(/cofferdam\/example$/);
  });
});
