import type { Enforcer, InForce } from '../../lib/isolation/enforcer.js';
import { enforcerIdentity } from '../../lib/isolation/identity.js';
import type { Rules } from '../../lib/model/isolation.js';
import { id, time, type Digest } from '../../lib/model/json.js';
import type { Operation, Outcome, Subject } from '../../lib/model/operation.js';
import { NO_COUNTS, type Counts, type IndexPage, type IndexRow, type Plan, type PlanIndex } from '../../lib/model/plan.js';
import type { Release } from '../../lib/model/statement.js';
import type { GateRef } from '../../lib/model/work.js';
import { ExecutorError } from '../../lib/operations/error.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { identityDigest } from '../../lib/redfish/identity.js';
import { openIndexes } from '../../lib/store/indexes.js';
import { NOBODY } from './nobody.js';
import { INCIDENT, type Name, type OneTarget } from './one-target.js';

export const GATEWAY = { kind: 'enforcer', zone: id<'zone'>('zone-a'), name: id<'enforcer'>('gateway') } as const;
const IDENTITY = 'gateway 1';
const HOUR = 3_600_000;

export type Part = Partial<Operation> & Pick<Operation, 'send'>;

/** A plan that lies under a round of a gate. */
export interface Planned {
  readonly row: IndexRow;
  readonly gate: GateRef;
}

export interface Sections {
  readonly subject: Subject;
  readonly step: string;
  /** Operations are numbered as they come. */
  readonly sections: readonly (readonly [Part, ...Part[]])[];
  readonly gate?: string;
  readonly round?: number;
  readonly openedAt?: number;
  readonly row?: Partial<IndexRow>;
  readonly counts?: Partial<Counts>;
}

/** Stores plan, page, index and round as a zone would, by the launch alone where no gate is named. */
export async function planned(one: OneTarget, wanted: Sections): Promise<Planned> {
  const { subject, sections, gate = 'launch', round = 1, openedAt = Date.now() } = wanted;
  const step = id<'step'>(wanted.step);
  const identity = subject.kind === 'bmc' ? identityDigest(one.target.identity) : enforcerIdentity(IDENTITY);
  let n = 0;
  const numbered = (part: Part): Operation => ({ ...OPERATION, ...part, n: ++n });
  const plan: Plan = {
    step,
    subject,
    identity,
    sections: sections.map(([first, ...more]) => ({ operations: [numbered(first), ...more.map(numbered)], always: [] })),
    findings: [],
  };
  const row: IndexRow = {
    subject,
    identity,
    plan: await one.objects.put<'plan'>(plan),
    operations: n,
    effect: 'contain',
    impact: 'none',
    destroys: ['network'],
    ...wanted.row,
  };
  const page: IndexPage = { zone: GATEWAY.zone, shard: 0, rows: [row] };
  const pages = [await one.objects.put<'page'>(page)];
  const counts = { ...NO_COUNTS, contain: 1, none: 1, ...wanted.counts };
  const index: PlanIndex = { version: 1, step, gate: id(gate), round, pages, counts };
  const root = await one.objects.put<'index'>(index);
  const times = { openedAt: time(openedAt), decideBy: time(openedAt + HOUR), executeBy: time(openedAt + 4 * HOUR) };
  await openIndexes(one.layout.incident(INCIDENT).indexes).put(id(gate), round, { root, pages, ...times });
  return { row, gate: { gate: id(gate), round, root } };
}

const OPERATION: Omit<Operation, 'send'> = {
  n: 1,
  version: 1,
  line: 'test',
  limitMs: 20_000,
  before: [],
  after: [],
  proof: { by: 'state' },
  destroys: [],
  impact: 'none',
  undo: null,
};

export interface Try {
  readonly operation?: number;
  readonly retry?: number;
  readonly release?: Digest<'statement'> | null;
  readonly over?: (deps: ExecutorDeps) => ExecutorDeps;
}

/** One attempt. */
export async function tried(one: OneTarget, { row, gate }: Planned, step: string, how: Try = {}): Promise<Outcome> {
  const { operation = 1, retry = 0, release = null, over } = how;
  const order = one.order(row, operation, { retry, release, round: gate.round });
  return one.executor(over).attempt(order, one.context(gate, { step: id<'step'>(step) }), new AbortController().signal);
}

/** What one attempt came to, in codes. */
export async function ended(work: Promise<Outcome>): Promise<readonly unknown[]> {
  return work.then(
    (outcome) => ('code' in outcome ? [outcome.is, outcome.code] : [outcome.is]),
    (error: unknown) => {
      if (!(error instanceof ExecutorError)) throw error;
      return [error.code, error.reason];
    },
  );
}

/** Attempts as the engine would: again after what is not final. */
export async function settled(work: () => Promise<Outcome>): Promise<readonly unknown[]> {
  for (let attempt = 0; attempt < 30; attempt++) {
    const error = await work().catch((thrown: unknown) => thrown);
    if (error instanceof ExecutorError && !error.final) continue;
    return ended(error instanceof Error ? Promise.reject(error) : work());
  }
  throw new RangeError('never settled');
}

export function releaseBy(
  one: OneTarget,
  who: Name,
  change: Partial<Pick<Release, 'steps' | 'subjects'>> = {},
  at?: number,
): Promise<Digest<'statement'>> {
  return one.say(who, (said) => ({ ...said, verb: 'release', launch: one.launch, steps: [], subjects: [], ...change }), at);
}

/** An enforcer in memory that remembers what it was told; for decisions only. */
export class Gateway implements Enforcer {
  state: InForce = { rules: null, armed: false, intact: true };
  readonly applied: (Rules | null)[] = [];
  /** Called with each change before it is answered; may throw, as when the answer is lost. */
  answer: () => void = () => undefined;
  /** False: it says yes and does nothing. */
  obeys = true;

  identify(): Promise<string> {
    return Promise.resolve(IDENTITY);
  }

  witness(): ReturnType<Enforcer['witness']> {
    return Promise.resolve({ files: [{ name: 'conntrack.txt', how: 'test', body: Buffer.from('flows') }], missing: [] });
  }

  inForce(): Promise<InForce> {
    return Promise.resolve(this.state);
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  async apply(rules: Rules | null, armedForS: number | null): Promise<void> {
    this.applied.push(rules);
    if (this.obeys) this.state = { rules, armed: armedForS !== null, intact: true };
    await Promise.resolve();
    this.answer();
  }

  get over(): (deps: ExecutorDeps) => ExecutorDeps {
    return (deps) => ({ ...deps, enforcer: () => Promise.resolve({ enforcer: this, vantages: [], askVantage: NOBODY }) });
  }
}

export function rulesOf(change: Partial<Rules> = {}): Rules {
  return {
    incident: INCIDENT,
    scope: 'segment',
    inside: ['10.20.0.0/24'],
    responders: ['10.9.0.5', '10.9.0.6'],
    fallback: [],
    allowances: [],
    ...change,
  };
}
