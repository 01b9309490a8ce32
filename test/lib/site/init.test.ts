import { execFile } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { id } from '../../../lib/model/json.js';
import { loadConfig, readCodecKey, readCollector } from '../../../lib/site/config.js';
import { initSite } from '../../../lib/site/init.js';
import { loadSite } from '../../../lib/site/load.js';
import { checkTrustRoot } from '../../../lib/site/trust-root.js';
import { generateKey } from '../../../lib/trust/keys.js';
import { codeOf } from '../../support/code-of.js';
import { makeSite, PEOPLE, target, type SiteFixture } from '../../support/site-fixture.js';

let made: SiteFixture;

beforeAll(async () => {
  made = await makeSite();
});
afterAll(() => made.remove());

const base = (folder: string): Parameters<typeof initSite>[0] => ({
  dir: join(folder, 'site'),
  state: join(folder, 'state'),
  name: id('example'),
  people: PEOPLE,
  targets: [],
  zones: [{ id: id('oob'), title: 'Out-of-band network' }],
  engineAddress: '127.0.0.1:7233',
  drill: false,
});

describe('init', () => {
  test('makes a site that loads, with the people, targets and runbook it was asked for', async () => {
    const loaded = await loadSite(made.dir);
    expect(loaded.site.people.map((person) => person.id)).toEqual(['rosa', 'lea']);
    expect(loaded.inventory.targets).toEqual([target('node1'), target('node2')]);
    expect(loaded.runbooks['bmc-compromise']?.runbook.phases).toEqual([
      { step: 'isolate', background: false, gate: null, maxFailures: null },
      { step: 'lease', background: false, gate: null, maxFailures: null },
      { step: 'triage', background: false, gate: null, maxFailures: null },
      { step: 'capture', background: true, gate: null, maxFailures: null },
      { step: 'review-logs', background: false, gate: null, maxFailures: null },
      { step: 'dump', background: false, gate: 'change', maxFailures: null },
      { step: 'freeze', background: false, gate: 'change', maxFailures: null },
      { step: 'review-access', background: false, gate: 'change', maxFailures: null },
      { step: 'rotate', background: false, gate: 'change', maxFailures: null },
    ]);
  });

  test('lets the lead sign people and policy, and pins her as the trust root', async () => {
    const loaded = await loadSite(made.dir);
    const config = await loadConfig(made.state);
    expect(config).toEqual({
      version: 1,
      site: made.dir,
      drill: false,
      trustRoot: { fingerprints: loaded.site.people[1]?.keys, needed: 1 },
    });
    expect(await checkTrustRoot(loaded, config.trustRoot)).toMatchObject({ policyDigest: loaded.policyDigest });
  });

  test('keeps every private file readable by its owner only, and outside the site directory', async () => {
    const files = ['codec.key', 'collector.key.asc', 'config.yaml', 'people/rosa.key.asc', 'people/lea.key.asc'];
    const modes = await Promise.all(files.map(async (file) => (await stat(join(made.state, file))).mode & 0o777));
    expect(modes).toEqual(files.map(() => 0o600));
    const folders = ['.', 'people', 'secrets', 'zones', 'engine'];
    expect(await Promise.all(folders.map(async (folder) => (await stat(join(made.state, folder))).mode & 0o777))).toEqual(
      folders.map(() => 0o700),
    );
    const { stdout } = await promisify(execFile)('grep', ['-rlE', 'PRIVATE KEY', made.folder]);
    expect(
      stdout
        .trim()
        .split('\n')
        .every((file) => file.startsWith(made.state)),
    ).toBe(true);
  });

  test('makes a codec key of 32 bytes and a collector key that fits its certificate', async () => {
    expect(await readCodecKey(made.state)).toHaveLength(32);
    const collector = await readCollector(made.state);
    expect(collector.privateKey).toContain('PRIVATE KEY');
    expect(collector.fingerprint).toMatch(/^[0-9A-F]{40}$/);
  });

  test('overwrites nothing', async () => {
    const before = await readFile(join(made.dir, 'site.yaml'), 'utf8');
    expect(await codeOf(initSite(base(made.folder)))).toBe('ALREADY_EXISTS');
    expect(await codeOf(initSite({ ...base(made.folder), dir: join(made.folder, 'other') }))).toBe('ALREADY_EXISTS');
    expect(await readFile(join(made.dir, 'site.yaml'), 'utf8')).toBe(before);
  });

  test('refuses a state folder inside the site directory, in a spelling that hides it too', async () => {
    const dir = join(made.folder, 'fresh');
    await mkdir(dir);
    expect(await codeOf(initSite({ ...base(made.folder), dir, state: join(dir, 'private') }))).toBe('STATE_INSIDE_SITE');
    expect(await codeOf(initSite({ ...base(made.folder), dir, state: `${made.folder}/site/../fresh/private` }))).toBe('STATE_INSIDE_SITE');
  });

  test('takes people with certificates of their own, and wants somebody who can sign the first policy', async () => {
    const { certificate, fingerprint } = await generateKey({ name: 'Own', email: 'own@ops.example' });
    const own = { id: id<'person'>('own'), name: 'Own', roles: [id<'role'>('lead')], certificate };
    const options = { ...base(join(made.folder, 'own')), people: [own] };
    expect(await codeOf(initSite(options))).toBe('NO_SIGNER');
    const second = await initSite({ ...options, people: [...PEOPLE, own] });
    expect(second.keyFiles).not.toHaveProperty('own');
    expect(second.trustRoot).not.toContain(fingerprint);
    expect((await loadSite(second.dir)).certificates).toHaveProperty(fingerprint);
  });

  test('makes an inventory without targets that loads and shows how to write one', async () => {
    const empty = await initSite(base(join(made.folder, 'empty')));
    expect((await loadSite(empty.dir)).inventory.targets).toEqual([]);
    expect(await readFile(join(empty.dir, 'inventory.yaml'), 'utf8')).toContain('vault://file/');
  });

  test('leaves nothing behind when the site would not load, for want of somebody to approve', async () => {
    const options = base(join(made.folder, 'alone'));
    const alone = { id: id<'person'>('rosa'), name: 'Rosa', roles: [id<'role'>('responder'), id<'role'>('lead')] };
    expect(await codeOf(initSite({ ...options, people: [alone] }))).toBe('SITE_INVALID');
    expect(await codeOf(initSite(options))).toBe('resolved');
  });

  test('keeps git from changing line ends, which would make two sites of one', async () => {
    expect(await readFile(join(made.dir, '.gitattributes'), 'utf8')).toBe('* -text\n');
  });
});
