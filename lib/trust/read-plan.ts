import { z } from 'zod';
import { EFFECTS, EVIDENCE_CLASSES, IMPACTS } from '../model/effect.js';
import { INDICATOR_KINDS } from '../model/hunt.js';
import { CONTROLS, FINDINGS, SEVERITIES, type ControlId, type Finding, type FindingCode } from '../model/finding.js';
import { PLACES, type Path, type Rules, type UnprobedPath } from '../model/isolation.js';
import { PASSWORD_CLASSES, type PasswordRules } from '../model/password.js';
import type { CertificateSubject } from '../model/certificate.js';
import type { AccessRule, CertificateSend, Condition, Operation, Proof, Section, Send, Undo } from '../model/operation.js';
import type { Counts, IndexPage, IndexRow, Plan, PlanIndex } from '../model/plan.js';
import { digestOfKind, idOf, subjectSchema } from './schemas.js';

/**
 * Plan, page and index from parsed JSON, strictly: a field nobody knows might mean something to somebody. The caller has hashed the bytes;
 * whoever signs and whoever carries out read them with the same code. Throws a ZodError that names every fault.
 */
export function readPlan(value: unknown): Plan {
  return planSchema.parse(value);
}

export function readPage(value: unknown): IndexPage {
  return pageSchema.parse(value);
}

export function readIndex(value: unknown): PlanIndex {
  return indexSchema.parse(value);
}

/** A finding as a planner stored it. */
export function readFinding(value: unknown): Finding {
  return findingSchema.parse(value);
}

const effects = z.enum(EFFECTS);
const impacts = z.enum(IMPACTS);
const classes = z.array(z.enum(EVIDENCE_CLASSES));
const count = z.int().nonnegative();

export const rulesSchema = z.strictObject({
  incident: idOf<'incident'>(),
  scope: z.enum(['segment', 'targets']),
  inside: z.array(z.string()),
  responders: z.array(z.string()),
  fallback: z.array(z.string()),
  allowances: z.array(z.strictObject({ to: z.string(), protocol: z.enum(['tcp', 'udp']), port: z.int(), reason: z.string() })),
}) satisfies z.ZodType<Rules>;

const pathSchema = z.strictObject({
  id: z.string(),
  vantage: idOf<'vantage'>(),
  at: z.enum(PLACES),
  to: z.string(),
  port: z.int(),
  must: z.enum(['reach', 'blocked']),
}) satisfies z.ZodType<Path>;

const unprobedSchema = z.strictObject({ id: z.string(), why: z.string() }) satisfies z.ZodType<UnprobedPath>;

const rulesOfPassword = z.strictObject({
  minLength: z.int().positive(),
  maxLength: z.int().positive(),
  classes: z.array(z.enum(PASSWORD_CLASSES)).exactOptional(),
  excluded: z.string().exactOptional(),
}) satisfies z.ZodType<PasswordRules>;

const vaultSchema = z.discriminatedUnion('act', [
  z.strictObject({ kind: z.literal('vault'), act: z.literal('create'), ref: z.string(), userName: z.string(), rules: rulesOfPassword }),
  z.strictObject({ kind: z.literal('vault'), act: z.enum(['promote', 'set-aside']), ref: z.string() }),
]);

const accountSchema = z.discriminatedUnion('act', [
  z.strictObject({
    kind: z.literal('account'),
    act: z.literal('make'),
    method: z.enum(['POST', 'PATCH']),
    uri: z.string(),
    body: z.json(),
    list: z.string(),
    userName: z.string(),
    ref: z.string(),
  }),
  z.strictObject({ kind: z.literal('account'), act: z.enum(['use', 'leave']), ref: z.string() }),
  z.strictObject({
    kind: z.literal('account'),
    act: z.literal('remove'),
    list: z.string(),
    userName: z.string(),
    ref: z.string(),
    slot: z.array(z.json()).nullable(),
  }),
]);

const subjectOfCertificate = z.strictObject({
  commonName: z.string(),
  organization: z.string(),
  organizationalUnit: z.string(),
  city: z.string(),
  state: z.string(),
  country: z.string(),
  names: z.array(z.string()),
}) satisfies z.ZodType<CertificateSubject>;

const certificateSchema = z.discriminatedUnion('act', [
  z.strictObject({
    kind: z.literal('certificate'),
    act: z.literal('request'),
    uri: z.string(),
    body: z.json(),
    subject: subjectOfCertificate,
    told: z.strictObject({ uri: z.string(), pointer: z.string() }).nullable(),
  }),
  z.strictObject({ kind: z.literal('certificate'), act: z.literal('sign') }),
  z.strictObject({
    kind: z.literal('certificate'),
    act: z.literal('install'),
    uri: z.string(),
    body: z.record(z.string(), z.json()),
    property: z.string(),
    replaces: z.string(),
    reset: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('certificate'), act: z.literal('reset'), uri: z.string(), body: z.json() }),
  z.strictObject({ kind: z.literal('certificate'), act: z.literal('prove') }),
]) satisfies z.ZodType<CertificateSend>;

const accessRule = z.strictObject({
  address: z.string(),
  prefix: z.int().min(0).max(32),
  policy: z.enum(['Accept', 'Drop']),
}) satisfies z.ZodType<AccessRule>;

const sendSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('redfish'), method: z.enum(['POST', 'PATCH', 'PUT', 'DELETE']), uri: z.string(), body: z.json() }),
  z.strictObject({ kind: z.literal('download'), uri: z.string(), pointer: z.string() }),
  z.strictObject({
    kind: z.literal('redfish-each'),
    method: z.literal('DELETE'),
    collection: z.string(),
    spare: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('ipmi'),
    act: z.literal('set-password'),
    user: z.int().min(1).max(63),
    userName: z.string(),
    ref: z.string(),
  }),
  z.strictObject({ kind: z.literal('network'), rules: rulesSchema.nullable(), armedForS: z.int().positive().nullable() }),
  z.strictObject({ kind: z.literal('probe'), paths: z.array(pathSchema), unprobed: z.array(unprobedSchema), budgetMs: z.int().positive() }),
  z.strictObject({ kind: z.literal('lease'), act: z.enum(['take', 'give-back']) }),
  vaultSchema,
  z.strictObject({ kind: z.literal('refusal'), ref: z.string() }),
  z.strictObject({
    kind: z.literal('envelope'),
    act: z.enum(['write', 'keep']),
    ref: z.string(),
    userName: z.string(),
    holders: z.array(idOf<'person'>()),
  }),
  accountSchema,
  z.strictObject({ kind: z.literal('access-rules'), collection: z.string(), from: z.array(accessRule), to: z.array(accessRule) }),
  z.strictObject({ kind: z.literal('integration'), act: z.literal('renew'), name: idOf<'integration'>(), ref: z.string() }),
  z.strictObject({ kind: z.literal('dead-token'), sessions: z.string(), replaced: z.array(z.string()).exactOptional() }),
  z.strictObject({ kind: z.literal('upload'), uri: z.string(), image: digestOfKind<'image'>() }),
  z.strictObject({ kind: z.literal('wait'), budgetMs: z.number() }),
  z.strictObject({ kind: z.literal('manual'), instruction: z.string() }),
  certificateSchema,
]) satisfies z.ZodType<Send>;

const conditionSchema = z.union([
  z.strictObject({ uri: z.string(), pointer: z.string(), equals: z.json() }),
  z.strictObject({ uri: z.string(), absent: z.literal(true) }),
]) satisfies z.ZodType<Condition>;

const undoSchema = z.strictObject({ send: sendSchema, after: z.array(conditionSchema) }) satisfies z.ZodType<Undo>;

const proofSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('state') }),
  z.strictObject({ by: z.literal('act'), witness: z.enum(['task', 'log-entry', 'boot', 'login', 'statement', 'handshake']) }),
]) satisfies z.ZodType<Proof>;

const operationSchema = z.strictObject({
  n: z.int().positive(),
  version: z.int().positive(),
  send: sendSchema,
  line: z.string(),
  limitMs: z.int().positive(),
  before: z.array(conditionSchema),
  after: z.array(conditionSchema),
  proof: proofSchema,
  destroys: classes,
  impact: impacts,
  undo: undoSchema.nullable(),
  forGood: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Operation>;

const sectionSchema = z.strictObject({
  operations: z.tuple([operationSchema], operationSchema),
  always: z.array(operationSchema),
}) satisfies z.ZodType<Section>;

const planSchema = z.strictObject({
  step: idOf<'step'>(),
  subject: subjectSchema,
  identity: digestOfKind<'identity'>(),
  sections: z.array(sectionSchema),
  findings: z.array(digestOfKind<'finding'>()),
}) satisfies z.ZodType<Plan>;

const rowSchema = z.strictObject({
  subject: subjectSchema,
  identity: digestOfKind<'identity'>(),
  plan: digestOfKind<'plan'>(),
  operations: count,
  effect: effects,
  impact: impacts,
  destroys: classes,
  closing: z
    .array(
      z.strictObject({
        first: z.int().positive(),
        last: z.int().positive(),
        always: z.array(z.int().positive()),
        lifts: z.array(z.int().positive()).exactOptional(),
      }),
    )
    .exactOptional(),
}) satisfies z.ZodType<IndexRow>;

const pageSchema = z.strictObject({ zone: idOf<'zone'>(), shard: count, rows: z.array(rowSchema) }) satisfies z.ZodType<IndexPage>;

const countsSchema = z.strictObject({
  observe: count,
  contain: count,
  change: count,
  destroy: count,
  none: count,
  'bmc-dark': count,
  'host-at-risk': count,
  'host-down': count,
}) satisfies z.ZodType<Counts>;

const indexSchema = z.strictObject({
  version: z.literal(1),
  step: idOf<'step'>(),
  gate: idOf<'gate'>(),
  round: count,
  pages: z.array(digestOfKind<'page'>()),
  counts: countsSchema,
}) satisfies z.ZodType<PlanIndex>;

const findingSchema = z.strictObject({
  code: z.custom<FindingCode>((value) => typeof value === 'string' && Object.hasOwn(FINDINGS, value), 'expected a finding that we know'),
  target: idOf<'target'>(),
  uri: z.string(),
  severity: z.enum(SEVERITIES),
  control: z.custom<ControlId>((value) => typeof value === 'string' && Object.hasOwn(CONTROLS, value), 'expected a control that we know'),
  evidence: digestOfKind<'capture'>(),
  advice: z.string(),
  indicator: z.strictObject({ kind: z.enum(INDICATOR_KINDS), value: z.string() }).exactOptional(),
}) satisfies z.ZodType<Finding>;
