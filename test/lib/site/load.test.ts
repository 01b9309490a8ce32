import { copyFile, cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { id } from '../../../lib/model/json.js';
import { SiteError, type Problem } from '../../../lib/site/error.js';
import { loadSite } from '../../../lib/site/load.js';
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
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-load-'));
  dir = join(folder, 'site');
  await cp(made.dir, dir, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function problems(): Promise<readonly Problem[]> {
  return loadSite(dir).then(
    () => [],
    (error: unknown) => {
      if (error instanceof SiteError && error.code === 'SITE_INVALID') return error.problems;
      throw error;
    },
  );
}

/** Replaces the first match in a file and returns the line where it stood. */
async function edit(file: string, from: string | RegExp, to: string): Promise<number> {
  const text = await readFile(join(dir, file), 'utf8');
  const at = text.search(from);
  expect(at).toBeGreaterThanOrEqual(0);
  await writeFile(join(dir, file), text.replace(from, to));
  return text.slice(0, at).split('\n').length;
}

/** A site file, what is changed in it, and the code of the one problem that this makes; the line is the changed one, or so many below. */
const TABLE: [what: string, file: string, from: string | RegExp, to: string, code: string, below?: number][] = [
  ['an unknown field at the top', 'site.yaml', 'zones:', 'note: x\nzones:', 'FIELD_UNKNOWN'],
  ['an unknown field deep inside', 'inventory.yaml', 'failureDomain:', 'rack: 1\n    failureDomain:', 'FIELD_UNKNOWN'],
  ['a missing field', 'inventory.yaml', /^ {4}host: .*\n/m, '', 'FIELD_MISSING', -9],
  ['a pin that is no digest', 'inventory.yaml', /pin: [0-9a-f]{64}/, 'pin: none', 'FIELD_INVALID'],
  ['an old TLS version without a reason', 'inventory.yaml', 'secret:', 'tls: { minimum: TLSv1.1 }\n    secret:', 'FIELD_INVALID'],
  ['an exception that is none', 'inventory.yaml', 'secret:', 'tls: { reason: old }\n    secret:', 'FIELD_INVALID'],
  [
    'a TLS version that nobody may ask for',
    'inventory.yaml',
    'secret:',
    'tls: { minimum: SSLv3, reason: old }\n    secret:',
    'FIELD_INVALID',
  ],
  ['an authority outside of ca/', 'inventory.yaml', 'secret:', 'tls: { ca: ../ca.pem }\n    secret:', 'FIELD_INVALID'],
  ['an authority that is not there', 'inventory.yaml', 'secret:', 'tls: { ca: rack.pem }\n    secret:', 'UNKNOWN_AUTHORITY'],
  [
    'a webhook without TLS to another host',
    'site.yaml',
    'policy:',
    "notifications: [{ id: a, kind: webhook, secret: vault://file/a, url: 'http://pager.example/' }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a webhook with a password in its address',
    'site.yaml',
    'policy:',
    "notifications: [{ id: a, kind: webhook, secret: vault://file/a, url: 'https://a:b@pager.example/' }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a key of a webhook that is no reference',
    'site.yaml',
    'policy:',
    "notifications: [{ id: a, kind: webhook, url: 'https://pager.example/', secret: hunter2 }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a store without TLS',
    'site.yaml',
    'policy:',
    "stores: [{ name: hv, kind: vault, address: 'http://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: /etc/token } }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a store that nobody vouches for',
    'site.yaml',
    'policy:',
    "stores: [{ name: hv, kind: vault, address: 'https://vault.example:8200', auth: { method: token, file: /etc/token } }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a store that takes the name of the file store',
    'site.yaml',
    'policy:',
    "stores: [{ name: file, kind: vault, address: 'https://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: /etc/token } }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a store whose login lies at no absolute path',
    'site.yaml',
    'policy:',
    "stores: [{ name: hv, kind: vault, address: 'https://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: token } }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a store with an authority that is not there',
    'site.yaml',
    'policy:',
    "stores: [{ name: hv, kind: vault, address: 'https://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: /etc/token }, ca: hv.pem }]\npolicy:",
    'UNKNOWN_AUTHORITY',
  ],
  [
    'two stores of one name',
    'site.yaml',
    'policy:',
    "stores: [{ name: hv, kind: vault, address: 'https://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: /etc/token } }, { name: hv, kind: vault, address: 'https://vault.example:8200', pin: '0000000000000000000000000000000000000000000000000000000000000000', auth: { method: token, file: /etc/token } }]\npolicy:",
    'DUPLICATE_ID',
  ],
  [
    'a holder who is nobody',
    'inventory.yaml',
    'usedBy: break-glass',
    'usedBy: break-glass\n          secret: vault://file/glass\n          holders: [nobody]',
    'UNKNOWN_PERSON',
    2,
  ],
  ['a holder of nothing', 'inventory.yaml', 'usedBy: break-glass', 'usedBy: break-glass\n          holders: [rita]', 'FIELD_INVALID', -2],
  ['a reader who is nobody', 'site.yaml', 'policy:', 'stores: [{ name: file, kind: file, readers: [nobody] }]\npolicy:', 'UNKNOWN_PERSON'],
  [
    'an event that nobody knows',
    'site.yaml',
    'policy:',
    "notifications: [{ id: a, kind: webhook, secret: vault://file/a, url: 'https://pager.example/', events: [gate-openend] }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'a mail server without TLS',
    'site.yaml',
    'policy:',
    'notifications: [{ id: a, kind: mail, host: mail.example, port: 587, from: a@example.org, to: [b@example.org], tls: none }]\npolicy:',
    'FIELD_INVALID',
  ],
  [
    'a mail address with a second line',
    'site.yaml',
    'policy:',
    "notifications: [{ id: a, kind: mail, host: mail.example, port: 587, tls: starttls, from: a@example.org, to: ['b@example.org\\nBcc: c@example.org'] }]\npolicy:",
    'FIELD_INVALID',
  ],
  [
    'an endpoint with an authority that is not there',
    'site.yaml',
    'policy:',
    'notifications: [{ id: a, kind: mail, host: mail.example, port: 587, from: a@example.org, to: [b@example.org], tls: starttls, ca: rack.pem }]\npolicy:',
    'UNKNOWN_AUTHORITY',
  ],
  [
    'two endpoints of one id',
    'site.yaml',
    'policy:',
    'notifications: [{ id: a, kind: command, command: [/bin/true] }, { id: a, kind: command, command: [/bin/true] }]\npolicy:',
    'DUPLICATE_ID',
  ],
  ['another version', 'site.yaml', 'version: 1', 'version: 2', 'FIELD_INVALID'],
  ['an id in upper case', 'site.yaml', 'id: rosa', 'id: Rosa', 'FIELD_INVALID'],
  ['a name with an escape sequence', 'site.yaml', 'name: Rosa Responder', 'name: "Rosa\\e[2J"', 'FIELD_INVALID'],
  ['a name that turns the line around', 'site.yaml', 'name: Rosa Responder', 'name: "Rosa\\u202e"', 'FIELD_INVALID'],
  ['a fingerprint in lower case', 'site.yaml', /- [0-9A-F]{40}/, `- ${'ab'.repeat(20)}`, 'FIELD_INVALID'],
  ['a person without keys', 'site.yaml', /keys:\n +- [0-9A-F]{40}/, 'keys: []', 'FIELD_INVALID'],
  ['no zones', 'site.yaml', /zones:\n.*\n.*\n/, 'zones: []\n', 'FIELD_INVALID'],
  ['a gate named launch', 'site.yaml', 'change:', 'launch:', 'FIELD_INVALID'],
  ['a target named like the series of the incident itself', 'inventory.yaml', /id: [a-z0-9-]+/, 'id: case', 'FIELD_INVALID'],
  ['a quorum of nobody', 'site.yaml', 'quorum: 1', 'quorum: 0', 'FIELD_INVALID'],
  ['a round that never closes', 'site.yaml', 'decisionExpiresAfter: 720', 'decisionExpiresAfter: 9999999', 'FIELD_INVALID'],
  ['an address over plain HTTP', 'inventory.yaml', 'https://node1.example', 'http://node1.example', 'FIELD_INVALID'],
  ['an address with a path', 'inventory.yaml', 'https://node1.example', 'https://node1.example/redfish', 'FIELD_INVALID'],
  ['an address with a closing slash', 'inventory.yaml', 'https://node1.example', 'https://node1.example/', 'FIELD_INVALID'],
  ['an address with credentials', 'inventory.yaml', 'https://node1.example', 'https://root:calvin@node1.example', 'FIELD_INVALID'],
  ['an address with the default port', 'inventory.yaml', 'https://node1.example', 'https://node1.example:443', 'FIELD_INVALID'],
  ['an address in upper case', 'inventory.yaml', 'https://node1.example', 'https://NODE1.example', 'FIELD_INVALID'],
  ['a pin with colons', 'inventory.yaml', /pin: .*/, `pin: ${Array.from({ length: 32 }).fill('ab').join(':')}`, 'FIELD_INVALID'],
  ['a password in the place of its reference', 'inventory.yaml', 'vault://file/node1', 'hunter2', 'FIELD_INVALID'],
  ['an unknown protocol', 'inventory.yaml', 'protocol: redfish', 'protocol: snmp', 'FIELD_INVALID'],
  ['a key twice in one map', 'site.yaml', 'name: example', 'name: example\nname: other', 'YAML_DUPLICATE_KEY', 1],
  ['a tab as indentation', 'site.yaml', '  address:', '\taddress:', 'YAML_SYNTAX'],
  ['two documents in one file', 'site.yaml', 'zones:', '---\nzones:', 'YAML_SYNTAX'],
  ['a tag that makes other things of values', 'site.yaml', 'name: example', 'name: !!js/function example', 'YAML_SYNTAX'],
  ['a person twice', 'site.yaml', 'id: luc', 'id: lea', 'DUPLICATE_ID'],
  ['a target twice', 'inventory.yaml', 'id: node2', 'id: node1', 'DUPLICATE_ID'],
  ['one BMC under two ids', 'inventory.yaml', 'https://node2.example', 'https://node1.example', 'DUPLICATE_ADDRESS'],
  [
    'one secret for two accounts of a BMC',
    'inventory.yaml',
    'usedBy: break-glass',
    'usedBy: break-glass\n          secret: vault://file/node1',
    'DUPLICATE_SECRET',
    1,
  ],
  ['a target in an unknown zone', 'inventory.yaml', 'zone: oob', 'zone: ooob', 'UNKNOWN_ZONE'],
  ['a role that nobody has', 'site.yaml', /roles:\n +- responder\n +cosigners/, 'roles: [responder, boss]\n    cosigners', 'UNKNOWN_ROLE'],
  ['a certificate that is not there', 'site.yaml', /- [0-9A-F]{40}/, `- ${'AB'.repeat(20)}`, 'CERTIFICATE_MISSING'],
  ['more approvals than there are people', 'site.yaml', 'quorum: 1', 'quorum: 3', 'QUORUM_TOO_LARGE'],
  ['more co-signers than may launch', 'site.yaml', 'cosignersAbove: 50', 'cosignersAbove: 1', 'QUORUM_TOO_LARGE', 1],
  ['a runbook under another name', 'runbooks/bmc-compromise.yaml', 'name: bmc-compromise', 'name: other', 'NAME_MISMATCH'],
  ['an unknown step', 'runbooks/bmc-compromise.yaml', 'step: triage', 'step: triag', 'UNKNOWN_STEP'],
  ['a step twice', 'runbooks/bmc-compromise.yaml', 'step: capture', 'step: triage', 'DUPLICATE_STEP'],
  ['a step that changes targets and has no gate', 'runbooks/bmc-compromise.yaml', /\n +gate: change/, '', 'GATE_MISSING', 0],
  ['a gate before a step that only reads', 'runbooks/bmc-compromise.yaml', 'background: true', 'gate: change', 'GATE_NOT_ALLOWED'],
  [
    'a gate before a step that plans but only observes',
    'runbooks/bmc-compromise.yaml',
    'step: review-logs',
    'step: review-logs\n    gate: change',
    'GATE_NOT_ALLOWED',
    1,
  ],
  ['an address that is none', 'inventory.yaml', /addresses: \[\]/, 'addresses: [bastion.example.org]', 'FIELD_INVALID'],
  ['a gate that the policy does not have', 'runbooks/bmc-compromise.yaml', 'gate: change', 'gate: chnge', 'UNKNOWN_GATE'],
  ['an unknown field in a runbook', 'runbooks/bmc-compromise.yaml', 'background: true', 'backgruond: true', 'FIELD_UNKNOWN'],
];

describe('a site directory', () => {
  test.each(TABLE)('with %s does not load, and the problem names file and line', async (_, file, from, to, code, below = 0) => {
    const line = await edit(file, from, to);
    expect((await problems()).map((problem) => [problem.file, problem.line, problem.code])).toEqual([[file, line + below, code]]);
  });

  test('shows the problems of all its files at once, in order, each with a fix', async () => {
    await edit('runbooks/bmc-compromise.yaml', 'step: triage', 'step: triag');
    await edit('inventory.yaml', 'zone: oob', 'zone: ooob');
    await edit('inventory.yaml', 'https://node2.example', 'https://node1.example');
    await edit('site.yaml', 'quorum: 1', 'quorum: 9');
    const found = await problems();
    expect(found.map(({ file, code }) => [file, code])).toEqual([
      ['inventory.yaml', 'UNKNOWN_ZONE'],
      ['inventory.yaml', 'DUPLICATE_ADDRESS'],
      ['runbooks/bmc-compromise.yaml', 'UNKNOWN_STEP'],
      ['site.yaml', 'QUORUM_TOO_LARGE'],
    ]);
    expect(found.every(({ what, fix }) => what !== '' && fix !== '')).toBe(true);
    expect(found.map(({ fix }) => fix).slice(0, 3)).toEqual([
      'did you mean "oob"?',
      'keep one target for each BMC',
      'did you mean "triage"?',
    ]);
  });

  test('gives away no secret in its problems', async () => {
    await edit('inventory.yaml', 'vault://file/node1', 'hunter2-canary');
    await edit('inventory.yaml', 'https://node1.example', 'https://root:calvin-canary@node1.example');
    const found = await problems();
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  test('wants a requester who launches left out of the count of those who may approve', async () => {
    await edit('site.yaml', /roles:\n +- responder\n +cosigners/, 'roles: [responder, lead]\n    cosigners');
    await edit('site.yaml', 'quorum: 1', 'quorum: 2');
    expect((await problems()).map(({ code }) => code)).toEqual(['QUORUM_TOO_LARGE']);
    await edit('site.yaml', 'requesterExcluded: true', 'requesterExcluded: false');
    expect(await problems()).toEqual([]);
  });

  test('refuses one key for two people', async () => {
    const { people } = (await loadSite(dir)).site;
    const line = await edit('site.yaml', people[2]?.keys[0] ?? '', people[1]?.keys[0] ?? '');
    expect(await problems()).toMatchObject([{ file: 'site.yaml', line, code: 'DUPLICATE_KEY' }]);
  });

  test('leaves out what the inventory may leave out', async () => {
    await edit('inventory.yaml', / {4}usedBy:\n +- monitoring\n/, '');
    await edit('inventory.yaml', / {4}allow:\n(?: {6}.*\n)+/, '');
    expect((await loadSite(dir)).inventory.targets[0]).toMatchObject({
      usedBy: [],
      allow: { accounts: [], sessions: [], addresses: [], subscriptions: [], keys: [] },
    });
  });

  test('takes a target over IPMI only with a reason, under an address of its own scheme, with the GUID alone', async () => {
    const ipmi = (address: string, more: string): string =>
      `version: 1\ntargets:\n  - { id: old, address: '${address}', protocol: ipmi, zone: oob, secret: 'vault://file/old', host: h, class: c, failureDomain: f${more} }\n`;
    const [guid, reason] = [', identity: { uuid: efcdab89-6745-23a1-efcd-ab89674523a1 }', ', ipmi: { reason: no Redfish before 2016 }'];
    const load = async (text: string) => {
      await writeFile(join(dir, 'inventory.yaml'), text);
      return (await problems()).map(({ code, what }) => `${code} ${what.split(':')[0] ?? ''}`);
    };
    expect(await load(ipmi('ipmi://10.0.0.9', guid + reason))).toEqual([]);
    expect((await loadSite(dir)).inventory.targets[0]).toMatchObject({
      protocol: 'ipmi',
      ipmi: { reason: 'no Redfish before 2016' },
      identity: { serial: '', uuid: 'efcdab89-6745-23a1-efcd-ab89674523a1' },
    });
    expect(await load(ipmi('ipmi://10.0.0.9', guid))).toEqual(['FIELD_MISSING targets[0].ipmi']);
    expect(await load(ipmi('ipmi://10.0.0.9', `${guid}${reason}, pin: ${'ab'.repeat(32)}`))).toEqual(['FIELD_UNKNOWN targets[0]']);
    for (const address of ['https://10.0.0.9', 'ipmi://10.0.0.9:623', 'ipmi://ADMIN@10.0.0.9', 'ipmi://-x', 'ipmi://10.0.0.9/x'])
      expect(await load(ipmi(address, guid + reason)), address).toEqual(['FIELD_INVALID targets[0].address']);
  });

  test('may use anchors, but not to make gigabytes', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefg'.charAt(at)}, `.repeat(10)}]`),
    ];
    await writeFile(join(dir, 'inventory.yaml'), bomb.join('\n'));
    expect((await problems()).map(({ code }) => code)).toEqual(['YAML_TOO_MANY_ALIASES']);
  });
});

describe('files that count', () => {
  const key = async (): Promise<{ file: string; name: string }> => {
    const name = (await loadSite(dir)).site.people[0]?.keys[0] ?? '';
    return { name, file: `keys/${name}.asc` };
  };

  test('must be there', async () => {
    await rm(join(dir, 'inventory.yaml'));
    expect(await problems()).toMatchObject([{ file: 'inventory.yaml', line: 1, code: 'FILE_MISSING' }]);
    await rm(join(dir, 'site.yaml'));
    expect(await codeOf(loadSite(dir))).toBe('SITE_MISSING');
    expect(await codeOf(loadSite(join(folder, 'nowhere')))).toBe('SITE_MISSING');
  });

  test('are not reached through links', async () => {
    await rename(join(dir, 'inventory.yaml'), join(folder, 'inventory.yaml'));
    await symlink(join(folder, 'inventory.yaml'), join(dir, 'inventory.yaml'));
    expect(await problems()).toMatchObject([{ file: 'inventory.yaml', code: 'FILE_NOT_REGULAR' }]);
  });

  test('are bounded, and text', async () => {
    await writeFile(join(dir, 'runbooks', 'long.yaml'), `# ${'x'.repeat(1_048_576)}`);
    await writeFile(join(dir, 'runbooks', 'bytes.yaml'), new Uint8Array([0xff, 0xfe]));
    expect((await problems()).map(({ file, code }) => [file, code])).toEqual([
      ['runbooks/bytes.yaml', 'FILE_UNREADABLE'],
      ['runbooks/long.yaml', 'FILE_TOO_LARGE'],
    ]);
  });

  test('have names that say what they are', async () => {
    await writeFile(join(dir, 'runbooks', 'mine.yml'), '');
    await writeFile(join(dir, 'keys', 'rosa.asc'), '');
    await writeFile(join(dir, 'keys', '.gitkeep'), '');
    expect((await problems()).map(({ file, code }) => [file, code])).toEqual([
      ['keys/rosa.asc', 'FILE_UNEXPECTED'],
      ['runbooks/mine.yml', 'FILE_UNEXPECTED'],
    ]);
  });

  test('hold the certificate that they are named after', async () => {
    const other = await generateKey({ name: 'Other', email: 'other@ops.example' });
    const { file } = await key();
    await writeFile(join(dir, file), other.certificate);
    expect((await problems()).map(({ file: where, code }) => [where, code])).toEqual([
      [file, 'CERTIFICATE_MISMATCH'],
      ['site.yaml', 'CERTIFICATE_MISSING'],
    ]);
  });

  test('hold no private key', async () => {
    const { file } = await key();
    await copyFile(join(made.state, 'people', 'rosa.key.asc'), join(dir, file));
    expect((await problems()).map(({ file: where, code }) => [where, code])).toContainEqual([file, 'PRIVATE_KEY_EXPOSED']);
  });

  test('make the digest, and nothing else does', async () => {
    const { digest, policyDigest } = await loadSite(dir);
    expect(digest).toBe((await loadSite(made.dir)).digest);
    await writeFile(join(dir, 'README.md'), 'not a site file');
    expect((await loadSite(dir)).digest).toBe(digest);
    await edit('inventory.yaml', 'version: 1', '# a comment\nversion: 1');
    const commented = await loadSite(dir);
    expect(commented.digest).not.toBe(digest);
    expect(commented.policyDigest).toBe(policyDigest);
  });
});
