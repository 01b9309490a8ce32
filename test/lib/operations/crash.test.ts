import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { id, type Id } from '../../../lib/model/json.js';
import type { Outcome } from '../../../lib/model/operation.js';
import type { IndexRow } from '../../../lib/model/plan.js';
import type { GateRef } from '../../../lib/model/work.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import type { Job } from '../../support/attempt-once.js';
import { compileChildren, ended, firstLine, type Children } from '../../support/child.js';
import { counted } from '../../support/counted.js';
import { oneTarget, plantedUri, POLICY, writes, type OneTarget } from '../../support/one-target.js';

/** The three helpers of omicron's saga tests over the executor: repeat, fail at each step, die at each step. The wire log counts every write. */
interface Scene extends AsyncDisposable {
  readonly one: OneTarget;
  readonly row: IndexRow;
  readonly gate: GateRef;
}

async function scene({ step, profile }: Case): Promise<Scene> {
  const one = await oneTarget({ profile }, POLICY, step);
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.seal('accounts', 'sessions');
  await one.approve(gate);
  return { one, row: planned.row, gate, [Symbol.asyncDispose]: () => one.close() };
}

interface Case {
  readonly step: Id<'step'>;
  readonly profile: 'small' | 'openbmc' | 'dell';
  readonly operation: number;
  /** What is sent. */
  readonly sends: (one: OneTarget) => string;
}

const REVIEW = id<'step'>('review-access');
const DUMP = id<'step'>('dump');
const DISABLING: Case = {
  step: REVIEW,
  profile: 'small',
  operation: 1,
  sends: (one) => `PATCH ${plantedUri(one, 'rogue-administrator')}`,
};
const ENDING: Case = { step: REVIEW, profile: 'small', operation: 2, sends: (one) => `DELETE ${plantedUri(one, 'stolen-session')}` };
const DUMPING: Case = {
  step: DUMP,
  profile: 'openbmc',
  operation: 1,
  sends: () => 'POST /redfish/v1/Managers/bmc/LogServices/Dump/Actions/LogService.CollectDiagnosticData',
};
const COLLECTING: Case = {
  step: DUMP,
  profile: 'dell',
  operation: 2,
  sends: () => 'POST /redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellLCService/Actions/DellLCService.SupportAssistCollection',
};
const OPERATIONS: readonly (readonly [string, Case])[] = [
  ['disabling an account', DISABLING],
  ['ending sessions', ENDING],
  ['a dump that a log entry proves', DUMPING],
  ['a dump that a task proves', COLLECTING],
];

/** As the engine would go on after a crash or failure. `unknown` is an honest end when nobody can tell whether it was sent. */
async function goOn({ one, row, gate }: Scene, { operation }: Case): Promise<Outcome['is']> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await one.attempt(row, gate, operation).catch((error: unknown) => error);
    if (outcome instanceof ExecutorError && !outcome.final) continue;
    if (outcome instanceof Error) throw outcome;
    return isOutcome(outcome) ? outcome.is : 'refused';
  }
  throw new RangeError('never settled');
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && 'is' in value;
}

/** What was sent and what holds now. */
function judge({ one }: Scene, is: Outcome['is'], { sends }: Case): void {
  const sent = writes(one).filter((line) => line === sends(one));
  expect(sent.length).toBeLessThanOrEqual(1);
  // Done is said when it was sent, and unknown only when it was not.
  expect([is, sent.length]).toEqual(sent.length === 1 ? [expect.stringMatching(/^(done|already)$/), 1] : ['unknown', 0]);
}

describe.each(OPERATIONS)('%s under one key', (_, known) => {
  test('repeated, it answers the same and is sent once', async () => {
    await using at = await scene(known);
    const is = await goOn(at, known);
    const outcomes = [];
    for (let n = 0; n < 3; n++) outcomes.push(await at.one.attempt(at.row, at.gate, known.operation));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    judge(at, is, known);
  });

  // What happens after a step and before the next is the same to the disk and the device: a failure before each is one at every point.
  // A dump that a task proves goes the same way as one that an entry proves.
  if (known !== COLLECTING)
    test('a failure at each step never sends twice and never reads as done without having been', async () => {
      const steps = await stepsOf(known);
      for (let step = 1; step <= steps.length; step++) {
        await using at = await scene(known);
        const failing = counted((now, then) => {
          if (now === step && then === 'before') throw new RangeError(`injected at step ${String(step)}`);
        });
        const attempt = at.one
          .executor(failing.over)
          .attempt(at.one.order(at.row, known.operation), at.one.context(at.gate), new AbortController().signal);
        const ended = await attempt.catch((error: unknown) => error);
        // That our session ended is only said, and an outcome stands without it, if this attempt came to one.
        if (steps[step - 1] === 'series.record session.ended' && steps.includes('claims.settle'))
          expect(ended).toMatchObject({ is: 'done' });
        else expect(ended).toBeInstanceOf(ExecutorError);
        judge(at, await goOn(at, known), known);
      }
    }, 240_000);
});

/** The names of the steps of undisturbed attempts, until the outcome. */
const STEPS = new Map<Case, Promise<readonly string[]>>();
function stepsOf(known: Case): Promise<readonly string[]> {
  const counting = STEPS.get(known) ?? countSteps(known);
  STEPS.set(known, counting);
  return counting;
}

async function countSteps(known: Case): Promise<readonly string[]> {
  await using at = await scene(known);
  const steps = counted(() => undefined);
  const { signal } = new AbortController();
  const attempt = at.one.executor(steps.over).attempt(at.one.order(at.row, known.operation), at.one.context(at.gate), signal);
  // What works on for a while ends its first attempt unsettled; later ones only look.
  await attempt.catch(() => undefined);
  return steps.names;
}

describe('killed with SIGKILL', () => {
  let children: Children;
  beforeAll(async () => {
    children = await compileChildren();
  });
  afterAll(() => children.close());

  async function inChild(
    { one, row, gate }: Scene,
    { operation }: Case,
    dieAt: number,
    after: boolean,
  ): Promise<{ said: string | null; signal: string | null }> {
    const job: Job = { ground: one.ground, order: one.order(row, operation), context: one.context(gate), dieAt, after };
    const path = join(one.ground.state, 'job.json');
    await writeFile(path, JSON.stringify(job));
    const child = children.start('attempt-once.js', path);
    const said = await firstLine(child);
    await ended(child);
    return { said, signal: child.signalCode };
  }

  const POINTS = [
    ['before the claim', 'claims.create', false],
    ['between claim and custody', 'claims.create', true],
    ['between claim and send', 'send', false],
    ['between send and answer', 'send', true],
    ['between answer and outcome', 'series.record operation.outcome', false],
    ['between custody and outcome', 'claims.settle', false],
    ['after the outcome', 'claims.settle', true],
  ] as const;

  test.each(POINTS)(
    '%s: never sent twice',
    async (_, name, after) => {
      for (const known of [DISABLING, ENDING, DUMPING]) {
        const steps = await stepsOf(known);
        if (!steps.includes(name)) continue;
        await using at = await scene(known);
        // The last of that name: a bounded rule claims itself first and then each member.
        const { signal } = await inChild(at, known, steps.lastIndexOf(name) + 1, after);
        expect(signal).toBe('SIGKILL');
        judge(at, await goOn(at, known), known);
      }
    },
    240_000,
  );

  test('in the middle of fetching a dump: fetched anew, and made once', async () => {
    await using at = await scene(DUMPING);
    const { one } = at;
    // Both looks at a task that still works; the next one fetches.
    for (let look = 0; look < 2; look++) await one.attempt(at.row, at.gate).catch(() => undefined);
    const file = '/redfish/v1/Managers/bmc/LogServices/Dump/Entries/1/attachment';
    const hold = one.fleet.hold(one.bmc.id, { method: 'GET', uri: file }, 'after');
    const job: Job = { ground: one.ground, order: one.order(at.row), context: one.context(at.gate), dieAt: 0, after: false };
    const path = join(one.ground.state, 'job.json');
    await writeFile(path, JSON.stringify(job));
    const child = children.start('attempt-once.js', path);
    await hold.reached;
    child.kill('SIGKILL');
    await ended(child);
    hold.drop();
    judge(at, await goOn(at, DUMPING), DUMPING);
    expect(one.fleet.wire.entries.filter(({ uri }) => uri === file)).toHaveLength(2);
  });

  test('two processes with one order: one sends, and both come to the same outcome', async () => {
    await using at = await scene(DISABLING);
    const both = await Promise.all([inChild(at, DISABLING, 0, false), at.one.attempt(at.row, at.gate, 1)]);
    expect(JSON.parse(both[0].said ?? '{}')).toMatchObject({ result: both[1].is });
    judge(at, both[1].is, DISABLING);
  });

  test('stopped in mid-act with a second worker running, and continued: sent once, the outcome is true', async () => {
    await using at = await scene(DISABLING);
    const { one, row, gate } = at;
    const hold = one.fleet.hold(one.bmc.id, { method: 'PATCH' }, 'before');
    const job: Job = { ground: one.ground, order: one.order(row, 1), context: one.context(gate), dieAt: 0, after: false };
    const path = join(one.ground.state, 'job.json');
    await writeFile(path, JSON.stringify(job));
    const child = children.start('attempt-once.js', path);
    await hold.reached;
    child.kill('SIGSTOP');
    const second = await refusedWhileStopped(one, row, gate);
    expect(second).toMatchObject({ code: 'UNSETTLED', reason: 'LOCK_STUCK', final: true });
    expect(second.message).toContain(String(child.pid));
    hold.release();
    child.kill('SIGCONT');
    expect(JSON.parse((await firstLine(child)) ?? '{}')).toMatchObject({ result: 'done' });
    await ended(child);
    judge(at, await goOn(at, DISABLING), DISABLING);
  });

  async function refusedWhileStopped(one: OneTarget, row: IndexRow, gate: GateRef): Promise<ExecutorError> {
    const error: unknown = await one
      .executor()
      .attempt(one.order(row, 1), one.context(gate), new AbortController().signal)
      .catch((thrown: unknown) => thrown);
    if (error instanceof ExecutorError) return error;
    throw new RangeError('expected a refusal');
  }
});
