import type { EvidenceClass } from '../model/effect.js';
import { digest, type Digest, type Id, type Time } from '../model/json.js';

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
  statements: 'statements',
  data: 'data',
  /** Beside the seals of an exported case: how to verify them. Unsigned, and no evidence. */
  readme: 'README.txt',
} as const;

/** The series that holds the launch, gates and engine events of the whole incident. */
export const CASE = 'case';

/** Tag files that every bag has; `statements/*` may come on top, and only `signatures/*` stays outside the tag manifest. */
export const TAG_FILES = [FILES.seal, FILES.verify, FILES.bagInfo, FILES.bagit, FILES.captures, FILES.custody, FILES.manifest] as const;

/** The one payload file without a capture line: BagIt and `sha256sum -c` refuse an empty manifest, so a bag that captured nothing holds this. */
export const EMPTY_PAYLOAD = { path: 'data/empty.txt', text: 'No resource was captured in this bag.\n' } as const;

/** Payload paths: eight digits of the capture's id and a readable rest; no name needs escaping in BagIt, sha256sum, tar, Windows or a shell. */
export const PAYLOAD_PATH = /^data\/\d{8}-[A-Za-z0-9][A-Za-z0-9_-]{0,47}\.(?:json|bin)$/;

/** Signed statements as the person signed them, by digest of the text, and the armored detached signature beside each. */
export const STATEMENT_PATH = /^statements\/([0-9a-f]{64})\.json(?:\.asc)?$/;

/** `signatures/tagmanifest-sha256.txt.<FINGERPRINT>.asc`; the fingerprint in the name is a hint and proves nothing. */
export const SIGNATURE_PATH = /^signatures\/tagmanifest-sha256\.txt\.[0-9A-F]{40}\.asc$/;

/** The certificates of a handshake, by their place in the chain. */
export const CERTIFICATE_URI = /^tls:\/certificate\/\d$/;

/** Response headers that are written down, in lower case; nothing else of a head reaches the disk. `cipher-suite` is our own, of IPMI sessions. */
export const CAPTURE_HEADERS = [
  'allow',
  'cipher-suite',
  'content-length',
  'content-type',
  'date',
  'etag',
  'link',
  'location',
  'odata-version',
  'retry-after',
] as const;

/** What a person added: the name of the file, percent-encoded. */
export const ADDED_URI = /^added:\/[A-Za-z0-9!~*'()_.%-]+$/;

/** Begins the URI of a document that Cofferdam wrote itself. */
export const OWN_URI = 'cofferdam:/';

/** What was asked of a BMC over IPMI is filed under a URI of this scheme, which names the command. */
export function methodOf(uri: string): CaptureLine['method'] {
  if (CERTIFICATE_URI.test(uri)) return 'TLS';
  if (/^(?:enforcer|probe):\//.test(uri)) return 'NETWORK';
  if (uri.startsWith('added:/')) return 'ADDED';
  if (uri.startsWith(OWN_URI)) return 'OWN';
  return uri.startsWith('ipmi:/') ? 'IPMI' : 'GET';
}

/** `prev` of the first line of a series. */
export const NO_CUSTODY = digest<'custody'>('0'.repeat(64));

/** Value of the signature's `purpose@` notation; `incident@`, `series@` and `seal@` (the seal's name) stand beside it, none critical. */
export const PURPOSE = 'evidence-seal';

/** `<incident>-<series>-S00000001`: directory, tar and notation carry the same name. */
export function sealName(incident: Id<'incident'>, series: Id<'series'>, seal: number): string {
  return `${incident}-${series}-S${String(seal).padStart(8, '0')}`;
}

/** A value as one line without LF: ASCII JSON without white space, so that no tool and no encoding can read it in two ways. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One line of captures.jsonl: one attempted read, in order of attempt. The file under `path` holds the wire bytes. */
export interface CaptureLine {
  /** Counts from 1 without a gap over all bags of the series; eight digits of it begin the file's name. */
  readonly id: number;
  /**
   * What asked for it: `triage`, `capture`, `plan`, `before-claim`, `observe`, `identity`, `dump`; `witness` without a login and whoever answers;
   * `added` by a person, of whom `evidence.added` tells.
   */
  readonly purpose: string;
  /** Evidence class of the resource; null for what no operation destroys. */
  readonly class: EvidenceClass | null;
  readonly status: 'complete' | 'failed';
  /**
   * `NETWORK` for what an enforcer or a vantage point said, whose URI begins with `enforcer:/` or `probe:/`; `IPMI` for a command of `ipmitool`, whose URI begins with `ipmi:/`; `TLS`: no request, but what the handshake showed; the file holds one
   * certificate (DER), `uri` is `tls:/certificate/<n>`, 0 the peer's own; `ADDED`: a file that a person brought, `uri` is `added:/<name>`; `OWN`: nobody was asked,
   * Cofferdam wrote the document itself, `uri` begins with `cofferdam:/`; `GET` for
   * every other.
   */
  readonly method: 'GET' | 'IPMI' | 'TLS' | 'ADDED' | 'NETWORK' | 'OWN';
  readonly uri: string;
  /** The URI that answered; differs from `uri` after a redirect within the BMC. Null for `failed`. */
  readonly answeredBy: string | null;
  readonly startedAt: Time;
  readonly endedAt: Time;
  /** Null for `failed`, over IPMI, for `TLS` for `ADDED`, `NETWORK` and `OWN`. */
  readonly httpStatus: number | null;
  /** Those of {@link CAPTURE_HEADERS} that came. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the peer's SubjectPublicKeyInfo as seen by this connection. Null over IPMI and for `ADDED`, `NETWORK` and `OWN`, which have no such key. */
  readonly peer: Digest<'spki'> | null;
  /** Null for `failed`; an empty body has a file too. */
  readonly path: string | null;
  readonly size: number;
  readonly sha256: Digest<'capture'> | null;
  /** Error code for `failed`. */
  readonly error: string | null;
}

/**
 * One line of custody.jsonl: ASCII JSON without white space, keys in this order, LF. `prev` is the SHA-256 of the previous line with its LF.
 * The chain runs through all bags of the series: the first line of a bag continues the last line of the bag before.
 */
export interface CustodyLine {
  /** Counts from 1 over all bags of the series. */
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
  /** First line of a series: `{incident, series, launch, drill}`. */
  | 'series.opened'
  /** One for each line of captures.jsonl, in the same order: `{id, uri, sha256, size}`; `sha256` is null for a failed capture. */
  | 'capture.adopted'
  /**
   * A person brings a file: `{sha256, size, name, by, from, takenAt, reason}`. It comes before the capture of that digest; without one, whoever
   * added it was stopped in between.
   */
  | 'evidence.added'
  /** Everything of this evidence class was captured when the line was written: `{class}`. */
  | 'class.complete'
  /** `{statement, …}`; `statements/<statement>.json` and its `.asc` lie in the same bag. */
  | 'statement.stored'
  /** A conversation with the target began: `{peer, tls, cipher, trust, minimum, reason}`. */
  | 'connection.opened'
  /** No further secret goes to the target before a person has decided: `{code, secret, pinned, seen}`. */
  | 'secret.burned'
  /** A person's decision was used for one more login: `{statement, secret}`. */
  | 'secret.licensed'
  /** One login to see whether the BMC takes a credential: which of the two of a rotation, and what it said. */
  | 'secret.tried'
  /**
   * The token of a session that we ended ourselves, to see whether ending one kills it: `{claim, session, alive, nobody, ended, dead}`, the statuses of one and
   * the same GET with it before, without any, of the end, and with it afterwards; null: unknown, or not come to.
   */
  | 'token.tried'
  /** Pending, current or set aside, by its reference. */
  | 'secret.kept'
  /** The incident's own account on the target: `{userName, as, uri, secret, code}`; `as` is what became of it. */
  | 'account.own'
  /** A BMC made a TLS key and a request for its certificate, which was checked: `{key, old}`. */
  | 'certificate.requested'
  /** The site's authority signed it, and what came was checked: `{key, notAfter}`. */
  | 'certificate.issued'
  /** It did not, or what came does not hold: `{key, code, why}`. */
  | 'certificate.refused'
  /** The new key is required of the target from now on, and the old one refused: `{old, pin}`. */
  | 'pin.replaced'
  | 'plan.stored'
  | 'finding.recorded'
  /** A login of ours at the BMC, and its end: `{auth, session, userName, from}`, our address and port in `from`. Under `basic` each request is one. */
  | 'session.opened'
  | 'session.ended'
  /** A login of ours that the BMC did not take: `{uri, code}`. */
  | 'session.refused'
  | 'incident.opened'
  | 'gate.opened'
  | 'gate.closed'
  | 'operation.claimed'
  | 'operation.observed'
  | 'operation.outcome'
  /** What the network shows before it is cut was captured: `{enforcer, files, missing}`. */
  | 'network.witnessed'
  /** One way that was tried from a vantage point: `{id, vantage, at, to, port, must, state, how}`. */
  | 'path.probed'
  /** One look at an enforcer and its paths: `{enforcer, state, rules, open}`. */
  | 'containment.checked'
  /** The same, in the case series, when it differs from the look before. */
  | 'containment.changed'
  /** A signed release was carried out: `{step, statement, released, of}`. */
  | 'containment.released'
  /** A notice could not be made: `{step, targets}`. */
  | 'notice.failed'
  | 'target.verdict'
  | 'target.parked'
  | 'phase.ended'
  /** A writer died: `{aside, files, bytes, sha256}`, what it had not committed, kept beside the bags, with the digest of its `sha256sum` list. */
  | 'log.recovered'
  /** First line of every bag but the first: `{name, tagmanifestSha256}` of the seal before. */
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
  /** The classes of this bag's `class.complete` lines, in the order of `EVIDENCE_CLASSES`. */
  readonly classes: readonly EvidenceClass[];
  /** This bag's segment of the custody log: the head it continues, and the head it ends with. `bytes` and `sha256` are of custody.jsonl. */
  readonly custody: {
    readonly firstSeq: number;
    readonly entries: number;
    readonly bytes: number;
    readonly sha256: Digest<'file'>;
    readonly continues: Digest<'custody'>;
    readonly head: Digest<'custody'>;
  };
  /** In the case series' final seal: the last seal of every series. */
  readonly seriesHeads:
    readonly { readonly series: Id<'series'>; readonly name: string; readonly tagmanifestSha256: Digest<'tagmanifest'> }[] | null;
  readonly launch: Digest<'statement'>;
  readonly requiredSigners: readonly { readonly role: 'collector'; readonly fingerprint: string }[];
}

/** What sealing returns and the engine remembers. `captures` counts the complete ones, `bytes` the payload; `seq` and `head` end its custody segment. */
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
