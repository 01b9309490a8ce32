import { expect } from 'vitest';
import { WorkerDied } from '../support/as-the-engine.js';
import { counted } from '../support/counted.js';
import type { End, Rotating } from '../support/rotating.js';
import { all, count, EFFECTS, requireOne, requireRotated } from './cases.js';

type Make = () => Promise<Rotating>;

/** A worker dies before and after each step of one rotation, and another goes on; one secret works in the end, and it is the one that everybody gets. */
export async function dieAtEach(make: Make, kind: string, { plays = isEffect, holds = () => undefined }: Dying = {}): Promise<void> {
  const cases = (await stepsOf(make)).flatMap((name, place) =>
    plays(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
  );
  await all(
    cases,
    ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
    async ({ step, when }) => {
      await using here = await make();
      await requireEnded(here, await dyingAt(here, step, when), /^(done|NOT_SENT|NOT_APPLIED)$/);
      holds(here);
      await count(kind);
    },
  );
}

interface Dying {
  /** Of all steps, those that change something where not said. */
  readonly plays?: (name: string) => boolean;
  /** What else is asserted in the end. */
  readonly holds?: (here: Rotating) => void;
}

function isEffect(name: string): boolean {
  return EFFECTS.test(name);
}

/** The answer to each request that may change something is lost, before and after the BMC acts on it; and so is what comes of it. */
export async function loseEach(make: Make, kind: string): Promise<void> {
  const requests = (await requestsOf(make)).filter(({ method }) => method !== 'GET');
  await all(
    requests.flatMap((request) => (['before', 'after'] as const).map((at) => ({ ...request, at }))),
    ({ method, uri, nth, at }) => `${method} ${uri} (${String(nth)}), ${at} the BMC acts`,
    async ({ at, ...request }) => {
      await using here = await make();
      const lost = dropNth(here, request, at);
      const end = await here.goOn();
      await lost;
      await requireEnded(here, end, /^(done|NOT_APPLIED)$/);
      await count(kind);
    },
  );
}

async function requireEnded(here: Rotating, { is }: End, ends: RegExp): Promise<void> {
  const truth = await here.truth();
  expect(is).toMatch(ends);
  if (is === 'done') requireRotated(truth);
  else requireOne(truth, 'old');
}

/** What an undisturbed rotation does to disk, vault and device, operation by operation. */
async function stepsOf(make: Make): Promise<readonly string[]> {
  await using here = await make();
  const steps = counted(() => undefined);
  await here.goOn({ over: (deps) => steps.over(deps) });
  return steps.names;
}

/** The worker dies at one step: nothing of it happens afterwards, whoever catches what. Other workers go on. */
async function dyingAt(here: Rotating, dieAt: number, when: 'before' | 'after'): Promise<End> {
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
async function requestsOf(make: Make): Promise<readonly Request[]> {
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
async function dropNth({ one }: Rotating, { method, uri, nth }: Request, at: 'before' | 'after'): Promise<void> {
  for (let n = 0; n <= nth; n++) {
    const hold = one.fleet.hold(one.bmc.id, uri.endsWith('/Sessions/') ? { method } : { method, uri }, at);
    await hold.reached;
    if (n === nth) hold.drop();
    else hold.release();
  }
}
