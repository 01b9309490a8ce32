import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAt, parseObject, textAt, type JsonObject } from '../../drill/json.js';
import { runFleet } from '../../drill/run.js';
import { ask, logIn, visit } from './bmc-client.js';

let folder: string;
let input: PassThrough;
let lines: AsyncIterator<string>;
let reader: Interface;
let output: PassThrough;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cofferdam-fleet-'));
  input = new PassThrough();
  output = new PassThrough();
  reader = createInterface({ input: output });
  lines = reader[Symbol.asyncIterator]();
});

afterEach(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

const NEVER = new Promise<void>(() => undefined);

async function said(): Promise<JsonObject> {
  const next = await lines.next();
  const line = next.done === true ? null : parseObject(next.value);
  if (line === null) throw new Error('the fleet said no JSON line');
  return line;
}

test('it says one line when all listen, keeps passwords to a private file, obeys commands and ends with stdin', async () => {
  const [secrets, truth, wire] = ['secrets.json', 'truth.json', 'wire.jsonl'].map((name) => join(folder, name));
  if (secrets === undefined || truth === undefined || wire === undefined) throw new Error('no paths');
  writeFileSync(secrets, 'left over', { mode: 0o644 });
  const files = ['--secrets', secrets, '--ground-truth', truth, '--wire-log', wire];
  const running = runFleet(['--targets', '3', '--seed', '9', ...files, '--fault', 'bmc-0003=unauthorized'], input, output, NEVER);

  const ready = await said();
  const targets = listAt(ready, 'targets');
  expect([ready['ready'], targets.length]).toEqual([true, 3]);
  const logins = listAt(parseObject(readFileSync(secrets, 'utf8')) ?? {}, 'targets');
  const password = textAt(logins[0], 'password');
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(password).toHaveLength(20);
  expect(JSON.stringify(ready)).not.toContain(password);

  const address = textAt(targets[0], 'address');
  const visitor = await visit({ address, userName: textAt(logins[0], 'userName'), password });
  expect(
    (await logIn({ address: textAt(targets[2], 'address') }, textAt(logins[2], 'userName'), textAt(logins[2], 'password'))).status,
  ).toBe(401);

  const slot = '/redfish/v1/AccountService/Accounts/4';
  input.write(`${JSON.stringify({ hold: { id: 'h', target: 'bmc-0001', method: 'PATCH', uri: slot, at: 'after' } })}\n`);
  expect(await said()).toEqual({ hold: 'h', is: 'set' });
  const patched = visitor.send('PATCH', slot, { Password: 'Canary-canary-1' });
  expect(await said()).toEqual({ hold: 'h', is: 'reached' });
  input.write('{"release":"h"}\n');
  expect(await said()).toEqual({ hold: 'h', is: 'released' });
  expect((await patched).status).toBe(200);
  input.write('{"fault":{"target":"bmc-0002","name":"down"}}\nrubbish\n{"fault":{"target":"bmc-0002","name":"flood"}}\n{"drop":"x"}\n');
  // Answers come as each command is done.
  const answers = [await said(), await said(), await said(), await said()];
  expect(answers.filter((answer) => 'error' in answer)).toHaveLength(3);
  await expect(ask(textAt(targets[1], 'address'), 'GET', '/redfish/v1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  input.write('{"mend":true}\n');
  expect(await said()).toEqual({ mended: 2 });
  expect((await ask(textAt(targets[1], 'address'), 'GET', '/redfish/v1')).status).toBe(200);

  input.end();
  await running;
  const told = listAt(parseObject(readFileSync(truth, 'utf8')) ?? {}, 'targets');
  expect(told.map((one) => textAt(one, 'fault', 'name'))).toEqual(['', 'down', 'unauthorized']);
  const written = readFileSync(truth, 'utf8') + readFileSync(wire, 'utf8');
  for (const secret of [password, visitor.token, 'Canary-canary-1']) expect(written).not.toContain(secret);
  const logged = readFileSync(wire, 'utf8')
    .trim()
    .split('\n')
    .map((line) => parseObject(line) ?? {});
  expect(logged.find((entry) => entry['method'] === 'PATCH')).toMatchObject({
    target: 'bmc-0001',
    uri: slot,
    status: 200,
    user: 'responder',
    body: null,
  });
  expect(written).toContain(visitor.session);
  await expect(ask(address, 'GET', '/redfish/v1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test.each([
  [['--profile', 'cray'], 'BAD_OPTION'],
  [['--targets', 'many'], 'BAD_OPTION'],
  [['--fault', 'bmc-0001'], 'BAD_OPTION'],
  [['--fault', 'bmc-0009=down'], 'UNKNOWN_TARGET'],
  [['--nonsense'], 'ERR_PARSE_ARGS_UNKNOWN_OPTION'],
])('%j is refused', async (args, code) => {
  await expect(runFleet(args, input, output, NEVER)).rejects.toMatchObject({ code });
});

test('two hundred small BMCs in one process each have an address and a key of their own', async () => {
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const running = runFleet(['--targets', '200', '--profile', 'small'], input, output, stopped);
  const targets = listAt(await said(), 'targets');
  expect(new Set(targets.map((target) => textAt(target, 'address'))).size).toBe(200);
  expect(new Set(targets.map((target) => textAt(target, 'pin'))).size).toBe(200);
  const last = targets.at(-1);
  expect(await ask(textAt(last, 'address'), 'GET', '/redfish/v1')).toMatchObject({ status: 200, pin: textAt(last, 'pin') });
  stop();
  await running;
});
