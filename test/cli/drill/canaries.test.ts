import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCanaries } from '../../../cli/drill/canaries.js';

const SECRET = 'qZ7-canary_Öx+9/';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-canaries-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

const inside = (before: string): Buffer => Buffer.from(`${before}${SECRET}, and more`);

test.each([
  ['as it is', inside('at the very end of a line: ')],
  ['as it is, at the start', inside('')],
  ['in hexadecimal', inside('x').toString('hex')],
  ['in hexadecimal of the other case', inside('x').toString('hex').toUpperCase()],
  ['in base64 of its own', Buffer.from(SECRET).toString('base64')],
  ['in base64 of something longer, aligned', inside('abc').toString('base64')],
  ['in base64 of something longer, one byte on', inside('abcd').toString('base64')],
  ['in base64 of something longer, two bytes on', inside('abcde').toString('base64')],
  ['in base64url of something longer', inside('ab').toString('base64url')],
])('a secret is found %s', async (_how, content) => {
  await file('deep/below/it.log', content);
  await file('other.log', 'nothing of the kind');
  expect(await findCanaries(folder, [SECRET, SECRET], [])).toEqual({
    searched: 1,
    files: 2,
    found: 1,
    where: [join('deep', 'below', 'it.log')],
  });
});

test('a secret is not looked for in its own store, nor is what would turn up by chance', async () => {
  await file('state/secrets/a.json', SECRET);
  await file('state/secrets-of-others', 'admin');
  expect(await findCanaries(folder, [SECRET, 'admin'], [join('state', 'secrets')])).toEqual({ searched: 1, files: 1, found: 0, where: [] });
});
