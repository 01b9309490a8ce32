/** What becomes of a new password. `new` is the honest way; the others are what a BMC does that lies, tires or breaks. */
export type Taking = 'new' | 'old' | 'both' | 'neither' | { readonly afterMs: number } | { readonly cutAt: number };

interface Held {
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

/** What logs in to the accounts of one BMC. No resource shows it. */
export class Passwords {
  readonly #held = new Map<string, readonly Held[]>();
  readonly #known = new Set<string>();

  /** From now on this one alone. */
  set(uri: string, text: string): void {
    this.#known.add(text);
    this.#held.set(uri, [held(text)]);
  }

  take(uri: string, text: string, taking: Taking): void {
    this.#known.add(text);
    const now = Date.now();
    const valid = this.#valid(uri, now);
    if (taking === 'old') return;
    if (taking === 'neither') this.#held.set(uri, []);
    else if (taking === 'both') this.#held.set(uri, [...valid, held(text)]);
    else if (taking === 'new') this.set(uri, text);
    else if ('cutAt' in taking) this.set(uri, Buffer.from(text).subarray(0, taking.cutAt).toString());
    else {
      const at = now + taking.afterMs;
      this.#held.set(uri, [...valid.map((one) => ({ ...one, until: Math.min(one.until, at) })), { ...held(text), from: at }]);
    }
  }

  works(uri: string, text: string): boolean {
    return this.#valid(uri, Date.now()).some((one) => one.text === text);
  }

  /** Every text that was ever taken. */
  all(): readonly string[] {
    return [...this.#known];
  }

  remove(uri: string): void {
    this.#held.delete(uri);
  }

  #valid(uri: string, now: number): readonly Held[] {
    return (this.#held.get(uri) ?? []).filter(({ from, until }) => from <= now && now < until);
  }
}

function held(text: string): Held {
  return { text, from: 0, until: Number.POSITIVE_INFINITY };
}
