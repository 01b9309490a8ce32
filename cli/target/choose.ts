import type { Id } from '../../lib/model/json.js';
import type { Inventory, RedfishTarget, Target } from '../../lib/model/site.js';
import { hint } from '../../lib/site/suggest.js';
import { CliError } from '../error.js';

/** The targets that were named, or all; in the order of the inventory, each once. */
export function chooseTargets(
  inventory: Inventory,
  named: { readonly targets: readonly Id<'target'>[]; readonly all: boolean },
): readonly Target[] {
  if (named.all && named.targets.length > 0)
    throw new CliError('USAGE', 'targets and --all exclude each other', { fix: 'name targets, or give --all' });
  if (named.all && inventory.targets.length > 0) return inventory.targets;
  if (named.targets.length === 0)
    throw new CliError('USAGE', 'no targets are named', { fix: 'name them, or give --all; see them with: cofferdam target list' });
  for (const target of named.targets) findTarget(inventory, target);
  const wanted = new Set(named.targets);
  return inventory.targets.filter((target) => wanted.has(target.id));
}

/** Throws NOT_FOUND with the nearest name. */
export function findTarget(inventory: Inventory, target: Id<'target'>): Target {
  const found = inventory.targets.find(({ id }) => id === target);
  if (found !== undefined) return found;
  throw new CliError('NOT_FOUND', `the inventory has no target ${target}`, {
    why: hint(
      target,
      inventory.targets.map(({ id }) => id),
    ),
    fix: 'see the targets with: cofferdam target list',
  });
}

/** One whose TLS key can be seen, compared and trusted. */
export function findRedfishTarget(inventory: Inventory, target: Id<'target'>): RedfishTarget {
  const found = findTarget(inventory, target);
  if (found.protocol === 'redfish') return found;
  throw new CliError('USAGE', `${target} speaks IPMI, which has no key to look at`, { fix: 'name a target with `protocol: redfish`' });
}
