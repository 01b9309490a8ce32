import type { Desk } from '../../cli/desk.js';
import type { GateView } from '../../lib/model/incident.js';
import { id, type Id } from '../../lib/model/json.js';
import type { Operation } from '../../lib/model/operation.js';
import { NO_COUNTS, type IndexPage, type IndexRow, type Plan, type PlanIndex } from '../../lib/model/plan.js';
import { canonical, digestOf } from '../../lib/trust/canonical.js';
import { gateOf } from './incident-view.js';

/** The stores of zones as a desk reads them: what a worker would have written, for tests that lie in one place. */
export class PlanStore {
  readonly objects = new Map<string, string>();

  put(value: object): string {
    const digest = digestOf(value);
    this.objects.set(digest, canonical(value));
    return digest;
  }

  readonly read: Desk['read'] = async (_zone, _incident, digest) => {
    const text = this.objects.get(digest);
    return text === undefined ? null : Buffer.from(text);
  };
}

export function operation(n: number, change: Partial<Operation> = {}): Operation {
  return {
    n,
    version: 1,
    send: { kind: 'redfish', method: 'PATCH', uri: `/redfish/v1/AccountService/Accounts/${String(n)}`, body: { Enabled: false } },
    line: `disable account ${String(n)}`,
    limitMs: 1000,
    before: [],
    after: [],
    proof: { by: 'state' },
    destroys: ['accounts'],
    impact: 'none',
    undo: null,
    ...change,
  };
}

export interface Lies {
  readonly plan?: (plan: Plan) => Plan;
  readonly row?: (row: IndexRow) => IndexRow;
  readonly page?: (page: IndexPage) => IndexPage;
  readonly index?: (index: PlanIndex) => PlanIndex;
}

/** Two operations on r1, nothing on r2, all in zone a; each lie is told before the digest above it is computed. */
export function storedGate(lies: Lies = {}): { readonly store: PlanStore; readonly gate: GateView; readonly index: PlanIndex } {
  const store = new PlanStore();
  const same = <T>(value: T): T => value;
  const row = (target: Id<'target'>, operations: readonly [Operation, ...Operation[]] | readonly []): IndexRow => {
    const plan: Plan = {
      step: id('review-access'),
      subject: { kind: 'bmc', target },
      identity: digestOf(target),
      sections: operations.map((one) => ({ operations: [one], always: [] })),
      findings: [],
    };
    const told = (lies.plan ?? same)(plan);
    store.put(told);
    const acts = operations.length > 0;
    return (lies.row ?? same)({
      subject: plan.subject,
      identity: plan.identity,
      plan: digestOf(told),
      operations: operations.length,
      effect: acts ? 'change' : 'observe',
      impact: 'none',
      destroys: acts ? ['accounts'] : [],
    });
  };
  const rows = [row(id('r1'), [operation(1), operation(2)]), row(id('r2'), [])];
  const page = (lies.page ?? same)({ zone: id('a'), shard: 100, rows });
  store.put(page);
  const index = (lies.index ?? same)({
    version: 1,
    step: id('review-access'),
    gate: id('change'),
    round: 1,
    pages: [digestOf(page)],
    counts: { ...NO_COUNTS, change: 2, none: 2 },
  });
  store.put(index);
  return { store, index, gate: gateOf({ root: digestOf(index), counts: index.counts }) };
}
