import { liftIn } from '../model/closing.js';
import type { Operation, Order, Section } from '../model/operation.js';
import type { Plan } from '../model/plan.js';
import type { Claims } from '../store/claims.js';
import { wasBegun } from './begun.js';

type Terms = Omit<Order, 'operation'>;

/**
 * What of a plan holds on its subject by what is on record of its operations, whatever its step came to: a freeze whose last proof failed has closed what
 * it closed. An operation whose last outcome is unknown is left out, since nobody can say; so is what a section ends with when the section never began.
 */
export async function inForce(claims: Claims, plan: Pick<Plan, 'sections'>, order: Terms): Promise<Plan['sections']> {
  const sections = await Promise.all(
    plan.sections.map(async (section) => {
      const [first, ...more] = await holding(claims, section, order);
      return first === undefined ? [] : [{ operations: [first, ...more] as const, always: [] }];
    }),
  );
  return sections.flat();
}

/** A lock that a section lifts is never frozen open: once the lift was tried it has to be set, whatever became of setting it again. */
async function holding(claims: Claims, section: Section, order: Terms): Promise<readonly Operation[]> {
  const { lifts, sets } = liftIn(section);
  const held = await those(section.operations, ({ n }) => holds(claims, { ...order, operation: n }));
  const lifted = await those(
    section.operations,
    async ({ n }) => lifts.includes(n) && (await wasBegun(claims, { ...order, operation: n })),
  );
  if (held.length === 0 && lifted.length === 0) return [];
  const ends = await those(section.always, async ({ n }) => sets.includes(n) || (await holds(claims, { ...order, operation: n })));
  return [...held.filter(({ n }) => !lifts.includes(n)), ...ends];
}

async function those(operations: readonly Operation[], is: (operation: Operation) => Promise<boolean>): Promise<readonly Operation[]> {
  const found = await Promise.all(operations.map(is));
  return operations.filter((_, at) => found[at]);
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
