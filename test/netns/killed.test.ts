import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { id, type Digest } from '../../lib/model/json.js';
import type { Order, Send } from '../../lib/model/operation.js';
import type { Job } from '../support/attempt-once.js';
import { compileChildren, ended, firstLine, type Children } from '../support/child.js';
import { counted } from '../support/counted.js';
import { executorOver } from '../support/executor-over.js';
import { GATEWAY, IN, ISOLATE, openEnforced, OUT, OUTSIDE, whoReaches, type Enforced, type Round } from './enforced.js';
import { openLab, unavailable, type Lab } from './lab.js';
import { gatewayRules, say } from './rules.js';

/** Where a worker dies: instead of this step of the executor, or between the step and the worker's knowing of it. */
interface Point {
  readonly where: string;
  readonly step: string;
  readonly after: boolean;
  /** The change that the operation makes is made by then. */
  readonly isMade: boolean;
}

/** After the outcome is before the next claim. */
const CHANGING: readonly Point[] = [
  { where: 'before the claim', step: 'claims.create', after: false, isMade: false },
  { where: 'after the claim', step: 'claims.create', after: true, isMade: false },
  { where: 'after the rules', step: 'enforcer.apply', after: true, isMade: true },
  { where: 'after the answer', step: 'claims.settle', after: false, isMade: true },
];
const PROBING: readonly Point[] = CHANGING.filter(({ where }) => /the (claim|answer)$/.test(where));

/** The operations of a plan, by number. */
const [CUT, RESPONDERS, DISARM, OTHERS] = [1, 2, 3, 4];

const FORWARDS: readonly (readonly [operation: string, where: string, n: number, point: Point])[] = [
  ...CHANGING.map((point) => ['the cut', point.where, CUT, point] as const),
  ...PROBING.map((point) => ["the responders' probe", point.where, RESPONDERS, point] as const),
  ...CHANGING.map((point) => ['the disarming', point.where, DISARM, point] as const),
  ...PROBING.map((point) => ["everybody else's probe", point.where, OTHERS, point] as const),
];

/** The gateway's timer in these plans: short, so that "nobody goes on" can be waited for. */
const ARMED_FOR_S = 2;
const BOUND = { timeout: 15_000, interval: 100 };

describe.skipIf(unavailable !== null)('a worker that is killed', () => {
  let lab: Lab;
  let enforced: Enforced;
  let children: Children;
  let before: string;
  let killed = 0;
  /** The steps of undisturbed attempts, by operation. */
  const steps = new Map<string, readonly string[]>();

  beforeAll(async () => {
    lab = await openLab();
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
    before = await lab.ruleset();
    [enforced, children] = await Promise.all([openEnforced(lab), compileChildren()]);
    await enforced.one.say('lara', (said) => ({
      ...said,
      verb: 'resolve',
      launch: enforced.one.launch,
      step: ISOLATE,
      choice: 'retry',
      retry: 0,
      targets: [id(GATEWAY)],
    }));
    const round = await enforced.plan(quicker);
    for (const operation of [CUT, RESPONDERS, DISARM, OTHERS]) await countSteps(round, enforced.order(round, operation));
    await countSteps(round, enforced.order(round, CUT, { release: await enforced.release() }));
  });
  afterAll(async () => {
    say(`killed ${String(killed)} workers`);
    await children.close();
    await enforced.close();
    await lab.close();
  });
  beforeEach(() => enforced.clear());

  it.each(FORWARDS)('in %s, %s: nobody but the fallback comes in by it, and who goes on isolates', async (_, _where, n, point) => {
    const round = await enforced.plan(quicker);
    for (let earlier = CUT; earlier < n; earlier++) expect(await enforced.carryOut(round, earlier)).toBe('done');
    await kill(round, enforced.order(round, n), point);
    const isCut = n > CUT || point.isMade;
    const isDisarmed = n > DISARM || (n === DISARM && point.isMade);

    // Nobody goes on.
    if (!isCut) expect(await lab.ruleset()).toBe(before);
    else {
      expect(await whoReaches(lab, 'attacker', 'jump')).toEqual({ attacker: OUT, jump: IN });
      if (!isDisarmed) await vi.waitFor(async () => expect(await whoReaches(lab, 'fallback')).toEqual({ fallback: IN }), BOUND);
      expect(await whoReaches(lab, ...OUTSIDE)).toEqual({ attacker: OUT, jump: IN, fallback: isDisarmed ? OUT : IN });
    }

    // Somebody does.
    await goOn(round, n);
    expect(await whoReaches(lab, ...OUTSIDE)).toEqual({ attacker: OUT, jump: IN, fallback: OUT });
  });

  it.each(CHANGING)('while it takes the cut back, $where: it is in force or gone, and then gone exactly', async (point) => {
    const round = await enforced.plan(quicker);
    for (const n of [CUT, RESPONDERS, DISARM]) expect(await enforced.carryOut(round, n)).toBe('done');
    const during = await lab.ruleset();
    const release = await enforced.release();
    await kill(round, enforced.order(round, CUT, { release }), point);
    expect(await lab.ruleset()).toBe(point.isMade ? before : during);
    await goOn(round, CUT, release);
    expect(await lab.ruleset()).toBe(before);
  });

  /** A process of its own begins an order and is killed at this point of it. */
  async function kill(round: Round, order: Order, { step, after }: Point): Promise<void> {
    const dieAt = (steps.get(keyOf(order))?.lastIndexOf(step) ?? -1) + 1;
    expect(dieAt).toBeGreaterThan(0);
    const job: Job = { ground: enforced.ground, order, context: enforced.context(round), dieAt, after };
    const path = join(lab.folder, 'job.json');
    await writeFile(path, JSON.stringify(job));
    const child = children.start('attempt-once.js', path);
    await firstLine(child);
    await ended(child);
    expect(child.signalCode).toBe('SIGKILL');
    killed += 1;
  }

  /** As the engine does; and where a lift was claimed and not begun, as people do: they sign a retry. */
  async function goOn(round: Round, from: number, lifted: Digest<'statement'> | null = null): Promise<void> {
    const rest = lifted === null ? [CUT, RESPONDERS, DISARM, OTHERS].filter((n) => n >= from) : [CUT];
    if (await isCarriedOut(round, rest, { release: lifted })) return;
    expect(lifted).not.toBeNull();
    expect(await isCarriedOut(round, rest, { release: lifted, retry: 1 })).toBe(true);
  }

  async function isCarriedOut(round: Round, operations: readonly number[], change: Partial<Order>): Promise<boolean> {
    for (const n of operations) {
      const end = await enforced.carryOut(round, n, change);
      if (end === 'failed NOT_APPLIED') return false;
      expect(end).toMatch(/^(done|already)$/);
    }
    return true;
  }

  async function countSteps(round: Round, order: Order): Promise<void> {
    const counting = counted(() => undefined);
    const { signal } = new AbortController();
    const outcome = await executorOver(enforced.ground, counting.over).attempt(order, enforced.context(round), signal);
    expect(outcome.is).toBe('done');
    steps.set(keyOf(order), counting.names);
  }
});

function keyOf({ operation, release }: Order): string {
  return `${String(operation)} ${release === null ? 'done' : 'taken back'}`;
}

function quicker(send: Send): Send {
  return send.kind === 'network' && send.armedForS !== null ? { ...send, armedForS: ARMED_FOR_S } : send;
}
