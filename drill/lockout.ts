import { keyOf } from './content.js';
import { at, textAt, type JsonObject } from './json.js';
import { DELL_ATTRIBUTES } from './password-rules.js';
import type { Resources } from './resources.js';

/** What a BMC counts of the logins to one account, as it stands on its own side: the ground truth of a rotation that must lock nobody out. */
export interface LoginTruth {
  readonly userName: string;
  readonly uri: string;
  /** Failures since the last good login, as the lock-out counts them. */
  readonly failed: number;
  /** The most that this counter ever stood at. */
  readonly most: number;
  /** All failures. */
  readonly failures: number;
  readonly locked: boolean;
  readonly lockedEver: boolean;
}

/** What makes a BMC lock an account; a threshold of 0 never does. Seconds; a duration of 0 lasts until somebody unlocks. */
export interface LockoutPolicy {
  readonly threshold: number;
  readonly duration: number;
  readonly resetAfter: number;
}

interface Counter {
  failed: number;
  most: number;
  failures: number;
  lastAt: number;
  lockedUntil: number;
  lockedEver: boolean;
}

interface AddressCounter {
  failedAt: number[];
  until: number;
}

/** `locked`: this account. `blocked`, `delayed`: whoever comes from this address, as an iDRAC blocks and an iLO delays. */
export type Kept = 'locked' | 'blocked' | 'delayed';

/** What one BMC does against those who guess. It goes by what its resources say, unless {@link Lockout.enforce} has it go by something that they do not. */
export class Lockout {
  readonly #resources: Resources;
  readonly #service: string;
  readonly #counters = new Map<string, Counter>();
  readonly #addresses = new Map<string, AddressCounter>();
  #enforced: LockoutPolicy | null = null;
  #addressEver = false;

  constructor(resources: Resources, service: string) {
    this.#resources = resources;
    this.#service = service;
  }

  /** From now on this policy holds, whatever the account service shows. */
  enforce(policy: LockoutPolicy): void {
    this.#enforced = policy;
  }

  policy(): LockoutPolicy {
    if (this.#enforced !== null) return this.#enforced;
    const body = this.#resources.json(this.#service) ?? undefined;
    return {
      threshold: numberAt(body, 'AccountLockoutThreshold'),
      duration: numberAt(body, 'AccountLockoutDuration'),
      resetAfter: numberAt(body, 'AccountLockoutCounterResetAfter'),
    };
  }

  /** Why nobody is let in, whatever the password; null when the password decides. */
  keeps(uri: string | null, address: string): Kept | null {
    const now = Date.now();
    if ((this.#addresses.get(address)?.until ?? 0) > now) return this.#resources.vendor.name === 'hpe' ? 'delayed' : 'blocked';
    return uri !== null && this.isLocked(uri) ? 'locked' : null;
  }

  /** Unlocks all that has been locked long enough. */
  expire(): void {
    for (const uri of this.#counters.keys()) this.isLocked(uri);
  }

  /** Unlocks what has been locked long enough. */
  isLocked(uri: string): boolean {
    const counter = this.#counters.get(keyOf(uri));
    if (counter === undefined || counter.lockedUntil === 0) return false;
    if (counter.lockedUntil > Date.now()) return true;
    this.unlock(uri);
    return false;
  }

  failed(uri: string | null, address: string): void {
    this.#failedFrom(address);
    if (uri === null) return;
    const now = Date.now();
    const { threshold, duration, resetAfter } = this.policy();
    const counter = this.#counterOf(uri);
    counter.failures += 1;
    if (this.isLocked(uri)) return;
    const stale = resetAfter > 0 && now - counter.lastAt > resetAfter * 1000;
    counter.failed = stale ? 1 : counter.failed + 1;
    counter.most = Math.max(counter.most, counter.failed);
    counter.lastAt = now;
    if (threshold === 0 || counter.failed < threshold) return;
    counter.lockedUntil = duration === 0 ? Number.POSITIVE_INFINITY : now + duration * 1000;
    counter.lockedEver = true;
    this.#show(uri, true);
  }

  succeeded(uri: string, address: string): void {
    this.#addresses.delete(address);
    const counter = this.#counters.get(keyOf(uri));
    if (counter !== undefined) counter.failed = 0;
  }

  unlock(uri: string): void {
    const counter = this.#counters.get(keyOf(uri));
    if (counter === undefined) return;
    counter.failed = 0;
    if (counter.lockedUntil === 0) return;
    counter.lockedUntil = 0;
    this.#show(uri, false);
  }

  forget(uri: string): void {
    this.#counters.delete(keyOf(uri));
  }

  truth({ uri, userName }: { readonly uri: string; readonly userName: string }): LoginTruth {
    const { failed, most, failures, lockedEver } = this.#counters.get(keyOf(uri)) ?? NOTHING;
    return { userName, uri, failed, most, failures, locked: this.isLocked(uri), lockedEver };
  }

  /** Whether whoever comes from some address was ever blocked or delayed. */
  addressEver(): boolean {
    return this.#addressEver;
  }

  #counterOf(uri: string): Counter {
    const counter = this.#counters.get(keyOf(uri)) ?? { ...NOTHING };
    this.#counters.set(keyOf(uri), counter);
    return counter;
  }

  #failedFrom(address: string): void {
    const guard = this.#addressGuard();
    if (guard === null) return;
    const now = Date.now();
    const counter = this.#addresses.get(address) ?? { failedAt: [], until: 0 };
    counter.failedAt = [...counter.failedAt.filter((time) => now - time < guard.windowMs), now];
    this.#addresses.set(address, counter);
    if (counter.failedAt.length < guard.count) return;
    counter.until = now + guard.penaltyMs;
    this.#addressEver = true;
  }

  #addressGuard(): { readonly count: number; readonly windowMs: number; readonly penaltyMs: number } | null {
    const { vendor } = this.#resources;
    if (vendor.name === 'hpe') {
      const oem = at(this.#resources.json(this.#service) ?? undefined, 'Oem', 'Hpe');
      const seconds = numberAt(oem, 'AuthFailureDelayTimeSeconds');
      // So many failures cost no delay.
      const free = numberAt(oem, 'AuthFailuresBeforeDelay');
      return seconds === 0 ? null : { count: free + 1, windowMs: Number.POSITIVE_INFINITY, penaltyMs: seconds * 1000 };
    }
    if (vendor.name !== 'dell') return null;
    const attributes = at(this.#resources.json(DELL_ATTRIBUTES) ?? undefined, 'Attributes');
    if (textAt(attributes, 'IPBlocking.1.BlockEnable') !== 'Enabled') return null;
    return {
      count: numberAt(attributes, 'IPBlocking.1.FailCount'),
      windowMs: numberAt(attributes, 'IPBlocking.1.FailWindow') * 1000,
      penaltyMs: numberAt(attributes, 'IPBlocking.1.PenaltyTime') * 1000,
    };
  }

  #show(uri: string, Locked: boolean): void {
    const body = this.#resources.json(uri);
    if (body !== null) this.#resources.put(uri, { ...body, Locked });
  }
}

const NOTHING: Counter = { failed: 0, most: 0, failures: 0, lastAt: 0, lockedUntil: 0, lockedEver: false };

function numberAt(value: JsonObject[string] | undefined, name: string): number {
  const found = at(value, name);
  return typeof found === 'number' && found > 0 ? found : 0;
}
