import { MockActivityEnvironment } from '@temporalio/testing';
import { createIsolationActivities, planEnforcer } from '../../activities/isolation.js';
import { openZone, type Zone } from '../../activities/zone.js';
import { openEnforcer } from '../../lib/isolation/open.js';
import { DEPENDENCIES, type Containment } from '../../lib/model/isolation.js';
import { id, time, type Digest } from '../../lib/model/json.js';
import type { Order, Outcome, Send } from '../../lib/model/operation.js';
import type { Counts, IndexPage, IndexRow, PlanIndex } from '../../lib/model/plan.js';
import type { Isolation, NftablesTerms } from '../../lib/model/isolation-terms.js';
import type { GateRef } from '../../lib/model/work.js';
import { ExecutorError } from '../../lib/operations/error.js';
import type { AttemptContext } from '../../lib/operations/job.js';
import { loadConfig } from '../../lib/site/config.js';
import { initSite } from '../../lib/site/init.js';
import { loadSite } from '../../lib/site/load.js';
import { openIndexes } from '../../lib/store/indexes.js';
import { readPlan } from '../../lib/trust/read-plan.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { openStores } from '../../lib/vault/stores.js';
import { probeProgram } from '../lib/isolation/support.js';
import { executorOver, type Ground } from '../support/executor-over.js';
import { NOBODY } from '../support/nobody.js';
import { INCIDENT, oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { PEOPLE, target } from '../support/site-fixture.js';
import { HOSTS, PORT, type Host, type Lab, type Place } from './lab.js';
import { localTerms } from './rules.js';

/** The lab's gateway as an enforcer of a real zone: a launched incident, its planner, its executor, and what looks at it again. */
export interface Enforced {
  readonly one: OneTarget;
  readonly ground: Ground;
  /** Plans anew, as a round of its own under the launch. */
  plan(change?: (send: Send) => Send): Promise<Round>;
  order(round: Round, operation: number, change?: Partial<Order>): Order;
  context(round: Round): AttemptContext;
  /** As the engine goes on, until it settles or is refused. */
  carryOut(round: Round, operation: number, change?: Partial<Order>): Promise<string>;
  /** All operations; backwards under a release. */
  carryOutAll(round: Round, release?: Digest<'statement'>): Promise<readonly string[]>;
  /** Lara signs that it is lifted. */
  release(): Promise<Digest<'statement'>>;
  check(round: Round): Promise<Containment>;
  /** The same executor, where the gateway is reached in another way. */
  over(terms: NftablesTerms): Pick<Enforced, 'carryOut'>;
  /** Takes our rules away behind everybody's back. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface Round {
  readonly gate: GateRef;
  readonly row: IndexRow;
  readonly counts: Counts;
}

export const ISOLATE = id<'step'>('isolate');
export const GATEWAY = id<'enforcer'>('gateway-1');

export async function openEnforced(lab: Lab, change: (isolation: Isolation) => Isolation = (same) => same): Promise<Enforced> {
  const one = await oneTarget({ profile: 'small', compromise: false }, POLICY, ISOLATE);
  const isolation = change(await isolationOf(lab));
  const ground: Ground = { ...one.ground, isolation };
  const zone = await zoneOver(lab, one, isolation);
  const { launch } = one;
  const known = { incident: INCIDENT, launch, home: ground.zone };
  const { signal } = new AbortController();
  const [terms] = isolation.enforcers;
  if (terms === undefined) throw new RangeError('the lab has an enforcer');
  let rounds = 0;

  const enforced: Enforced = {
    one,
    ground,
    async plan(alter = (same) => same) {
      const { row, counts } = await planEnforcer(zone, { case: known, target: id(GATEWAY), step: ISOLATE }, signal);
      const plan = readPlan(await one.objects.get(row.plan));
      const sections = plan.sections.map((section) => {
        const [first, ...more] = section.operations.map((operation) => ({ ...operation, send: alter(operation.send) }));
        if (first === undefined) throw new RangeError('a section has an operation');
        return { ...section, operations: [first, ...more] as const };
      });
      const altered = { ...row, plan: await one.objects.put<'plan'>({ ...plan, sections }) };
      rounds += 1;
      return { gate: await openRound(one, altered, counts, rounds), row: altered, counts };
    },
    order: ({ gate, row }, operation, more = {}) => one.order(row, operation, { round: gate.round, ...more }),
    context: ({ gate }) => one.context(gate),
    async carryOut(round, operation, more = {}) {
      for (let attempt = 0; attempt < 20; attempt++) {
        const order = enforced.order(round, operation, more);
        const end = await executorOver(ground)
          .attempt(order, enforced.context(round), signal)
          .then(told, (error: unknown) => error);
        if (typeof end === 'string') return end;
        if (!(end instanceof ExecutorError)) throw end;
        if (end.final) return `${end.code} ${end.reason}`;
      }
      throw new RangeError('never settled');
    },
    async carryOutAll(round, release) {
      const numbers = Array.from({ length: round.row.operations }, (_, at) => at + 1);
      const ends: string[] = [];
      for (const operation of release === undefined ? numbers : numbers.reverse())
        ends.push(await enforced.carryOut(round, operation, { release: release ?? null }));
      return ends;
    },
    release: () => one.say('lara', (said) => ({ ...said, verb: 'release', launch, steps: [ISOLATE], subjects: [] })),
    check: ({ gate }) =>
      new MockActivityEnvironment().run(createIsolationActivities(zone).checkContainment, { case: known, enforcer: GATEWAY, gate }),
    over: (other) => ({
      carryOut: (round, operation, more = {}) =>
        settled(
          { ...ground, isolation: { ...isolation, enforcers: [other] } },
          enforced.order(round, operation, more),
          enforced.context(round),
        ),
    }),
    clear: () => {
      const nothing = null;
      return openEnforcer(terms, { signal }).apply(nothing, null);
    },
    close: () => one.close(),
  };
  return enforced;
}

/** As the engine goes on: again after what is not final. */
async function settled(ground: Ground, order: Order, context: AttemptContext): Promise<string> {
  const { signal } = new AbortController();
  for (let attempt = 0; attempt < 20; attempt++) {
    const end = await executorOver(ground)
      .attempt(order, context, signal)
      .then(told, (error: unknown) => error);
    if (typeof end === 'string') return end;
    if (!(end instanceof ExecutorError)) throw end;
    if (end.final) return `${end.code} ${end.reason}`;
  }
  throw new RangeError('never settled');
}

function told(outcome: Outcome): string {
  return 'code' in outcome ? `${outcome.is} ${outcome.code}` : outcome.is;
}

/** Vantage points are the hosts of the lab, with the reference program. */
export async function isolationOf(lab: Lab): Promise<Isolation> {
  const program = [...(await probeProgram({ path: lab.folder })), '--timeout-ms', '700'];
  const at = (host: Host): readonly string[] => [...lab.prefix(host), ...program];
  const { attacker, bmc1, bmc2 } = lab.addresses;
  const inside = lab.gatewayOf('bmc2');
  const outside = lab.gatewayOf('attacker');
  return {
    scope: 'segment',
    segment: lab.segment,
    responders: ['10.66.10.0/24', 'fd66:10::/64'],
    fallback: ['10.66.11.2', 'fd66:11::2'],
    allowances: [inside.v4, inside.v6].map((to) => ({ to, protocol: 'tcp', port: PORT, reason: 'ntp of the gateway' })),
    accepted: DEPENDENCIES.map((dependency) => ({ dependency, reason: 'a lab' })),
    enforcers: [localTerms(lab)],
    watchSeconds: 300,
    vantages: [
      { name: id('jump'), at: 'responder', command: at('jump') },
      {
        name: id('office'),
        at: 'outside',
        command: at('attacker'),
        controls: endpoints(outside.v4, outside.v6),
        blocked: endpoints(bmc1.v6, bmc2.v4, bmc2.v6),
      },
      {
        name: id('rack'),
        at: 'inside',
        command: at('bmc2'),
        controls: endpoints(inside.v4, inside.v6),
        blocked: endpoints(attacker.v4, attacker.v6),
      },
    ],
  };
}

function endpoints(...addresses: readonly string[]): readonly string[] {
  return addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${String(PORT)}`);
}

async function zoneOver(lab: Lab, { ground }: OneTarget, isolation: Isolation): Promise<Zone> {
  const made = await initSite({
    dir: `${lab.folder}/site-${ground.launch.slice(0, 8)}`,
    state: `${lab.folder}/state-${ground.launch.slice(0, 8)}`,
    name: id('lab'),
    people: PEOPLE,
    targets: [{ ...target(ground.target.id), address: `https://${lab.addresses.bmc1.v4}`, zone: ground.zone }],
    zones: [{ id: ground.zone, title: 'Lab', isolation }],
    engineAddress: '127.0.0.1:7233',
    drill: true,
  });
  const zone = openZone({
    id: ground.zone,
    siteDir: made.dir,
    state: ground.state,
    config: await loadConfig(made.state),
    secrets: openStores(new Map([['file', new FileStore(`${made.state}/secrets`)]])),
    collector: ground.collector,
    host: 'test',
    askVantage: NOBODY,
  });
  const site = await loadSite(made.dir);
  return { ...zone, snapshot: () => Promise.resolve(site) };
}

/** The launch is the gate: nobody has to approve what only contains. */
async function openRound({ layout, objects, ground }: OneTarget, row: IndexRow, counts: Counts, round: number): Promise<GateRef> {
  const page: IndexPage = { zone: ground.zone, shard: 0, rows: [row] };
  const pages = [await objects.put<'page'>(page)];
  const gate = id<'gate'>('launch');
  const index: PlanIndex = { version: 1, step: ISOLATE, gate, round, pages, counts };
  const root = await objects.put<'index'>(index);
  const openedAt = Date.now();
  const times = { openedAt: time(openedAt), decideBy: time(openedAt + HOUR), executeBy: time(openedAt + HOUR) };
  await openIndexes(layout.incident(INCIDENT).indexes).put(gate, round, { root, pages, ...times });
  return { gate, round, root };
}

const HOUR = 3_600_000;

/** Who reaches the first BMC, over IPv4 and IPv6. */
export async function whoReaches(lab: Lab, ...places: readonly Place[]): Promise<Readonly<Record<string, readonly boolean[]>>> {
  const { v4, v6 } = lab.addresses.bmc1;
  const tries = (place: Place): Promise<readonly boolean[]> => Promise.all([v4, v6].map((address) => lab.agent(place).reaches(address)));
  return Object.fromEntries(await Promise.all(places.map(async (place) => [place, await tries(place)] as const)));
}

/** Everybody who may be outside. */
export const OUTSIDE = HOSTS.filter((host) => host === 'jump' || host === 'fallback' || host === 'attacker');

export const IN: readonly boolean[] = [true, true];
export const OUT: readonly boolean[] = [false, false];
