import type { EvidenceClass } from '../model/effect.js';
import type { Digest, Id, Time } from '../model/json.js';

/** The names and shapes of an evidence seal: what the writer writes, the verifier reads and docs/evidence-format.md describes. */
export const SEAL_TYPE = 'application/vnd.cofferdam.seal+json;v=1';
export const NOTATION_DOMAIN = 'cofferdam.example';
export const FILES = {
  bagit: 'bagit.txt',
  bagInfo: 'bag-info.txt',
  manifest: 'manifest-sha256.txt',
  tagManifest: 'tagmanifest-sha256.txt',
  seal: 'SEAL.json',
  captures: 'captures.jsonl',
  custody: 'custody.jsonl',
  verify: 'VERIFY.txt',
  signatures: 'signatures',
  data: 'data',
} as const;

/** `<incident>-<series>-S00000001`: directory, tar and notation carry the same name. */
export function sealName(incident: Id<'incident'>, series: Id<'series'>, seal: number): string {
  return `${incident}-${series}-S${String(seal).padStart(8, '0')}`;
}

/** One line of captures.jsonl: one attempted read, in order of attempt. The file under `path` holds the wire bytes. */
export interface CaptureLine {
  readonly id: number;
  /** What asked for it: `triage`, `capture`, `plan`, `before-claim`, `observe`, `identity`. */
  readonly purpose: string;
  /** Evidence class of the resource; null for what no operation destroys. */
  readonly class: EvidenceClass | null;
  readonly status: 'complete' | 'failed';
  readonly method: 'GET';
  readonly uri: string;
  readonly startedAt: Time;
  readonly endedAt: Time;
  readonly httpStatus: number | null;
  /** Allow-listed response headers only: etag, date, content-type, content-length, odata-version, location, link, allow, retry-after. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the peer's SubjectPublicKeyInfo as seen by this connection. */
  readonly peer: Digest<'spki'> | null;
  readonly path: string | null;
  readonly size: number;
  readonly sha256: Digest<'capture'> | null;
  /** Error code for `failed`. */
  readonly error: string | null;
}

/** One line of custody.jsonl. `prev` is the SHA-256 of the previous line with its LF; 64 zeros first. Fixed key order, ASCII JSON. */
export interface CustodyLine {
  readonly seq: number;
  readonly prev: Digest<'custody'>;
  readonly time: Time;
  readonly actor: string;
  readonly host: string;
  readonly type: CustodyType;
  /** Facts of the event; never a secret. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export type CustodyType =
  | 'series.opened'
  | 'capture.adopted'
  | 'statement.stored'
  | 'plan.stored'
  | 'finding.recorded'
  | 'gate.opened'
  | 'gate.closed'
  | 'operation.claimed'
  | 'operation.observed'
  | 'operation.outcome'
  | 'target.verdict'
  | 'target.parked'
  | 'phase.ended'
  | 'log.recovered'
  | 'sealed'
  | 'incident.ended';

/** SEAL.json. The signed file is the tag manifest, which lists this one. */
export interface Seal {
  readonly type: typeof SEAL_TYPE;
  readonly incident: Id<'incident'>;
  readonly series: Id<'series'>;
  readonly seal: number;
  readonly name: string;
  readonly final: boolean;
  /** Made by a drill; verifiers refuse it unless told that a drill is expected. */
  readonly drill: boolean;
  readonly createdAt: Time;
  readonly previousSeal: { readonly name: string; readonly tagmanifestSha256: Digest<'tagmanifest'> } | null;
  readonly payload: { readonly files: number; readonly bytes: number };
  readonly captures: { readonly complete: number; readonly failed: number };
  /** This bag's segment of the custody log: the head it continues, and the head it ends with. */
  readonly custody: {
    readonly firstSeq: number;
    readonly entries: number;
    readonly bytes: number;
    readonly sha256: Digest<'file'>;
    readonly continues: Digest<'custody'>;
    readonly head: Digest<'custody'>;
  };
  /** In the case series' final seal: the last seal of every series. */
  readonly seriesHeads: readonly { readonly series: Id<'series'>; readonly name: string; readonly tagmanifestSha256: Digest<'tagmanifest'> }[] | null;
  readonly launch: Digest<'statement'>;
  readonly requiredSigners: readonly { readonly role: 'collector'; readonly fingerprint: string }[];
}

/** What sealing returns and the engine remembers. */
export interface SealRef {
  readonly series: Id<'series'>;
  readonly name: string;
  readonly tagmanifestSha256: Digest<'tagmanifest'>;
  readonly captures: number;
  readonly failed: number;
  readonly bytes: number;
  readonly seq: number;
  readonly head: Digest<'custody'>;
}
