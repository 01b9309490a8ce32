import type { Digest, Id, Time } from '../model/json.js';

export interface Lease {
  readonly target: Id<'target'>;
  readonly incident: Id<'incident'>;
  readonly launch: Digest<'statement'>;
  readonly takenAt: Time;
}

export interface Leases {
  get(target: Id<'target'>): Promise<Lease | null>;
  list(): Promise<readonly Lease[]>;
  take(target: Id<'target'>, by: Pick<Lease, 'incident' | 'launch'>, at: number): Promise<Lease>;
  giveBack(target: Id<'target'>, incident: Id<'incident'>): Promise<void>;
}

export function openLeases(folder: string): Leases {
  throw new RangeError(folder);
}
