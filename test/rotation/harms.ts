import { expect } from 'vitest';
import { WorkerDied } from '../support/as-the-engine.js';
import { counted } from '../support/counted.js';
import type { End, Rotating } from '../support/rotating.js';

type Make = () => Promise<Rotating>;

/** What an undisturbed rotation does to disk, vault and device, operation by operation. */
export async function stepsOf(make: Make): Promise<readonly string[]> {
  await using here = await make();
  const steps = counted(() => undefined);
  await here.goOn({ over: (deps) => steps.over(deps) });
  return steps.names;
}

/** The worker dies at one step: nothing of it happens afterwards, whoever catches what. Other workers go on. */
export async function dyingAt(here: Rotating, dieAt: number, when: 'before' | 'after'): Promise<End> {
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const end = await here.goOn({
    over: (deps) => (died ? deps : steps.over(deps)),
    between: () => {
      died ||= dead;
      return Promise.resolve();
    },
  });
  expect(dead).toBe(true);
  return end;
}

interface Request {
  readonly method: string;
  readonly uri: string;
  /** How many like it were asked before. */
  readonly nth: number;
}

/** What the BMC is asked from the first operation to the last; one read is like another, since reads are asked again. */
export async function requestsOf(make: Make): Promise<readonly Request[]> {
  await using here = await make();
  const { wire } = here.one.fleet;
  const before = wire.entries.length;
  await here.goOn();
  const seen = new Map<string, number>();
  return wire.entries.slice(before).map(({ method, uri: asked }) => {
    const uri = asked.replace(/\/Sessions\/[^/]+$/, '/Sessions/');
    const nth = seen.get(`${method} ${uri}`) ?? 0;
    seen.set(`${method} ${uri}`, nth + 1);
    return { method, uri, nth };
  });
}

/** Its answer is lost, before or after the BMC acts on it. Sessions have numbers of their own each time, and are known by their collection. */
export async function dropNth({ one }: Rotating, { method, uri, nth }: Request, at: 'before' | 'after'): Promise<void> {
  for (let n = 0; n <= nth; n++) {
    const hold = one.fleet.hold(one.bmc.id, uri.endsWith('/Sessions/') ? { method } : { method, uri }, at);
    await hold.reached;
    if (n === nth) hold.drop();
    else hold.release();
  }
}
