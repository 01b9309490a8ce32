#!/usr/bin/env node
// A site command for Cofferdam (docs/integrations.md): the secret that BMCs share with a FreeRADIUS server, in one client's file. Needs Node alone.
//
//   command: [/opt/ir/radius-client.mjs, --file, /etc/freeradius/3.0/clients.d/bmcs.conf, --reload, /usr/local/sbin/reload-radius]
//
// The file holds one client with one line `secret = ...`. Which secret of ours that is stands in a comment before it, so that the file itself tells.
// On another host: [ssh, -o, BatchMode=yes, ir@radius, /opt/ir/radius-client.mjs, --file, ...]; standard input goes through.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { text } from 'node:stream/consumers';

const { values } = parseArgs({ options: { file: { type: 'string' }, reload: { type: 'string' } } });
if (values.file === undefined) fail('usage: radius-client.mjs --file FILE [--reload PROGRAM]');
const file = values.file;

const LINE = /^([ \t]*)(?:# cofferdam ([0-9a-f]{64})\n[ \t]*)?secret[ \t]*=.*$/gm;
const NOTED = /# cofferdam ([0-9a-f]{64})\n[ \t]*secret[ \t]*=/;

const question = JSON.parse(await text(process.stdin));
const before = readFileSync(file, 'utf8');
switch (question.act) {
  case 'status':
    answer({ version: 1, key: NOTED.exec(before)?.[1] ?? null });
    break;
  case 'replace':
    answer(replace(question));
    break;
  default:
    fail(`what is ${question.act}?`);
}

function replace({ key, password }) {
  const found = [...before.matchAll(LINE)];
  if (found.length !== 1) return { version: 1, accepted: false, why: `the file has ${found.length} lines with a secret, and one is expected` };
  const [{ 1: indent }] = found;
  const after = before.replace(LINE, () => `${indent}# cofferdam ${key}\n${indent}secret = ${password}`);
  if (after === before) return { version: 1, accepted: true };
  // Beside it and then in its place: whoever reads it in between finds one or the other, whole.
  const { mode } = statSync(file);
  writeFileSync(`${file}.new`, after, { mode });
  renameSync(`${file}.new`, file);
  if (values.reload !== undefined) execFileSync(values.reload, { stdio: 'ignore' });
  return { version: 1, accepted: true };
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
