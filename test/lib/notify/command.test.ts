import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCommand } from '../../../lib/notify/command.js';
import { codeOf } from '../../support/code-of.js';
import { command, DELIVERY } from './support.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-notify-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const unlimited = new AbortController().signal;

it('gives the notice as one line of JSON on standard input, and nothing of the worker’s environment', async () => {
  const file = join(folder, 'out');
  await runCommand(command('/bin/sh', '-c', `cat > ${file}; env | cut -d= -f1 | grep -c NODE_ >> ${file}; true`), DELIVERY, unlimited);
  const [notice = '', names] = (await readFile(file, 'utf8')).split('\n');
  expect(JSON.parse(notice)).toMatchObject({ delivery: 'example.inc-1.7.pager', event: 'gate-opened', targets: 12 });
  expect(names).toBe('0');
});

it.each([
  ['that fails', ['/bin/sh', '-c', 'exit 3'], 'COMMAND_FAILED'],
  ['that reads nothing and fails', ['/bin/false'], 'COMMAND_FAILED'],
  ['that is not there', ['/nonexistent/tell'], 'COMMAND_MISSING'],
  ['that prints without end and is killed by it', ['/bin/sh', '-c', 'head -c 10000000 /dev/zero; kill -9 $$'], 'COMMAND_FAILED'],
])('says of a command %s what it was', async (_, argv, code) => {
  expect(await codeOf(runCommand(command(...argv), DELIVERY, unlimited))).toBe(code);
});

it('stops a command that is no longer wanted', async () => {
  expect(await codeOf(runCommand(command('/bin/sleep', '60'), DELIVERY, AbortSignal.timeout(50)))).toBe('ABORTED');
});
