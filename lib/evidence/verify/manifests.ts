import { createHash } from 'node:crypto';
import { FILES, SIGNATURE_PATH, TAG_FILES } from '../format.js';
import type { RefusalCode } from './codes.js';
import type { Contents } from './contents.js';
import { nameProblem } from './names.js';
import { isWrong, refusal } from './refused.js';
import type { Refusal } from './report.js';

export interface Manifests {
  readonly refusals: readonly Refusal[];
  /** SHA-256 of the tag manifest, which names this seal wherever another one speaks of it. */
  readonly tagmanifestSha256: string;
  /** Every payload file with the hash that the manifest and the bytes agree on. */
  readonly payload: ReadonlyMap<string, string>;
}

/** Compares what the manifests list with what is there, in both directions; only signatures/ may hold what no manifest lists. */
export function checkManifests(contents: Contents, where: string): Manifests {
  const tagText = contents.tags.get(FILES.tagManifest);
  const text = contents.tags.get(FILES.manifest);
  const refusals = [...forbidden(contents, where), ...missingTags(contents, where)];
  if (tagText === undefined || text === undefined) return { refusals, tagmanifestSha256: '', payload: new Map() };
  const tags = readManifest(tagText, `${where}: ${FILES.tagManifest}`, isTagPath);
  const payload = readManifest(text, `${where}: ${FILES.manifest}`, (path) => path.startsWith(`${FILES.data}/`));
  refusals.push(...tags.refusals, ...payload.refusals);
  if (!isWrong(tags.refusals)) refusals.push(...compareTags(contents, tags.hashes, where));
  if (!isWrong(payload.refusals)) refusals.push(...comparePayload(contents, payload.hashes, where));
  return { refusals, tagmanifestSha256: createHash('sha256').update(tagText).digest('hex'), payload: payload.hashes };
}

function forbidden(contents: Contents, where: string): Refusal[] {
  return [...contents.tags.keys()].flatMap((name) => {
    if (name === FETCH) return [refusal('FETCH_FILE', `${where}: ${name}`, 'a whole payload', 'a list of places to fetch it from')];
    if (isForeignManifest(name))
      return [refusal('MANIFEST_FOREIGN', `${where}: ${name}`, `${FILES.manifest} and ${FILES.tagManifest} only`, name)];
    if (name.startsWith(`${FILES.signatures}/`) && !SIGNATURE_PATH.test(name))
      return [refusal('SIGNATURE_FILE', `${where}: ${name}`, `${FILES.signatures}/${FILES.tagManifest}.<FINGERPRINT>.asc`, name)];
    return [];
  });
}

const FETCH = 'fetch.txt';

function isForeignManifest(name: string): boolean {
  return /^(tag)?manifest-[^/]*\.txt$/.test(name) && name !== FILES.manifest && name !== FILES.tagManifest;
}

function missingTags(contents: Contents, where: string): Refusal[] {
  return [FILES.tagManifest, ...TAG_FILES]
    .filter((name) => !contents.tags.has(name))
    .map((name) => refusal('TAG_MISSING', `${where}: ${name}`, 'a file that every seal has', 'nothing'));
}

function isTagPath(path: string): boolean {
  return path !== FILES.tagManifest && ![FILES.data, FILES.signatures].some((folder) => path.startsWith(`${folder}/`));
}

function compareTags(contents: Contents, hashes: ReadonlyMap<string, string>, where: string): Refusal[] {
  const refusals: Refusal[] = [];
  if (!hashes.has(FILES.manifest))
    refusals.push(refusal('TAGMANIFEST_INCOMPLETE', `${where}: ${FILES.tagManifest}`, `a line for ${FILES.manifest}`, 'none'));
  for (const [name, hash] of hashes) {
    const seen = contents.files.get(name);
    if (seen === undefined && !isAlwaysThere(name))
      refusals.push(refusal('TAG_MISSING', `${where}: ${name}`, 'a file that the tag manifest lists', 'nothing'));
    if (seen !== undefined && seen.sha256 !== hash) refusals.push(refusal('TAG_CHANGED', `${where}: ${name}`, hash, seen.sha256));
  }
  for (const name of contents.tags.keys()) {
    if (isTagPath(name) && !hashes.has(name) && name !== FILES.manifest && name !== FETCH && !isForeignManifest(name))
      refusals.push(refusal('TAG_UNLISTED', `${where}: ${name}`, 'files that the tag manifest lists', name));
  }
  return refusals;
}

function isAlwaysThere(name: string): boolean {
  return TAG_FILES.some((file) => file === name);
}

function comparePayload(contents: Contents, hashes: ReadonlyMap<string, string>, where: string): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [name, hash] of hashes) {
    const seen = contents.files.get(name);
    if (seen === undefined) refusals.push(refusal('FILE_MISSING', `${where}: ${name}`, 'a file that the manifest lists', 'nothing'));
    else if (seen.sha256 !== hash) refusals.push(refusal('FILE_CHANGED', `${where}: ${name}`, hash, seen.sha256));
  }
  for (const name of contents.files.keys()) {
    if (name.startsWith(`${FILES.data}/`) && !hashes.has(name))
      refusals.push(refusal('FILE_UNLISTED', `${where}: ${name}`, 'files that the manifest lists', name));
  }
  return refusals;
}

/** The first thing wrong with a manifest's form is the only one told: what follows would be guessed. */
function readManifest(
  bytes: Buffer,
  where: string,
  belongs: (path: string) => boolean,
): { refusals: Refusal[]; hashes: Map<string, string> } {
  const hashes = new Map<string, string>();
  const text = bytes.toString('utf8');
  const wrong = (code: RefusalCode, line: number, expected: string, got: string): { refusals: Refusal[]; hashes: Map<string, string> } => ({
    refusals: [refusal(code, line === 0 ? where : `${where}:${String(line)}`, expected, got)],
    hashes,
  });
  if (text === '') return wrong('MANIFEST_EMPTY', 0, 'at least one line', 'an empty file');
  if (text.startsWith('\ufeff')) return wrong('MANIFEST_BOM', 1, 'a hash', 'a byte order mark');
  if (text.includes('\r')) return wrong('MANIFEST_CRLF', 0, 'lines that end in LF', 'a carriage return');
  if (!text.endsWith('\n')) return wrong('MANIFEST_TORN', 0, 'a last line that ends in LF', 'none');
  let last = '';
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const [, hash, path] = /^([0-9a-f]{64}) {2}(.+)$/s.exec(line) ?? [];
    if (hash === undefined || path === undefined)
      return wrong('MANIFEST_LINE', index + 1, '64 lower-case hexadecimal digits, two spaces, a path', line);
    if (hashes.has(path)) return wrong('MANIFEST_DUPLICATE', index + 1, 'each path once', path);
    if (path < last) return wrong('MANIFEST_UNSORTED', index + 1, 'lines sorted by path', `${path} after ${last}`);
    if (nameProblem(`seal/${path}`) !== null || !belongs(path))
      return wrong('MANIFEST_PATH', index + 1, 'a path of the kind that this manifest lists', path);
    hashes.set(path, hash);
    last = path;
  }
  return { refusals: [], hashes };
}
