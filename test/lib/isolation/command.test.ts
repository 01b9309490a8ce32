import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openEnforcer } from '../../../lib/isolation/open.js';
import type { Enforcer } from '../../../lib/isolation/enforcer.js';
import { id } from '../../../lib/model/json.js';
import { codeOf } from '../../support/code-of.js';
import { folder, NEVER, RULES, type Folder } from './support.js';

const EXAMPLES = join(import.meta.dirname, '../../../examples/isolation');

let made: Folder;
beforeEach(async () => {
  made = await folder();
});
afterEach(() => made.remove());

function site(...command: readonly string[]): Enforcer {
  return openEnforcer({ name: id('fw'), kind: 'command', command, gateway: '10.9.0.1:22' }, { signal: NEVER });
}

function script(body: string): Enforcer {
  return site(process.execPath, '-e', body);
}

function saying(answer: unknown): Enforcer {
  return script(`process.stdout.write(${JSON.stringify(JSON.stringify(answer))})`);
}

function release(enforcer: Enforcer): Promise<void> {
  const rules = null;
  return enforcer.apply(rules, null);
}

const STATUS = { version: 1, identity: 'switch 7', rules: null, armed: false, intact: true };

describe('a site command', () => {
  test('is asked once, in one object, with its name and the rules', async () => {
    const asked = join(made.path, 'asked');
    const enforcer = script(
      `process.stdin.pipe(require('fs').createWriteStream(${JSON.stringify(asked)})); console.log('{"version":1,"accepted":true}')`,
    );
    await enforcer.apply(RULES, 120);
    expect(JSON.parse(await readFile(asked, 'utf8'))).toEqual({ version: 1, enforcer: 'fw', act: 'apply', rules: RULES, armedForS: 120 });
  });

  test('is known by what it says it is', async () => {
    expect(await saying(STATUS).identify()).toBe('command fw switch 7');
  });

  test('that refuses rules changes nothing', async () => {
    const enforcer = saying({ version: 1, accepted: false, why: 'no space in table' });
    expect([await codeOf(enforcer.check(RULES)), await codeOf(enforcer.apply(RULES, null)), await codeOf(release(enforcer))]).toEqual([
      'RULES_REFUSED',
      'RULES_REFUSED',
      'RULES_REFUSED',
    ]);
  });

  test.each<[string, unknown]>([
    ['another version', { ...STATUS, version: 2 }],
    ['an unknown field', { ...STATUS, certain: true }],
    ['no word on whether it is intact', { ...STATUS, intact: undefined }],
    ['rules of another shape', { ...STATUS, rules: { ...RULES, scope: 'all' } }],
    ['an identity that moves the cursor', { ...STATUS, identity: 'a\u001b[2J' }],
    ['a file outside of its folder', { ...STATUS, files: [{ name: '../x', how: 'x', text: '' }] }],
    ['nothing', ''],
  ])('that answers %s is not understood', async (_, answer) => {
    expect(await codeOf(saying(answer).inForce())).toBe('ENFORCER_UNREADABLE');
  });

  test.each<[string, (enforcer: Enforcer) => Promise<unknown>, string]>([
    ['while it looks has changed nothing', (enforcer) => enforcer.inForce(), 'ENFORCER_UNREACHABLE'],
    ['while it applies may have changed anything', (enforcer) => enforcer.apply(RULES, null), 'ENFORCER_UNREADABLE'],
    ['while it releases may have changed anything', (enforcer) => release(enforcer), 'ENFORCER_UNREADABLE'],
  ])('that fails %s', async (_, act, code) => {
    expect(await codeOf(act(script('process.exitCode = 1')))).toBe(code);
  });

  test('that is not there is told so', async () => {
    expect(await codeOf(site('/nonexistent/fw').inForce())).toBe('TOOL_MISSING');
  });

  test('that hangs is stopped when its work is no longer wanted, and what it did is not known', async () => {
    const stop = new AbortController();
    const terms = { name: id<'enforcer'>('fw'), kind: 'command', command: ['/bin/sleep', '60'], gateway: '10.9.0.1:22' } as const;
    const applying = codeOf(openEnforcer(terms, { signal: stop.signal }).apply(RULES, null));
    stop.abort();
    expect(await applying).toBe('ENFORCER_TIMEOUT');
  });

  test('names what it has no witness of', async () => {
    const enforcer = saying({ ...STATUS, files: [{ name: 'macs.txt', how: 'show mac', text: 'aa' }] });
    const { files, missing } = await enforcer.witness();
    expect([files.map(({ name }) => name), missing]).toEqual([
      ['status.json', 'macs.txt'],
      ['flows', 'neighbours', 'leases', 'firewall-log', 'rules'],
    ]);
  });
});

describe('the example for a switch', () => {
  let list: string;
  let enforcer: Enforcer;
  beforeEach(() => {
    list = join(made.path, 'acl.txt');
    enforcer = site(join(EXAMPLES, 'switch-acl.sh'), list);
  });

  test('puts rules in force, tells them, keeps them under repetition, and takes them away', async () => {
    await enforcer.check(RULES);
    expect(await enforcer.inForce()).toEqual({ rules: null, armed: false, intact: true });
    await enforcer.apply(RULES, 120);
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: true, intact: true });
    await enforcer.apply(RULES, null);
    await enforcer.apply(RULES, null);
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: false, intact: true });
    expect((await readFile(list, 'utf8')).split('\n').slice(1)).toEqual([
      'ip access-list cofferdam',
      ' permit ip 10.9.0.5 10.20.0.0/24',
      ' permit tcp 10.20.0.0/24 10.9.0.5 established',
      ' permit udp 10.20.0.0/24 eq 623 10.9.0.5',
      ' permit udp 10.20.0.0/24 10.9.0.2 eq 514',
      ' permit udp 10.9.0.2 eq 514 10.20.0.0/24',
      ' deny ip any any log',
      'ipv6 access-list cofferdam',
      ' deny ipv6 any any log',
      '',
    ]);
    await release(enforcer);
    await release(enforcer);
    expect(await enforcer.inForce()).toEqual({ rules: null, armed: false, intact: true });
  });

  test('tells that somebody changed its list', async () => {
    await enforcer.apply(RULES, null);
    await writeFile(list, (await readFile(list, 'utf8')).replace('deny ip', 'permit ip'));
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: false, intact: false });
  });

  test('promises no timer that it cannot keep', async () => {
    expect(await codeOf(enforcer.apply({ ...RULES, fallback: ['10.9.0.0/24'] }, 120))).toBe('RULES_REFUSED');
  });

  test('keeps the rules of one incident from another', async () => {
    await enforcer.apply(RULES, null);
    expect(await codeOf(enforcer.apply({ ...RULES, incident: id('i2') }, null))).toBe('RULES_REFUSED');
  });
});

describe('the example for a firewall with an API', () => {
  let firewall: Server;
  let policy: string | null;
  let calls: string[];
  let broken: boolean;
  let enforcer: Enforcer;

  beforeEach(async () => {
    [policy, calls, broken] = [null, [], false];
    firewall = createServer((request, response) => {
      void handle(request).then(([status, body]) => response.writeHead(status).end(body));
    });
    firewall.listen(0, '127.0.0.1');
    await once(firewall, 'listening');
    const address = firewall.address();
    const token = join(made.path, 'token');
    await writeFile(token, 'open-sesame\n', { mode: 0o600 });
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    enforcer = site(join(EXAMPLES, 'firewall-api.mjs'), '--url', `http://127.0.0.1:${String(port)}`, '--token-file', token);
  });
  afterEach(() => firewall.close());

  async function handle(request: IncomingMessage): Promise<[number, string]> {
    const body = await text(request);
    calls.push(`${String(request.method)} ${String(request.url)}`);
    if (request.headers.authorization !== 'Bearer open-sesame') return [401, ''];
    if (request.url === '/system') return [200, '{"serial":"FW-7"}'];
    if (request.url !== '/policies/cofferdam') return [200, '[]'];
    if (request.method === 'GET') return policy === null ? [404, ''] : [200, policy];
    if (broken) return [500, ''];
    policy = request.method === 'PUT' ? body : null;
    return [204, ''];
  }

  test('puts rules in force in one change, with the timer of the firewall, and takes them away', async () => {
    await enforcer.check(RULES);
    await enforcer.apply(RULES, 120);
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: true, intact: true });
    await enforcer.apply(RULES, null);
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: false, intact: true });
    await release(enforcer);
    expect(await enforcer.inForce()).toEqual({ rules: null, armed: false, intact: true });
    expect(calls.filter((call) => !call.startsWith('GET'))).toEqual([
      'PUT /policies/cofferdam',
      'PUT /policies/cofferdam',
      'DELETE /policies/cofferdam',
    ]);
  });

  test('is known by the serial number, and gives flows and rules as its witness', async () => {
    expect(await enforcer.identify()).toBe('command fw firewall FW-7');
    expect((await enforcer.witness()).missing).toEqual(['neighbours', 'macs', 'leases', 'firewall-log']);
  });

  test('tells that somebody changed its policy', async () => {
    await enforcer.apply(RULES, null);
    policy = policy?.replace('"drop"', '"permit"') ?? null;
    expect(await enforcer.inForce()).toEqual({ rules: RULES, armed: false, intact: false });
  });

  test('leaves in doubt what a firewall that fails has done', async () => {
    broken = true;
    expect(await codeOf(enforcer.apply(RULES, null))).toBe('ENFORCER_UNREADABLE');
  });
});

test('what a person does by hand is no rule that we know of, and no program applies it', async () => {
  const terms = { name: id<'enforcer'>('cable'), kind: 'paste', instruction: 'pull it', undo: 'plug it', gateway: '10.9.0.1:22' } as const;
  const enforcer = openEnforcer(terms, { signal: NEVER });
  const other = openEnforcer({ ...terms, instruction: 'cut it' }, { signal: NEVER });
  expect(await enforcer.inForce()).toEqual({ rules: null, armed: false, intact: true });
  expect(await codeOf(enforcer.apply(RULES, null))).toBe('RULES_REFUSED');
  expect(await enforcer.identify()).not.toBe(await other.identify());
});
