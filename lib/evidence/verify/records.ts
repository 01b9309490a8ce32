import { z } from 'zod';
import { EVIDENCE_CLASSES } from '../../model/effect.js';
import type { Digest, Id, Time } from '../../model/json.js';
import { isDigest, isId, isTime } from '../../model/json.js';
import type { CaptureLine, CustodyLine, CustodyType, Seal } from '../format.js';
import { SEAL_TYPE, jsonLine } from '../format.js';

/** Reads SEAL.json; null when it is not exactly a seal. */
export function readSeal(text: string): Seal | null {
  return read(text, SEAL, (_seal, value) => JSON.stringify(value) === withoutSpace(text));
}

/** Reads one line of custody.jsonl, which has one form only: two readers cannot see two values of a doubled key. */
export function readCustodyLine(line: string): CustodyLine | null {
  return read(line, CUSTODY, (value) => jsonLine(value) === line);
}

/** Reads one line of captures.jsonl. */
export function readCaptureLine(line: string): CaptureLine | null {
  return read(line, CAPTURE, (value) => jsonLine(value) === line);
}

/** What was understood (a line also in the order of the shape's keys) has to be what was written. */
function read<T>(text: string, shape: z.ZodType<T>, isOneForm: (read: T, value: unknown) => boolean): T | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { data } = shape.safeParse(value);
  return data !== undefined && isOneForm(data, value) ? data : null;
}

function withoutSpace(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (piece) => (piece.startsWith('"') ? piece : ''));
}

function id<Of extends string>(): z.ZodType<Id<Of>> {
  return z.custom<Id<Of>>((value) => isId(value));
}

function digest<Of extends string>(): z.ZodType<Digest<Of>> {
  return z.custom<Digest<Of>>((value) => isDigest(value));
}

const TIME = z.custom<Time>((value) => isTime(value));
const COUNT = z.int().nonnegative();
const TEXT = z.string().max(8192);
const HEAD = z.strictObject({ series: id<'series'>(), name: TEXT, tagmanifestSha256: digest<'tagmanifest'>() });

const SEAL = z.strictObject({
  type: z.literal(SEAL_TYPE),
  incident: id<'incident'>(),
  series: id<'series'>(),
  seal: z.int().positive().max(99_999_999),
  name: TEXT,
  final: z.boolean(),
  drill: z.boolean(),
  createdAt: TIME,
  previousSeal: HEAD.omit({ series: true }).nullable(),
  payload: z.strictObject({ files: COUNT, bytes: COUNT }),
  captures: z.strictObject({ complete: COUNT, failed: COUNT }),
  classes: z.array(z.enum(EVIDENCE_CLASSES)),
  custody: z.strictObject({
    firstSeq: COUNT,
    entries: COUNT,
    bytes: COUNT,
    sha256: digest<'file'>(),
    continues: digest<'custody'>(),
    head: digest<'custody'>(),
  }),
  seriesHeads: z.array(HEAD).nullable(),
  launch: digest<'statement'>(),
  requiredSigners: z.array(z.strictObject({ role: z.literal('collector'), fingerprint: z.string().regex(/^[0-9A-F]{40}$/) })),
}) satisfies z.ZodType<Seal>;

const CUSTODY_TYPES = [
  'series.opened',
  'capture.adopted',
  'evidence.added',
  'class.complete',
  'statement.stored',
  'connection.opened',
  'secret.burned',
  'secret.licensed',
  'secret.tried',
  'token.tried',
  'secret.kept',
  'account.own',
  'certificate.requested',
  'certificate.issued',
  'certificate.refused',
  'pin.replaced',
  'plan.stored',
  'finding.recorded',
  'session.opened',
  'session.ended',
  'session.refused',
  'incident.opened',
  'gate.opened',
  'gate.closed',
  'operation.claimed',
  'operation.observed',
  'operation.outcome',
  'network.witnessed',
  'path.probed',
  'containment.checked',
  'containment.changed',
  'containment.released',
  'notice.failed',
  'target.verdict',
  'target.parked',
  'phase.ended',
  'log.recovered',
  'sealed',
  'incident.ended',
] as const satisfies readonly CustodyType[];

const CUSTODY = z.strictObject({
  seq: z.int().positive(),
  prev: digest<'custody'>(),
  time: TIME,
  actor: TEXT,
  host: TEXT,
  type: z.enum(CUSTODY_TYPES),
  data: z.record(z.string(), z.union([TEXT, z.number(), z.boolean(), z.null()])),
}) satisfies z.ZodType<CustodyLine>;

const CAPTURE = z.strictObject({
  id: z.int().positive(),
  purpose: TEXT,
  class: z.enum(EVIDENCE_CLASSES).nullable(),
  status: z.enum(['complete', 'failed']),
  method: z.enum(['GET', 'IPMI', 'TLS', 'ADDED', 'NETWORK', 'OWN']),
  uri: TEXT,
  answeredBy: TEXT.nullable(),
  startedAt: TIME,
  endedAt: TIME,
  httpStatus: z.int().nullable(),
  headers: z.record(z.string(), z.string()),
  peer: digest<'spki'>().nullable(),
  path: TEXT.nullable(),
  size: COUNT,
  sha256: digest<'capture'>().nullable(),
  error: TEXT.nullable(),
}) satisfies z.ZodType<CaptureLine>;
