import { armor, enums } from 'openpgp';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EVIDENCE_CLASSES } from '../model/effect.js';
import { time } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { signDetached } from '../trust/sign.js';
import { BAGIT_TEXT, bagInfoText, signaturePath, verifyText } from './bag-text.js';
import { EvidenceError } from './error.js';
import { byBytes, hashFile, namesIn, syncFolder, writeNew } from './files.js';
import { EMPTY_PAYLOAD, FILES, NOTATION_DOMAIN, PURPOSE, SEAL_TYPE, sealName, TAG_FILES, type Seal } from './format.js';
import { OPEN } from './recover.js';
import { bagFolder, type SealedBag } from './sealed.js';
import { readSegment, type Segment } from './segment.js';
import type { Position, SealOptions, SeriesOptions } from './types.js';

/** What a seal says beyond what lies in the bag. */
export interface SealFacts
  extends Pick<SeriesOptions, 'incident' | 'series' | 'launch' | 'drill' | 'collector'>, Pick<SealOptions, 'final' | 'heads'> {
  readonly previous: SealedBag | null;
  readonly from: Position;
}

/**
 * Turns the open bag into a sealed one: re-hashes every file, writes lists and seal, signs, and only then gives it its name.
 * Up to the signature a crash undoes all of it, after the signature the next opening finishes it ({@link settle}).
 */
export async function sealOpenBag(folder: string, facts: SealFacts): Promise<void> {
  const number = (facts.previous?.seal.seal ?? 0) + 1;
  const building = `${bagFolder(folder, number)}${BUILDING}`;
  await rename(join(folder, OPEN), building);
  await syncFolder(folder);
  const seal = await describe(building, number, facts);
  await writeNew(join(building, FILES.seal), `${JSON.stringify(seal, null, 2)}\n`);
  await writeNew(join(building, FILES.bagit), BAGIT_TEXT);
  await writeNew(join(building, FILES.bagInfo), bagInfoText(seal));
  await writeNew(join(building, FILES.verify), verifyText(seal, facts.collector.fingerprint));
  await writeNew(join(building, FILES.tagManifest), await tagManifest(building));
  await syncFolder(building);
  await sign(building, seal, facts.collector);
  await publish(folder, building);
}

/** Finishes or undoes a sealing that a crash interrupted. Undone, its half-made files lie in the open bag, where recovery sets them aside. */
export async function settle(folder: string): Promise<void> {
  const names = await namesIn(folder);
  const building = names.filter((name) => /^S\d{8}\.building$/.test(name));
  const [name] = building;
  if (name === undefined) return;
  if (building.length > 1 || names.includes(OPEN))
    throw new EvidenceError('LAYOUT', `${folder} has more than one bag that is not sealed; two writers were at work, look at both`);
  const signatures = await namesIn(join(folder, name, FILES.signatures));
  if (signatures.some((file) => file.endsWith('.asc'))) return publish(folder, join(folder, name));
  await rename(join(folder, name), join(folder, OPEN));
  await syncFolder(folder);
}

const BUILDING = '.building';

async function describe(building: string, number: number, facts: SealFacts): Promise<Seal> {
  const { incident, series, final, drill, launch, previous, from, heads, collector } = facts;
  const segment = await readSegment(building, from);
  const payload = await listPayload(building, segment);
  const failed = segment.captures.lines.filter(({ status }) => status === 'failed').length;
  const complete = new Set(segment.custody.lines.filter(({ type }) => type === 'class.complete').map(({ data }) => data['class']));
  return {
    type: SEAL_TYPE,
    incident,
    series,
    seal: number,
    name: sealName(incident, series, number),
    final,
    drill,
    createdAt: time(Date.now()),
    previousSeal: previous === null ? null : { name: previous.ref.name, tagmanifestSha256: previous.ref.tagmanifestSha256 },
    payload,
    captures: { complete: segment.captures.lines.length - failed, failed },
    classes: EVIDENCE_CLASSES.filter((name) => complete.has(name)),
    custody: {
      firstSeq: from.seq + 1,
      entries: segment.custody.lines.length,
      bytes: segment.custody.whole.length,
      sha256: sha256(segment.custody.whole),
      continues: from.head,
      head: segment.end.head,
    },
    // Picked out: a caller may hand in more than the format has, in any order.
    seriesHeads: heads?.map(({ series: of, name, tagmanifestSha256 }) => ({ series: of, name, tagmanifestSha256 })) ?? null,
    launch,
    requiredSigners: [{ role: 'collector', fingerprint: collector.fingerprint }],
  };
}

/** Writes the manifest from the files as they are now, each of which must still be what was captured. */
async function listPayload(building: string, { captures }: Segment): Promise<Seal['payload']> {
  const listed: { path: string; line: string }[] = [];
  let bytes = 0;
  for (const { path, sha256: recorded, size } of captures.lines) {
    if (path === null) continue;
    const file = await hashFile(join(building, path)).catch((cause: unknown) => {
      throw changed(join(building, path), 'no readable file', cause);
    });
    if (file.sha256 !== recorded || file.size !== size) throw changed(join(building, path), 'other bytes');
    bytes += file.size;
    listed.push({ path, line: `${file.sha256}  ${path}\n` });
  }
  if (listed.length === 0) {
    const { path, text } = EMPTY_PAYLOAD;
    await writeNew(join(building, path), text);
    bytes = text.length;
    listed.push({ path, line: `${sha256(text)}  ${path}\n` });
  }
  await syncFolder(join(building, FILES.data));
  const manifest = listed.sort((a, b) => byBytes(a.path, b.path)).map(({ line }) => line);
  await writeNew(join(building, FILES.manifest), manifest.join(''));
  return { files: listed.length, bytes };
}

async function tagManifest(building: string): Promise<string> {
  const statements = await namesIn(join(building, FILES.statements));
  // Recovery may have emptied it, and no manifest can list an empty folder.
  if (statements.length === 0) await rm(join(building, FILES.statements), { recursive: true, force: true });
  const paths = [...TAG_FILES, ...statements.map((name) => `${FILES.statements}/${name}`)].sort(byBytes);
  const lines: string[] = [];
  for (const path of paths) lines.push(`${(await hashFile(join(building, path))).sha256}  ${path}\n`);
  return lines.join('');
}

async function sign(building: string, seal: Seal, { privateKey, fingerprint }: SeriesOptions['collector']): Promise<void> {
  const notations = { incident: seal.incident, series: seal.series, seal: seal.name, purpose: PURPOSE };
  const signature = await signDetached({
    bytes: await readFile(join(building, FILES.tagManifest)),
    privateKey,
    notations: Object.fromEntries(Object.entries(notations).map(([name, value]) => [`${name}@${NOTATION_DOMAIN}`, value])),
  }).catch((cause: unknown) => {
    throw new EvidenceError(
      'SIGNING_FAILED',
      `the collector key ${fingerprint} cannot sign ${seal.name}; mend the key file of the worker and retry`,
      { cause },
    );
  });
  await mkdir(join(building, FILES.signatures));
  const path = join(building, signaturePath(fingerprint));
  await writeNew(`${path}.part`, armor(enums.armor.signature, signature));
  await rename(`${path}.part`, path);
  await syncFolder(join(building, FILES.signatures));
  await syncFolder(building);
}

/** Whatever bears the name of a seal is whole, signed and read-only. */
async function publish(folder: string, building: string): Promise<void> {
  await readOnly(building);
  await rename(building, building.slice(0, -BUILDING.length));
  await syncFolder(folder);
}

async function readOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await readOnly(join(folder, entry.name));
    else await chmod(join(folder, entry.name), 0o444);
  }
  await chmod(folder, 0o555);
}

function changed(path: string, got: string, cause?: unknown): EvidenceError {
  return new EvidenceError(
    'PAYLOAD_CHANGED',
    `${path}: expected the bytes that were captured, got ${got}; somebody or the disk changed it. Keep the folder and look at it`,
    { cause },
  );
}
