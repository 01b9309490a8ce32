import type { Operation, Order } from '../model/operation.js';
import type { Plan } from '../model/plan.js';
import type { Claims } from '../store/claims.js';

/**
 * What of a plan holds on its subject by what is on record of its operations, whatever its step came to: a freeze whose last proof failed has closed what
 * it closed. An operation whose last outcome is unknown is left out, since nobody can say; so is what a section ends with when the section never began.
 */
export async function inForce(claims: Claims, plan: Pick<Plan, 'sections'>, order: Omit<Order, 'operation'>): Promise<Plan['sections']> {
  const sections = await Promise.all(
    plan.sections.map(async ({ operations, always }) => {
      const [first, ...more] = await holding(claims, operations, order);
      return first === undefined ? [] : [{ operations: [first, ...more] as const, always: await holding(claims, always, order) }];
    }),
  );
  return sections.flat();
}

async function holding(claims: Claims, operations: readonly Operation[], order: Omit<Order, 'operation'>): Promise<Operation[]> {
  const held = await Promise.all(operations.map(async ({ n }) => holds(claims, { ...order, operation: n })));
  return operations.filter((_, at) => held[at]);
}

/** By the newest retry that came to it. */
async function holds(claims: Claims, order: Order): Promise<boolean> {
  for (let retry = order.retry; retry >= 0; retry--) {
    const tried = { ...order, retry };
    const outcome = await claims.outcome(tried);
    if (outcome !== null) return outcome.is === 'done' || outcome.is === 'already';
    if ((await claims.find(tried, null)) !== null) return false;
  }
  return false;
}
