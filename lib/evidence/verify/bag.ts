import type { Time } from '../../model/json.js';
import type { CaptureLine, CustodyLine, Seal } from '../format.js';
import { FILES, TAG_FILES } from '../format.js';
import { checkBagInfo } from './bag-info.js';
import { checkCaptures } from './captures.js';
import type { Contents } from './contents.js';
import { checkCustody } from './custody.js';
import type { Keyring } from './keyring.js';
import { checkManifests } from './manifests.js';
import { readSeal } from './records.js';
import { isWrong, refusal } from './refused.js';
import type { Incomplete, Refusal, Signer } from './report.js';
import { checkSeal } from './seal.js';
import { checkSignatures } from './signatures.js';
import { checkStatements } from './statements.js';

export interface Expected {
  readonly keyring: Keyring;
  readonly drill: boolean;
  readonly now: Date;
}

/** What is kept of a seal once it was checked: enough to check the series, small enough for thousands. */
export interface CheckedSeal {
  readonly where: string;
  readonly seal: Seal;
  readonly tagmanifestSha256: string;
  readonly captures: { readonly first: number; readonly last: number } | null;
  /** Time of the first custody line. */
  readonly begins: Time | null;
}

export interface BagResult {
  readonly refusals: readonly Refusal[];
  readonly incomplete: readonly Incomplete[];
  readonly signers: readonly Signer[];
  readonly items: number;
  readonly bytes: number;
  /** Null when nothing that the seal says can be believed. */
  readonly checked: CheckedSeal | null;
}

/** Checks one seal in layers. A layer that is wrong ends the matter: what lies behind it was not signed, and its complaints would only confuse. */
export async function checkBag(contents: Contents, expected: Expected, where: string): Promise<BagResult> {
  const payload = [...contents.files].filter(([path]) => path.startsWith(`${FILES.data}/`));
  const sizes = { items: payload.length, bytes: payload.reduce((total, [, { size }]) => total + size, 0) };
  const stop = (refusals: readonly Refusal[], signers: readonly Signer[] = []): BagResult => ({
    ...sizes,
    refusals,
    signers,
    incomplete: [],
    checked: null,
  });

  const manifests = checkManifests(contents, where);
  const sealText = contents.tags.get(FILES.seal)?.toString('utf8');
  const seal = sealText === undefined ? null : readSeal(sealText);
  if (seal === null) {
    const form = refusal('SEAL_FORM', `${where}: ${FILES.seal}`, 'a seal in its one form', 'another form');
    return stop(isWrong(manifests.refusals) ? manifests.refusals : [...manifests.refusals, form]);
  }
  // Without the signed file there is nothing to check a signature against.
  if (manifests.tagmanifestSha256 === '') return stop(manifests.refusals);
  const { refusals, signers } = await checkSignatures(contents, seal, expected.keyring, expected.now, where);
  const authentic = [...manifests.refusals, ...refusals];
  if (isWrong(authentic)) return stop(authentic, signers);

  const said = checkContent(contents, seal, expected, where);
  const all = [...authentic, ...said.refusals];
  if (isWrong(said.refusals.filter(({ code }) => code !== 'DRILL' && code !== 'NOT_A_DRILL'))) return stop(all, signers);
  const { tagmanifestSha256 } = manifests;
  return {
    ...sizes,
    refusals: all,
    signers,
    incomplete: said.incomplete,
    checked: { where, seal, tagmanifestSha256, captures: range(said.captures), begins: said.begins },
  };
}

interface Said {
  readonly refusals: readonly Refusal[];
  readonly incomplete: readonly Incomplete[];
  readonly captures: readonly CaptureLine[];
  readonly begins: Time | null;
}

function checkContent(contents: Contents, seal: Seal, expected: Expected, where: string): Said {
  const outer = [
    ...checkSeal(contents, seal, expected, where),
    ...checkBagInfo(contents, seal.name, where),
    ...unknownTags(contents, where),
  ];
  const custody = checkCustody(contents, seal, where);
  if (custody.refusals.length > 0) return { refusals: [...outer, ...custody.refusals], incomplete: [], captures: [], begins: null };
  const lines: readonly CustodyLine[] = custody.lines;
  const captures = checkCaptures(contents, seal, lines, where);
  return {
    refusals: [...outer, ...checkStatements(contents, seal, lines, where), ...captures.refusals],
    incomplete: captures.incomplete,
    captures: captures.lines,
    begins: lines[0]?.time ?? null,
  };
}

/** Signed, but nothing that this version knows: a later one may say there what changes the rest. */
function unknownTags(contents: Contents, where: string): Refusal[] {
  const known = new Set<string>([FILES.tagManifest, ...TAG_FILES]);
  const folders = [FILES.statements, FILES.signatures].map((folder) => `${folder}/`);
  return [...contents.tags.keys()]
    .filter((name) => !known.has(name) && !folders.some((folder) => name.startsWith(folder)))
    .map((name) => refusal('TAG_UNKNOWN', `${where}: ${name}`, 'the files of this version of the format', name));
}

function range(lines: readonly CaptureLine[]): CheckedSeal['captures'] {
  const first = lines.at(0);
  const last = lines.at(-1);
  return first === undefined || last === undefined ? null : { first: first.id, last: last.id };
}
