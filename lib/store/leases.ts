import { dirname, join } from 'node:path';
import { z } from 'zod';
import { syncFolder } from '../files/private-file.js';
import { isId, type Id, type Time } from '../model/json.js';
import type { Frozen, Lease } from '../model/lease.js';
import { canonical } from '../trust/canonical.js';
import { digestOfKind, idOf, timeSchema } from '../trust/schemas.js';
import { StoreError } from './error.js';
import { createFile, namesIn, readRecord, removeFile } from './files.js';

/**
 * The freeze leases of one zone: a file for each frozen target, outside of any incident. None ends by itself. Whoever takes one or gives it back
 * holds the target's lock; taking is exclusive even without. A record that cannot be read counts as held: RECORD_UNREADABLE.
 */
export interface Leases {
  /** Null: the target is not frozen. */
  get(target: Id<'target'>): Promise<Lease | null>;
  /** For who only asks: never fails over a record, since whatever lies there freezes. */
  look(target: Id<'target'>): Promise<Frozen | null>;
  /** Everything that is frozen, by target, unreadable records too. */
  list(): Promise<readonly Frozen[]>;
  /** Durable when it returns. An incident's own lease stays as it was taken first; LEASE_HELD names another incident that has it. */
  take(target: Id<'target'>, owner: Pick<Lease, 'incident' | 'launch'>, at: Time): Promise<Lease>;
  /** Giving back what was given back before changes nothing; another incident's is LEASE_HELD. */
  giveBack(target: Id<'target'>, incident: Id<'incident'>): Promise<void>;
}

export function openLeases(folder: string): Leases {
  const pathOf = (target: Id<'target'>): string => join(folder, `${target}.json`);

  async function get(target: Id<'target'>): Promise<Lease | null> {
    const lease = await readRecord(pathOf(target), leaseSchema);
    if (lease !== null && lease.target !== target)
      throw new StoreError(
        'RECORD_UNREADABLE',
        `${pathOf(target)} speaks of ${lease.target}; it was changed on disk, and the target stays frozen`,
      );
    return lease;
  }

  async function look(target: Id<'target'>): Promise<Frozen | null> {
    try {
      const lease = await get(target);
      return lease === null ? null : { target, incident: lease.incident, since: lease.takenAt };
    } catch {
      return { target, incident: null, since: null };
    }
  }

  async function take(target: Id<'target'>, { incident, launch }: Pick<Lease, 'incident' | 'launch'>, at: Time): Promise<Lease> {
    const lease: Lease = { target, incident, launch, takenAt: at };
    if (await createFile(pathOf(target), canonical(lease))) return lease;
    const found = await get(target);
    // Given back between the two looks.
    if (found === null) return take(target, { incident, launch }, at);
    requireOwn(found, incident);
    return found;
  }

  return {
    get,
    look,
    async list() {
      const targets = (await namesIn(folder)).map((name) => name.slice(0, -'.json'.length)).filter((name) => isId<'target'>(name));
      return (await Promise.all(targets.sort().map(look))).filter((one) => one !== null);
    },
    take,
    async giveBack(target, incident) {
      const lease = await get(target);
      if (lease === null) return;
      requireOwn(lease, incident);
      await removeFile(pathOf(target));
      // A power cut must not freeze the target again for nobody.
      await syncFolder(dirname(pathOf(target)));
    },
  };
}

function requireOwn(lease: Lease, incident: Id<'incident'>): void {
  if (lease.incident === incident) return;
  throw new StoreError(
    'LEASE_HELD',
    `${lease.target} is frozen by incident ${lease.incident} since ${lease.takenAt}; it must be released there`,
    {
      incident: lease.incident,
    },
  );
}

const leaseSchema = z.strictObject({
  target: idOf<'target'>(),
  incident: idOf<'incident'>(),
  launch: digestOfKind<'statement'>(),
  takenAt: timeSchema,
}) satisfies z.ZodType<Lease>;
