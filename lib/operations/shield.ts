/** A signal that follows another one, but not in the middle of an act. */
export interface Shield {
  readonly signal: AbortSignal;
  /** While this runs the outer signal waits; it fires afterwards if it fired meanwhile. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export function shielded(outer: AbortSignal): Shield {
  const own = new AbortController();
  let raised = 0;
  const follow = (): void => {
    if (outer.aborted && raised === 0) own.abort(outer.reason);
  };
  outer.addEventListener('abort', follow, { once: true });
  follow();
  return {
    signal: own.signal,
    async during(work) {
      raised += 1;
      try {
        return await work();
      } finally {
        raised -= 1;
        follow();
      }
    },
  };
}
