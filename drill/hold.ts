import { keyOf } from './content.js';

/** `before`: the request has arrived and nothing of it is applied. `after`: it is applied and nothing of the answer is sent. */
export type HoldAt = 'before' | 'after';

/** One request, stopped at one point. */
export interface Hold {
  /** Settles when a matching request stands at the point. */
  readonly reached: Promise<void>;
  /** Lets it go on, even when the client is gone meanwhile: a real BMC would not know. */
  release(): void;
  /** Breaks its connection instead: not applied (`before`), or applied without an answer (`after`). */
  drop(): void;
}

type Way = 'go' | 'drop';

interface Waiting {
  readonly request: { readonly method: string; readonly uri?: string };
  readonly at: HoldAt;
  readonly reach: () => void;
  readonly way: Promise<Way>;
  readonly settle: (way: Way) => void;
}

/** The holds set on one BMC; each catches one request. */
export class Holds {
  readonly #waiting: Waiting[] = [];
  readonly #standing = new Set<Waiting>();

  add(request: { readonly method: string; readonly uri?: string }, at: HoldAt): Hold {
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    let settle: (way: Way) => void = () => undefined;
    const way = new Promise<Way>((resolve) => (settle = resolve));
    this.#waiting.push({ request, at, reach, way, settle });
    return { reached, release: () => settle('go'), drop: () => settle('drop') };
  }

  /** Called by the server at each point; waits when a hold asks for this request. */
  async reach(request: { readonly method: string; readonly uri: string }, at: HoldAt): Promise<Way> {
    const place = this.#waiting.findIndex(
      (hold) =>
        hold.at === at &&
        hold.request.method === request.method &&
        (hold.request.uri === undefined || keyOf(hold.request.uri) === keyOf(request.uri)),
    );
    const [hold] = place < 0 ? [] : this.#waiting.splice(place, 1);
    if (hold === undefined) return 'go';
    this.#standing.add(hold);
    hold.reach();
    const way = await hold.way;
    this.#standing.delete(hold);
    return way;
  }

  dropAll(): void {
    this.#waiting.length = 0;
    for (const hold of this.#standing) hold.settle('drop');
  }
}
