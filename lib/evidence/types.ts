import type { EvidenceClass } from '../model/effect.js';
import type { Digest, Id, Time } from '../model/json.js';
import type { SignedStatement } from '../model/statement.js';
import type { CustodyLine, CustodyType, SealRef } from './format.js';

/** A place in a series' custody chain: the number of a line and the digest of that line. */
export interface Position {
  readonly seq: number;
  readonly head: Digest<'custody'>;
}

/**
 * A whole HTTP answer of any status, as `Answer` of lib/redfish has it: an error answer is a complete capture of its URI. Over IPMI (`ipmi:/…`)
 * what ipmitool printed for one command, which has neither status nor peer. Or, with the
 * status null and a URI `tls:/certificate/<n>`, a certificate that the handshake showed; or, under `cofferdam:/…`, a document of our own.
 */
export interface CapturedAnswer {
  readonly uri: string;
  readonly answeredBy: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Anything but null names the file `.json`; what is stored is `body`. */
  readonly json: unknown;
  readonly startedAt: Time;
  readonly endedAt: Time;
  readonly peer: Digest<'spki'> | null;
}

/**
 * A whole HTTP answer whose body is too large to hold, as `Download` of lib/redfish has it; the body is written and hashed as it comes. A file that
 * a person brought (`added:/…`) has neither status nor peer.
 */
export interface CapturedFile {
  readonly uri: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly startedAt: Time;
  readonly peer: Digest<'spki'> | null;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A read that brought no whole answer. */
export interface CaptureFailure {
  readonly uri: string;
  /** Error code of the client, as `TIMEOUT`. */
  readonly code: string;
  readonly startedAt: Time;
  readonly endedAt: Time;
  readonly peer: Digest<'spki'> | null;
}

export type Staged = { readonly purpose: string; readonly class: EvidenceClass | null } & (
  { readonly answer: CapturedAnswer } | { readonly file: CapturedFile } | { readonly failure: CaptureFailure }
);

/** The events that others write; the rest belong to the writer itself. */
export type RecordType = Exclude<
  CustodyType,
  'series.opened' | 'capture.adopted' | 'evidence.added' | 'class.complete' | 'log.recovered' | 'sealed'
>;
export type RecordData = CustodyLine['data'];

export interface SealOptions {
  /** The last seal of the series: nothing can be added afterwards. */
  readonly final: boolean;
  /** The last seal of every other series, for the final seal of the series `case`; null otherwise. */
  readonly heads: readonly SealHead[] | null;
  /** The last position that the engine saw; a chain that lacks it is not sealed. */
  readonly atLeast: Position | null;
}

export type SealHead = Pick<SealRef, 'series' | 'name' | 'tagmanifestSha256'>;

/** The one writer of a series. The caller holds the lock of the target, or of the case, from opening to closing. */
export interface Series {
  /** Where its bags lie. */
  readonly folder: string;
  /** Where the chain stands. */
  readonly position: Position;
  /** When the newest line of the chain was written: a clock that its readers' own must not contradict. */
  readonly lastAt: Time;
  /** Lines of the custody chain that no seal holds yet. */
  readonly unsealed: number;
  /** The newest seal; a caller whose answer from `seal` was lost finds it here. */
  readonly lastSeal: SealRef | null;
  /**
   * Writes the body to disk and returns its digest, null for a failure. Not evidence before `commit`; may be called many at a time.
   * A file whose chunks end in an error is none: nothing of it is committed, and the error is thrown.
   */
  stage(capture: Staged): Promise<Digest<'capture'> | null>;
  /** Adopts everything staged so far, in the order of the calls of `stage`. When it returns, a power cut cannot take it away. */
  commit(): Promise<Position>;
  /** Appends one event, on disk when it returns. Does not commit what is staged. */
  record(type: RecordType, data: RecordData): Promise<Position>;
  /** Keeps the signed bytes of a statement in the bag, checkable with gpg, and records `statement.stored` with `data`. The caller has verified it. */
  keepStatement(digest: Digest<'statement'>, signed: SignedStatement, data: RecordData): Promise<Position>;
  /** Commits what is staged, then records that everything of these classes is captured. It counts for `sealedClasses` once it is sealed. */
  markComplete(classes: readonly EvidenceClass[]): Promise<Position>;
  /** Commits and seals. Null when there is nothing new, unless final; a second final seal returns the first. */
  seal(options: SealOptions): Promise<SealRef | null>;
  /** Classes with a `class.complete` line inside a sealed bag. */
  sealedClasses(): ReadonlySet<EvidenceClass>;
  /** Releases the files. What was staged and not committed is set aside by the next opening. */
  close(): Promise<void>;
}

export interface SeriesOptions {
  /** `incidents/<incident>/evidence` of the zone's store. */
  readonly root: string;
  readonly incident: Id<'incident'>;
  /** The target's id, or `case`. */
  readonly series: Id<'series'>;
  readonly launch: Digest<'statement'>;
  readonly drill: boolean;
  /** Who writes, as `worker:zone-a`. */
  readonly actor: string;
  readonly host: string;
  readonly collector: { readonly privateKey: string; readonly fingerprint: string };
}
