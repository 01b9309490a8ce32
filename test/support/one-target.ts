import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFleet, type Fleet, type FleetOptions, type FleetTarget } from '../../drill/fleet.js';
import type { PlantedKind } from '../../drill/truth.js';
import { openSeries } from '../../lib/evidence/series.js';
import type { Series } from '../../lib/evidence/types.js';
import type { EvidenceClass } from '../../lib/model/effect.js';
import type { Planned } from '../../lib/model/incident.js';
import { digest, id, time, type Digest, type Id } from '../../lib/model/json.js';
import type { Operation, Order, Outcome } from '../../lib/model/operation.js';
import { NO_COUNTS, type Counts, type IndexPage, type IndexRow, type Plan, type PlanIndex } from '../../lib/model/plan.js';
import type { Isolation } from '../../lib/model/isolation-terms.js';
import type { Person, Policy } from '../../lib/model/policy.js';
import type { IntegrationTerms, RedfishTarget } from '../../lib/model/site.js';
import type { Statement } from '../../lib/model/statement.js';
import { STEP_TABLE } from '../../lib/model/steps.js';
import type { GateRef } from '../../lib/model/work.js';
import type { Executor } from '../../lib/operations/executor.js';
import type { AttemptContext, ExecutorDeps } from '../../lib/operations/job.js';
import { connect } from '../../lib/redfish/client.js';
import type { Connection, Login } from '../../lib/redfish/types.js';
import { ownLogin } from '../../lib/login/own-login.js';
import { ownSecret } from '../../lib/login/own-secret.js';
import { planTarget } from '../../lib/steps/plan.js';
import type { OwnSecret, TargetSecret } from '../../lib/steps/planning.js';
import { openCredentials } from '../../lib/store/credentials.js';
import { ownPin } from '../../lib/login/own-pin.js';
import { openPins } from '../../lib/store/pins.js';
import { openClaims, type Claims } from '../../lib/store/claims.js';
import { openIndexes } from '../../lib/store/indexes.js';
import { zoneLayout, type ZoneLayout } from '../../lib/store/layout.js';
import { openObjects, type Objects } from '../../lib/store/objects.js';
import { openSettings } from '../../lib/store/settings.js';
import { openStatements } from '../../lib/store/statements.js';
import { digestOf } from '../../lib/trust/canonical.js';
import { readIndex, readPlan } from '../../lib/trust/read-plan.js';
import { generateKey, type GeneratedKey } from '../../lib/trust/keys.js';
import { signStatement, verifyStatement, type Keyring } from '../../lib/trust/statement.js';
import { Secret } from '../../lib/vault/secret.js';
import { executorOver, loginOf, fileSecrets, seriesOptionsOf, type Ground, type Secrets } from './executor-over.js';

/** One emulated BMC, a zone's store, people with real keys, and all that is between a plan and an outcome but the engine. */
export interface OneTarget {
  readonly fleet: Fleet;
  readonly bmc: FleetTarget;
  readonly target: RedfishTarget;
  readonly ground: Ground;
  readonly secrets: Secrets;
  readonly layout: ZoneLayout;
  readonly objects: Objects;
  readonly claims: Claims;
  readonly launch: Digest<'statement'>;
  withSeries<T>(work: (series: Series) => Promise<T>): Promise<T>;
  /** With the login of the inventory as it was at the start. */
  withConnection<T>(mode: 'read-only' | 'read-write', work: (connection: Connection) => Promise<T>): Promise<T>;
  /** With whatever we log in with now; reads only. */
  withOwnLogin<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  seal(...classes: readonly EvidenceClass[]): Promise<void>;
  /** The step's own planner. */
  review(isolation?: Isolation, as?: Id<'step'>): Promise<Pick<Planned, 'row' | 'counts' | 'unsupported'> & { readonly plan: Plan }>;
  /** A plan made by hand around one operation, with the row that an honest planner would write. */
  planOf(
    operation: Partial<Operation> & Pick<Operation, 'send'>,
    row?: Partial<IndexRow>,
  ): Promise<{ plan: Plan; row: IndexRow; counts: Counts }>;
  /** Stores page and index, as a round that opened now. */
  open(planned: { readonly row: IndexRow; readonly counts: Counts }, round?: number, as?: Id<'step'>): Promise<GateRef>;
  say(person: Name, statement: (base: Base) => Statement, at?: number): Promise<Digest<'statement'>>;
  approve(gate: GateRef, person?: Name, change?: object): Promise<void>;
  order(row: IndexRow, operation?: number, change?: Partial<Order>): Order;
  context(gate: GateRef, change?: Partial<AttemptContext>): AttemptContext;
  executor(change?: (deps: ExecutorDeps) => ExecutorDeps): Executor;
  attempt(row: IndexRow, gate: GateRef, operation?: number): Promise<Outcome>;
  close(): Promise<void>;
}

export type Name = 'rita' | 'lara' | 'liam';
type Base = Pick<Statement, 'type' | 'version' | 'incident' | 'by' | 'reason' | 'notBefore' | 'notAfter'>;

export const INCIDENT = id<'incident'>('case-1');
export const STEP = id<'step'>('review-access');
const ZONE = id<'zone'>('zone-a');
const HOUR = 3_600_000;

export const POLICY: Policy = {
  launch: { roles: [id('responder')], cosignersAbove: 50, cosigners: 1 },
  gates: { change: { roles: [id('lead')], quorum: 1, requesterExcluded: true, decisionExpiresAfter: 60, executionExpiresAfter: 240 } },
};

/** What is not as everywhere else. */
interface Peculiar {
  /** How the inventory has the target, where not as the fleet says. */
  readonly listed?: ((target: RedfishTarget) => RedfishTarget) | undefined;
  /** Who signs certificates. */
  readonly authority?: Ground['authority'];
  readonly secretsOver?: ((files: Secrets) => Secrets) | undefined;
  /** Our own password, where not as the fleet made it. */
  readonly password?: string | undefined;
}

/** `step` is what its plans, rounds and orders are of. */
export async function oneTarget(
  options: FleetOptions = {},
  policy: Policy = POLICY,
  step: Id<'step'> = STEP,
  { listed = (target) => target, authority, secretsOver = (files) => files, password }: Peculiar = {},
): Promise<OneTarget> {
  const fleet = await startFleet({ profile: 'openbmc', targets: 1, compromise: true, ...options });
  const state = await mkdtemp(join(tmpdir(), 'cofferdam-one-'));
  const [first] = fleet.targets;
  if (first === undefined) throw new RangeError('a fleet has a target');
  const bmc = password === undefined ? first : { ...first, password };
  if (password !== undefined) first.givePassword(first.userName, password);
  const secrets = secretsOver(fileSecrets({ state }));
  const target = listed(targetOf(bmc, secrets.referenceOf(bmc.id)));
  const { keyring, keys } = await peopleOf(policy);
  const collector = await keyOf('collector');
  const layout = zoneLayout(state, ZONE);
  const store = layout.incident(INCIDENT);
  const objects = openObjects(layout.objects);
  const claims = openClaims(store);

  const base = (person: Name, at: number): Base => ({
    type: 'cofferdam/statement',
    version: 1,
    incident: INCIDENT,
    by: id(person),
    reason: 'test',
    notBefore: time(at - 1000),
    notAfter: time(at + 6 * HOUR),
  });
  const say: OneTarget['say'] = async (person, statement, at = Date.now()) => {
    const signed = await signStatement(statement(base(person, at)), { privateKey: keys[person].privateKey });
    const verified = await verifyStatement(signed, keyring, new Date(at + 60_000));
    const { verb } = verified.statement;
    const { fingerprint } = verified;
    return openStatements(store.statements).put({ ...signed, verb, person: verified.person, fingerprint, storedAt: time(at) });
  };
  const launch = await say('rita', (said) => ({
    ...said,
    verb: 'launch',
    site: digest('1'.repeat(64)),
    policy: keyring.policyDigest,
    runbook: digest('2'.repeat(64)),
    stepTable: STEP_TABLE,
    targets: [target.id],
  }));
  const login = { userName: bmc.userName, password: bmc.password };
  await secrets.write(secrets.referenceOf(bmc.id), { userName: bmc.userName, password: Secret.of(bmc.password) });
  const ground: Ground = {
    ...{ state, zone: ZONE, incident: INCIDENT, launch, target, login, keyring, collector },
    ...(authority === undefined ? {} : { authority }),
  };
  const pins = openPins(layout.pins);
  const vaults = {
    credentials: openCredentials(layout.credentials),
    vaultOf: (reference: string) => secrets.stores.vaultOf(reference),
  };

  async function talk<T>(credential: Login, mode: 'read-only' | 'read-write', work: (connection: Connection) => Promise<T>): Promise<T> {
    const { signal } = new AbortController();
    const keys = ownPin(target.pin, await pins.read(target.id));
    const connection = await connect({ address: target.address, ...keys, credential, mode, signal });
    return work(connection).finally(() => connection.close());
  }

  const one: OneTarget = {
    fleet,
    bmc,
    target,
    ground,
    secrets,
    layout,
    objects,
    claims,
    launch,
    say,
    async withSeries(work) {
      const series = await openSeries(seriesOptionsOf(ground));
      return work(series).finally(() => series.close());
    },
    withConnection: (mode, work) => talk(loginOf(ground), mode, work),
    withOwnLogin: async (work) => talk(await ownLogin(target, vaults), 'read-only', work),
    seal: (...classes) =>
      one.withSeries(async (series) => {
        await series.markComplete(classes);
        await series.seal({ final: false, heads: null, atLeast: null });
      }),
    review: (isolation, as = step) =>
      one.withSeries(async (series) => {
        return one.withOwnLogin(async (connection) => {
          const secret = await ownSecret(target, INCIDENT, listedIn(target), vaults);
          const { pin: required } = ownPin(target.pin, await pins.read(target.id));
          const { row, counts, unsupported } = await planTarget({
            ...{ step: as, target, series, connection, objects, secret, isolation: isolation ?? null },
            authority: authority === undefined ? null : { pem: authority.pem, terms: { kind: 'command', ca: 'ca.pem', ...authority } },
            pins: { required, inventory: target.pin },
            untilRelease: (await openSettings(store.target(target.id).settings).read()).untilRelease,
          });
          return { row, counts, unsupported, plan: readPlan(await objects.get(row.plan)) };
        });
      }),
    async planOf(operation, change) {
      const { identity } = await one.review().then(({ row }) => row);
      const whole: Operation = { ...OPERATION, ...operation };
      const plan: Plan = { step, subject: bmcOf(target), identity, sections: [{ operations: [whole], always: [] }], findings: [] };
      const row: IndexRow = {
        subject: plan.subject,
        identity,
        plan: await objects.put<'plan'>(plan),
        operations: 1,
        effect: 'change',
        impact: 'none',
        destroys: ['sessions', 'accounts'],
        ...change,
      };
      return { plan, row, counts: { ...NO_COUNTS, change: 1, none: 1 } };
    },
    async open({ row, counts }, round = 1, as = step) {
      const page: IndexPage = { zone: ZONE, shard: 0, rows: [row] };
      const pages = [await objects.put<'page'>(page)];
      const index: PlanIndex = { version: 1, step: as, gate: id('change'), round, pages, counts };
      const root = await objects.put<'index'>(index);
      const now = Date.now();
      const times = { openedAt: time(now - 1000), decideBy: time(now + HOUR), executeBy: time(now + 4 * HOUR) };
      await openIndexes(store.indexes).put(id('change'), round, { root, pages, ...times });
      return { gate: id('change'), round, root };
    },
    async approve({ gate, round, root }, person = 'lara', change = {}) {
      const { counts } = readIndex(await objects.get(root));
      await say(person, (said) => ({
        ...said,
        verb: 'approve',
        launch,
        policy: keyring.policyDigest,
        gate,
        round,
        root,
        counts,
        ...change,
      }));
    },
    order: (row, operation = 1, change = {}) => ({
      incident: INCIDENT,
      subject: row.subject,
      plan: row.plan,
      operation,
      round: 1,
      retry: 0,
      release: null,
      ...change,
    }),
    context: (gate, change = {}) => ({
      case: { incident: INCIDENT, launch, home: ZONE },
      step,
      gate,
      scheduledAt: Date.now(),
      ...change,
    }),
    executor: (change) => executorOver(ground, change, secrets),
    attempt: (row, gate, operation = 1) =>
      one.executor().attempt(one.order(row, operation, { round: gate.round }), one.context(gate), new AbortController().signal),
    async close() {
      await fleet.close();
      await rm(state, { recursive: true, force: true });
    },
  };
  return one;
}

const OPERATION: Operation = {
  n: 1,
  version: 1,
  send: { kind: 'redfish', method: 'PATCH', uri: '/redfish/v1', body: null },
  line: 'test',
  limitMs: 20_000,
  before: [],
  after: [],
  proof: { by: 'state' },
  destroys: [],
  impact: 'none',
  undo: null,
};

function bmcOf(target: RedfishTarget): Plan['subject'] {
  return { kind: 'bmc', target: target.id };
}

/** What opens a target, where no other target is opened by it. */
export function secretsOf(listed: Pick<RedfishTarget, 'secret' | 'allow'>, integrations: readonly IntegrationTerms[] = []): OwnSecret {
  const { inventory, ...others } = listedIn(listed, integrations);
  return { ...inventory, ...others, incident: INCIDENT, account: null, also: [] };
}

function listedIn({ secret, allow }: Pick<RedfishTarget, 'secret' | 'allow'>, integrations: readonly IntegrationTerms[] = []) {
  const accounts = allow.accounts.flatMap((account) => (account.secret === undefined ? [] : [{ ...account, secret: account.secret }]));
  return {
    inventory: alone(secret),
    accounts: accounts.map((account) => ({ userName: account.userName, ...alone(account.secret) })),
    snmp: allow.snmp === undefined ? null : alone(allow.snmp.secret),
    integrations,
  };
}

function alone(ref: string): TargetSecret {
  return { ref, sharedWith: [], burnedAt: [] };
}

function targetOf(bmc: FleetTarget, secret: string): RedfishTarget {
  return {
    id: bmc.id,
    address: bmc.address,
    protocol: 'redfish',
    zone: ZONE,
    pin: bmc.pin,
    identity: { serial: bmc.serial, uuid: bmc.uuid },
    secret,
    host: bmc.host,
    class: bmc.class,
    usedBy: ['nightly backup'],
    failureDomain: 'rack-1',
    allow: bmc.allow,
  };
}

async function peopleOf(policy: Policy): Promise<{ keyring: Keyring; keys: Record<Name, GeneratedKey> }> {
  const keys = { rita: await keyOf('rita'), lara: await keyOf('lara'), liam: await keyOf('liam') };
  const person = (name: Name, roles: readonly Id<'role'>[]): Person => ({ id: id(name), name, roles, keys: [keys[name].fingerprint] });
  const people = [person('rita', [id('responder'), id('lead')]), person('lara', [id('lead')]), person('liam', [id('lead')])];
  const certificates = Object.fromEntries(Object.values(keys).map((key) => [key.fingerprint, key.certificate]));
  return { keyring: { people, certificates, policy, policyDigest: digestOf({ people, policy }) }, keys };
}

/** Keys are made once for a test file: they are slow to make and no test depends on a fresh one. */
const KEYS = new Map<string, Promise<GeneratedKey>>();
function keyOf(name: string): Promise<GeneratedKey> {
  const known = KEYS.get(name) ?? generateKey({ name, email: `${name}@example.net` });
  KEYS.set(name, known);
  return known;
}

/** What the BMC was told to change of what was planted, one line a request: a line that comes twice was sent twice. Our own logouts are not among it. */
export function writes({ fleet, bmc }: Pick<OneTarget, 'fleet' | 'bmc'>): readonly string[] {
  const planted = new Set(bmc.planted.map(({ uri }) => uri));
  return fleet.wire.entries
    .filter(({ method, uri }) => method === 'PATCH' || (method !== 'GET' && (planted.has(uri) || uri.includes('/Actions/'))))
    .map(({ method, uri }) => `${method} ${uri}`);
}

/** The planted resource of a kind. */
export function plantedUri({ bmc }: Pick<OneTarget, 'bmc'>, kind: PlantedKind): string {
  const found = bmc.planted.find((planted) => planted.kind === kind);
  if (found === undefined) throw new RangeError(`nothing of kind ${kind} was planted`);
  return found.uri;
}
