import type { Fleet, FleetTarget } from '../../drill/fleet.js';

/** The fleet's first BMC of a class that starts so. */
export function targetOf(fleet: Fleet, kind: string): FleetTarget {
  const found = fleet.targets.find((target) => target.class.startsWith(kind));
  if (found === undefined) throw new Error(`no ${kind} in the fleet`);
  return found;
}
