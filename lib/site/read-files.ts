import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError, readBounded } from '../files/private-file.js';
import type { Digest } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { MAX_KEY_CHARACTERS } from '../trust/keys.js';
import { SiteError, type Problem, type ProblemCode } from './error.js';
import { AUTHORITY_NAME } from './schema/fields.js';

/** A file that counts: its path relative to the site directory, with `/`, and its content. */
export interface RawFile {
  readonly path: string;
  readonly text: string;
  readonly sha256: Digest<'file'>;
}

const MIB = 1_048_576;
/** A thousand targets with their allowances are about a megabyte. */
const MAX_INVENTORY = 16 * MIB;
const MAX_FILES = 1000;
const TOP = ['site.yaml', 'inventory.yaml'];
const FOLDERS: readonly { readonly name: string; readonly pattern: RegExp; readonly expected: string }[] = [
  {
    name: 'keys',
    pattern: /^(policy\.)?[0-9A-F]{40}\.asc$/,
    expected: '<FINGERPRINT>.asc or policy.<FINGERPRINT>.asc, the fingerprint in upper case',
  },
  { name: 'ca', pattern: AUTHORITY_NAME, expected: '<name>.pem, a certificate authority for `tls.ca` of a target' },
  { name: 'hunts', pattern: /^[a-z0-9][a-z0-9-]{0,47}\.yaml$/, expected: '<name>.yaml' },
  { name: 'runbooks', pattern: /^[a-z0-9][a-z0-9-]{0,47}\.yaml$/, expected: '<name>.yaml' },
];

/**
 * Reads exactly the files that make a site: site.yaml, inventory.yaml, keys/, ca/, hunts/ and runbooks/. Nothing is followed out of the directory. Hidden files
 * in these folders and everything else in the directory do not count; any other name in them is a problem, since somebody meant it to.
 */
export async function readSiteFiles(dir: string): Promise<{ readonly files: readonly RawFile[]; readonly problems: readonly Problem[] }> {
  await requireSite(dir);
  const problems: Problem[] = [];
  const paths = [...TOP];
  for (const folder of FOLDERS) {
    for (const name of await namesIn(join(dir, folder.name))) {
      const path = `${folder.name}/${name}`;
      if (folder.pattern.test(name)) paths.push(path);
      else problems.push(problemOf(path, 'FILE_UNEXPECTED', `expected ${folder.expected}`, 'rename it, or move it out of this folder'));
    }
  }
  if (paths.length > MAX_FILES)
    return {
      files: [],
      problems: [
        problemOf(
          'keys',
          'FILE_UNEXPECTED',
          `expected at most ${String(MAX_FILES)} files, got ${String(paths.length)}`,
          'remove what no person of the site uses',
        ),
      ],
    };
  const files: RawFile[] = [];
  for (const path of paths) {
    const read = await readOne(dir, path);
    if ('code' in read) problems.push(read);
    else files.push(read);
  }
  return { files, problems };
}

async function requireSite(dir: string): Promise<void> {
  const names = await namesIn(dir);
  if (names.includes('site.yaml')) return;
  throw new SiteError(
    'SITE_MISSING',
    `${dir}: expected a site directory with a site.yaml, got none; make one with \`cofferdam init\`, or name it with --site`,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return [];
    throw new SiteError('SITE_MISSING', `${folder}: cannot be read; check its owner and mode`, { cause });
  }
}

async function readOne(dir: string, path: string): Promise<RawFile | Problem> {
  const most = path === 'inventory.yaml' ? MAX_INVENTORY : path.startsWith('keys/') ? MAX_KEY_CHARACTERS : MIB;
  try {
    const bytes = await readBounded(join(dir, path), most);
    return { path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), sha256: sha256(bytes) };
  } catch (cause) {
    if (cause instanceof FileError) return fileProblem(path, cause, most);
    return problemOf(path, 'FILE_UNREADABLE', 'expected text in UTF-8', 'save it as UTF-8');
  }
}

function fileProblem(path: string, error: FileError, most: number): Problem {
  switch (error.code) {
    case 'NOT_FOUND':
      return problemOf(path, 'FILE_MISSING', 'no such file', 'add it; docs/site.md shows an example');
    case 'NOT_REGULAR':
      return problemOf(path, 'FILE_NOT_REGULAR', 'expected a file, got a link, folder or device', 'put the file itself there');
    case 'TOO_LARGE':
      return problemOf(
        path,
        'FILE_TOO_LARGE',
        `expected at most ${String(most)} bytes`,
        'split the site, or remove what does not belong here',
      );
    case 'MODE_TOO_OPEN':
    case 'UNREADABLE':
      return problemOf(path, 'FILE_UNREADABLE', 'cannot be read', 'check its owner and mode');
  }
}

function problemOf(file: string, code: ProblemCode, what: string, fix: string): Problem {
  return { file, line: 1, code, what, fix };
}
