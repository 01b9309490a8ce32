import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Header } from 'tar-stream';
import { LIMITS } from '../../../../../lib/evidence/verify/contents.js';
import type { Bag } from '../../../../support/evidence-bag.js';
import { tarOf, writeFolder, writeTar } from '../../../../support/evidence-bag.js';
import type { Mutation } from './mutation.js';
import { bagWith, inTar } from './mutation.js';

const BLOCK = 512;

export const CONTAINER: readonly Mutation[] = [
  inTar('TAR_TRUNCATED', 'cut inside a file', async (bag) => (await tarOf(bag)).subarray(0, 700)),
  inTar('TAR_TRUNCATED', 'cut between two entries, where most readers notice nothing', async (bag) =>
    (await tarOf(bag)).subarray(0, 2 * BLOCK),
  ),
  inTar('TAR_TRUNCATED', 'the two zero blocks dropped', async (bag) => (await tarOf(bag)).subarray(0, -2 * BLOCK)),
  inTar('TAR_TRUNCATED', 'one zero block dropped', async (bag) => (await tarOf(bag)).subarray(0, -BLOCK)),
  inTar('TAR_TRUNCATED', 'an empty file', async () => Buffer.alloc(0)),
  inTar('TAR_TRAILING', 'one byte behind the end', async (bag) => Buffer.concat([await tarOf(bag), Buffer.from('x')])),
  inTar('TAR_TRAILING', 'a second archive behind the end', async (bag) => Buffer.concat([await tarOf(bag), await tarOf(bag)])),
  inTar('TAR_HEADER', 'a header with a wrong checksum', (bag) => edited(bag, (header) => header.write('7', 100, 'latin1'), false)),
  inTar('TAR_HEADER', 'text hidden in an unused field', (bag) => edited(bag, (header) => header.write('secret', 500, 'latin1'))),
  inTar('TAR_HEADER', 'a size in another notation', (bag) => edited(bag, (header) => header.fill(0x80, 124, 125))),
  inTar('TAR_HEADER', 'one zero block, then an entry that some readers skip', async (bag) => {
    const tar = await tarOf(bag);
    return Buffer.concat([tar.subarray(0, -2 * BLOCK), Buffer.alloc(BLOCK), tar]);
  }),
  inTar('TAR_HEADER', 'something that is no tar', async () => Buffer.alloc(4 * BLOCK, 'PDF')),
  inTar('TAR_PADDING', 'bytes hidden behind a file', (bag) => edited(bag, (_header, tar) => tar.write('hidden', 2 * BLOCK - 6, 'latin1'))),
  inTar('TAR_PADDING', 'a size one byte short', (bag) => edited(bag, (header) => header.write('00000000016 ', 124, 'latin1'))),
  inTar('FILE_CHANGED', 'a size one byte long', (bag) => edited(bag, (header) => header.write('00000000020 ', 124, 'latin1'))),
  ...(['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const).map((type) =>
    inTar('ENTRY_TYPE', `a ${type}`, (bag) => tarOf(bag, [{ name: `${bag.name}/data/x`, type, linkname: '../../../etc/passwd' }])),
  ),
  { code: 'ENTRY_TYPE', title: 'a payload file replaced by a symlink to the same bytes', make: linked },
  inTar('ENTRY_OVERRIDE', 'a pax header that renames the next entry', (bag) =>
    tarOf(bag, [{ name: 'x', pax: { path: 'y' }, body: Buffer.from('x') }]),
  ),
  inTar('ENTRY_TYPE', 'a contiguous file', async (bag) => entryOfType(bag, '7')),
  inTar('ENTRY_TYPE', 'a sparse file', async (bag) => entryOfType(bag, 'S')),
  inTar('ENTRY_OVERRIDE', 'a GNU long name', async (bag) => entryOfType(bag, 'L')),
  inTar('ENTRY_OVERRIDE', 'a pax header for all entries', async (bag) => entryOfType(bag, 'g')),
  inTar('ENTRY_MODE', 'a set-user-id file', (bag) => extra(bag, `${bag.name}/x`, { mode: 0o4755 })),
  inTar('NAME_ABSOLUTE', 'a path from the root', (bag) => extra(bag, '/etc/cron.d/x')),
  inTar('NAME_ABSOLUTE', 'a Windows drive', (bag) => extra(bag, 'C:/x')),
  inTar('NAME_TRAVERSAL', 'a path that climbs out', (bag) => extra(bag, `${bag.name}/../../x`)),
  inTar('NAME_TRAVERSAL', 'a path with a dot', (bag) => extra(bag, `${bag.name}/./x`)),
  inTar('NAME_TRAVERSAL', 'a path with an empty part', (bag) => extra(bag, `${bag.name}//x`)),
  inTar('NAME_CHARACTER', 'a backslash', (bag) => extra(bag, `${bag.name}/..\\x`)),
  inTar('NAME_CHARACTER', 'an escape sequence', (bag) => extra(bag, `${bag.name}/\u001b[2Jx`)),
  inTar('NAME_CHARACTER', 'a bidirectional override', async (bag) => raw(bag, `${bag.name}/\u202egnp.exe`)),
  inTar('NAME_CHARACTER', 'a leading hyphen', (bag) => extra(bag, `${bag.name}/-rf`)),
  inTar('NAME_RESERVED', 'a Windows device', (bag) => extra(bag, `${bag.name}/data/con.json`)),
  inTar('NAME_RESERVED', 'a trailing dot', (bag) => extra(bag, `${bag.name}/data/x.`)),
  inTar('NAME_TOO_LONG', 'a long part', (bag) => extra(bag, `${bag.name}/${'x'.repeat(81)}`)),
  inTar('NAME_TOO_LONG', 'a long path', (bag) => extra(bag, `${bag.name}/data/${'x'.repeat(60)}/${'x'.repeat(60)}`)),
  inTar('NAME_DUPLICATE', 'a path stored twice', (bag) => extra(bag, `${bag.name}/SEAL.json`)),
  inTar('NAME_CASE', 'a path that differs in case only', (bag) => extra(bag, `${bag.name}/seal.JSON`)),
  inTar('NAME_CASE', 'a directory that differs in case only', (bag) => extra(bag, `${bag.name}/DATA/x`)),
  inTar('TOP_DIRECTORY', 'a second top directory', (bag) => extra(bag, 'other/x')),
  inTar('TOP_DIRECTORY', 'a file at the top', async (bag) =>
    tarOf({ name: bag.name, files: new Map() }, [{ name: 'x', body: Buffer.from('x') }]),
  ),
  inTar('EMPTY_DIRECTORY', 'an empty directory', (bag) => tarOf(bag, [{ name: `${bag.name}/more`, type: 'directory' }])),
  inTar('LIMIT_FILES', 'more entries than allowed', (bag) => tarOf(bag), { ...LIMITS, entries: 5 }),
  inTar('LIMIT_SIZE', 'a payload file over the limit', (bag) => tarOf(bag), { ...LIMITS, payloadFile: 3 }),
  inTar('LIMIT_SIZE', 'a payload over the limit', (bag) => tarOf(bag), { ...LIMITS, payload: 20 }),
  inTar('LIMIT_SIZE', 'a tag file over the limit', (bag) => tarOf(bag), { ...LIMITS, tagFile: 30 }),
  inTar('LIMIT_SIZE', 'tag files over the limit together', (bag) => tarOf(bag), { ...LIMITS, tags: 300 }),
  inTar('LIMIT_SIZE', 'a signature over the limit', (bag) => tarOf(bag), { ...LIMITS, signature: 100 }),
  { code: 'NOT_EVIDENCE', title: 'an empty folder', make: async (folder) => folder },
  inTar('NOT_EVIDENCE', 'a tar without entries', async () => Buffer.alloc(2 * BLOCK)),
  { code: 'ENTRY_MODE', title: 'a set-user-id file in a folder', make: setUserId },
  {
    code: 'EMPTY_DIRECTORY',
    title: 'an empty directory in a folder',
    make: (folder) => unpacked(folder, (path) => mkdir(join(path, 'more'))),
  },
  { code: 'IDENTITY', title: 'a folder that was renamed', make: renamed },
  { code: 'SIDECAR_MISMATCH', title: 'a .tar.sha256 of another file', make: sidecar },
  { code: 'STRAY_FILE', title: 'a file beside the seals', make: (folder) => exported(folder, 'confession.txt') },
  { code: 'STRAY_FILE', title: 'a .tar.sha256 without its tar', make: (folder) => exported(folder, 'other.tar.sha256') },
  { code: 'ENTRY_TYPE', title: 'a link among the seals', make: linkAmongSeals },
];

function extra(bag: Bag, name: string, header: Partial<Header> = {}): Promise<Buffer> {
  return tarOf(bag, [{ name, ...header, body: Buffer.from('x') }]);
}

/** Changes the first header, or what follows it, and makes the checksum right again. */
async function edited(bag: Bag, edit: (header: Buffer, tar: Buffer) => void, mend = true): Promise<Buffer> {
  const tar = await tarOf(bag);
  edit(tar.subarray(0, BLOCK), tar);
  if (mend) sum(tar.subarray(0, BLOCK));
  return tar;
}

function sum(header: Buffer): void {
  header.write('        ', 148, 'latin1');
  header.write(
    `${header
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, '0')} \0`,
    148,
    'latin1',
  );
}

/** A copy of the first header with another name or type, before everything else. */
async function first(bag: Bag, edit: (header: Buffer) => void): Promise<Buffer> {
  const tar = await tarOf(bag);
  const header = Buffer.from(tar.subarray(0, BLOCK));
  edit(header);
  header.write('00000000000 ', 124, 'latin1');
  sum(header);
  return Buffer.concat([header, tar]);
}

function entryOfType(bag: Bag, type: string): Promise<Buffer> {
  return first(bag, (header) => header.write(type, 156, 'latin1'));
}

function raw(bag: Bag, name: string): Promise<Buffer> {
  return first(bag, (header) => {
    header.fill(0, 0, 100);
    header.write(name, 0, 'utf8');
  });
}

async function unpacked(folder: string, change: (path: string) => Promise<unknown>): Promise<string> {
  const path = await writeFolder(folder, await bagWith());
  await change(path);
  return path;
}

function linked(folder: string): Promise<string> {
  return unpacked(folder, async (path) => {
    await rename(join(path, 'data/00000001-redfish_v1.json'), join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(path, 'data/00000001-redfish_v1.json'));
  });
}

function setUserId(folder: string): Promise<string> {
  return unpacked(folder, (path) => chmod(join(path, 'data/00000001-redfish_v1.json'), 0o4755));
}

async function renamed(folder: string): Promise<string> {
  const path = await writeFolder(folder, await bagWith());
  await rename(path, join(folder, 'inc-2-bmc-1-S00000001'));
  return join(folder, 'inc-2-bmc-1-S00000001');
}

async function sidecar(folder: string): Promise<string> {
  const path = await writeTar(folder, await bagWith());
  await writeFile(`${path}.sha256`, `${'0'.repeat(64)}  inc-1-bmc-1-S00000001.tar\n`);
  return path;
}

async function exported(folder: string, stray: string): Promise<string> {
  await writeTar(folder, await bagWith({}, { final: true }));
  await writeFile(join(folder, stray), 'I did it\n');
  return folder;
}

async function linkAmongSeals(folder: string): Promise<string> {
  const inner = join(folder, 'case');
  await mkdir(inner);
  await symlink(await writeTar(folder, await bagWith({}, { final: true })), join(inner, 'inc-1-bmc-1-S00000001.tar'));
  return inner;
}
