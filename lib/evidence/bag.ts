import { chmod, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { EVIDENCE_CLASSES } from '../model/effect.js';
import { time } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { armorSignature } from '../trust/armor.js';
import { signDetached } from '../trust/sign.js';
import { BAGIT_TEXT, bagInfoText, signaturePath, verifyText } from './bag-text.js';
import { EvidenceError } from './error.js';
import { filesBelow, namesIn, syncFolder, writeNew } from './files.js';
import { FILES, NOTATION_DOMAIN, PURPOSE, SEAL_TYPE, sealName, type Seal } from './format.js';
import { writeManifest, writeTagManifest } from './manifests.js';
import { OPEN } from './recover.js';
import { bagFolder, type SealedBag } from './sealed.js';
import { readSegment, type Segment } from './segment.js';
import type { Position, SealOptions, SeriesOptions } from './types.js';
import { keepsLaunch } from './verify/statements.js';

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
  const segment = await readSegment(building, facts.from);
  const statements = segment.custody.lines.flatMap(({ type, data }) => (type === 'statement.stored' ? [String(data['statement'])] : []));
  const seal = await describe(building, number, facts, segment);
  if (keepsLaunch(seal) && !statements.includes(seal.launch)) throw launchMissing(folder, seal);
  await writeNew(join(building, FILES.seal), `${JSON.stringify(seal, null, 2)}\n`);
  await writeNew(join(building, FILES.bagit), BAGIT_TEXT);
  await writeNew(join(building, FILES.bagInfo), bagInfoText(seal));
  await writeNew(join(building, FILES.verify), verifyText(seal, facts.collector.fingerprint));
  await writeTagManifest(building, statements);
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

async function describe(building: string, number: number, facts: SealFacts, segment: Segment): Promise<Seal> {
  const { incident, series, final, drill, launch, previous, from, heads, collector } = facts;
  const payload = await writeManifest(building, segment.captures.lines);
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

function launchMissing(folder: string, { incident, launch }: Seal): EvidenceError {
  return new EvidenceError(
    'LAUNCH_MISSING',
    `${folder} does not hold the launch ${launch} of ${incident}, and a case without it proves nothing; it is kept before anything else, so look who changed the store`,
  );
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
  await writeNew(`${path}.part`, armorSignature(signature));
  await rename(`${path}.part`, path);
  await syncFolder(join(building, FILES.signatures));
  await syncFolder(building);
}

/**
 * Whatever bears the name of a seal is whole, signed, and its files are read-only. Folders are not: a signature may come later, and who owns the
 * case must be able to move or delete it as a whole. Verifying finds what was added.
 */
async function publish(folder: string, building: string): Promise<void> {
  const files = await filesBelow(building);
  await Promise.all(files.map((path) => chmod(join(building, path), 0o444)));
  await rename(building, building.slice(0, -BUILDING.length));
  await syncFolder(folder);
}
