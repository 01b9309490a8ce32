import { expect, test } from 'vitest';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { counted } from '../support/counted.js';
import { hasIpmi } from '../lib/ipmi/support.js';
import { OLD, rotatingOverIpmi, type IpmiRotating, type IpmiSetting, type IpmiTruth } from '../support/rotating-ipmi.js';
import { all, count } from './cases.js';

/** Exactly one password works, it is the one that everybody gets and the vault's current one, nothing is left open, no file shows one in clear, and it was sent so often. */
function requireOne(truth: IpmiTruth, which: 'old' | 'new', sent: number): void {
  expect(truth).toEqual({ works: [which], gives: which, current: which, rotations: [], sent, leaks: 0 });
}

interface Case {
  readonly name: string;
  readonly setting?: IpmiSetting;
  /** What the BMC, or the way to it, does. */
  readonly meanwhile?: (here: IpmiRotating) => (deps: ExecutorDeps, attempt: number) => ExecutorDeps;
  readonly before?: (here: IpmiRotating) => void | Promise<void>;
  readonly is: string;
  readonly works: 'old' | 'new';
  readonly sent: number;
}

/** Once the BMC has said what it says to the change, this happens to it. */
const afterChange =
  (then: (here: IpmiRotating) => Promise<void>) =>
  (here: IpmiRotating) =>
  (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    async changeOverIpmi(target, terms, change) {
      const said = await deps.changeOverIpmi(target, terms, change);
      await then(here);
      return said;
    },
  });

const CASES: readonly Case[] = [
  { name: 'nothing disturbs it', is: 'done', works: 'new', sent: 1 },
  { name: 'the user is somebody else’s', setting: { service: true }, is: 'done', works: 'new', sent: 1 },
  { name: 'the answer is lost', before: ({ relay }) => relay.lose('answer'), is: 'done', works: 'new', sent: 1 },
  {
    name: 'the answer about somebody else’s is lost',
    setting: { service: true },
    before: ({ relay }) => relay.lose('answer'),
    is: 'done',
    works: 'new',
    sent: 1,
  },
  { name: 'the request is lost', before: ({ relay }) => relay.lose('request'), is: 'NOT_APPLIED', works: 'old', sent: 1 },
  {
    name: 'the BMC says yes and forgets it',
    meanwhile: afterChange((here) => here.restart('with the old one')),
    is: 'NOT_APPLIED',
    works: 'old',
    sent: 1,
  },
  {
    name: 'the BMC says yes and starts again',
    meanwhile: afterChange((here) => here.restart('with the new one')),
    is: 'done',
    works: 'new',
    sent: 1,
  },
  {
    name: 'nobody answers for a while after it',
    meanwhile(here) {
      const isAway = afterChange(async () => {
        here.relay.turnAway();
        await Promise.resolve();
      });
      return (deps, attempt) => {
        if (attempt === 3) here.relay.turnBack();
        return isAway(here)(deps);
      };
    },
    is: 'done',
    works: 'new',
    sent: 1,
  },
  {
    name: 'the BMC says no',
    // No ipmi_sim does: test/lib/ipmi/parse.test.ts has what it says of other requests.
    meanwhile: () => (deps) => ({ ...deps, changeOverIpmi: () => Promise.resolve('no') }),
    is: 'IPMI_REFUSED',
    works: 'old',
    sent: 0,
  },
  {
    name: 'the BMC may keep more than is replaced',
    setting: { password: 'simcanary7Xq2abcde' },
    is: 'PRECONDITION_FAILED',
    works: 'old',
    sent: 0,
  },
];

test.skipIf(!hasIpmi)(
  'over IPMI one password works after every bad day, and it is the one that the vault has',
  async () => {
    await all(
      CASES,
      ({ name }) => name,
      async ({ setting, meanwhile, before, is, works, sent }) => {
        await using here = await rotatingOverIpmi(setting);
        await before?.(here);
        const end = await here.goOn({ over: meanwhile?.(here) ?? ((deps) => deps) });
        here.relay.turnBack();
        expect([end.is, ...end.closing]).toEqual(is === 'done' ? ['done'] : [is, 'done']);
        requireOne(await here.truth(), works, sent);
        await count('bad days over IPMI');
      },
    );
  },
  300_000,
);

/** Steps that change something, on disk, in the vault or at the device. */
const EFFECTS = /^(claims\.(create|settle)|credentials\.|vault\.|overIpmi|changeOverIpmi)/;

/** After the others is before the next one. */
const AFTER_TOO = /^(claims\.create|changeOverIpmi)/;

test.skipIf(!hasIpmi)(
  'over IPMI a worker that dies at any effect of the section leaves one password that works, sent at most once',
  async () => {
    const whole = counted(() => undefined);
    await using first = await rotatingOverIpmi();
    await first.goOn({ over: whole.over });
    const cases = whole.names.flatMap((name, place) =>
      EFFECTS.test(name)
        ? (AFTER_TOO.test(name) ? (['before', 'after'] as const) : (['before'] as const)).map((when) => ({ name, step: place + 1, when }))
        : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        let dead = false;
        let died = false;
        const steps = counted((at, moment) => {
          if (at === step && moment === when) dead = true;
          if (dead) throw new WorkerDied('of the test');
        });
        await using here = await rotatingOverIpmi();
        const { is } = await here.goOn({
          over: (deps) => (died ? deps : steps.over(deps)),
          between: () => {
            died ||= dead;
            return Promise.resolve();
          },
        });
        const truth = await here.truth();
        if (is === 'done') requireOne(truth, 'new', 1);
        // It died between the claim and the change: whether that was sent nobody knows, so that it is not sent again.
        else requireOne(truth, 'old', 0);
        expect(is).toMatch(/^(done|NOT_SENT|NOT_APPLIED)$/);
        await count('crashes over IPMI');
      },
    );
  },
  300_000,
);

test.skipIf(!hasIpmi)('a password that somebody else set right after ours parks the user, and nothing more is sent', async () => {
  await using here = await rotatingOverIpmi();
  const meddles = afterChange(() => here.setByRoot('theirsCanary'));
  const { is } = await here.goOn({ over: meddles(here) });
  const truth = await here.truth();
  expect([is, truth.works, truth.gives, truth.sent]).toEqual(['BOTH_REFUSED', [], 'BOTH_REFUSED', 1]);
  await count('bad days over IPMI');
  // They set it back: a signed retry finds that out by a login, and goes on from there; not before the BMC has forgotten those that it refused.
  await here.setByRoot(OLD);
  expect((await here.goOn({ retry: 1, laterMs: 16 * 60_000 })).is).toBe('done');
  requireOne(await here.truth(), 'new', 2);
});

test.skipIf(!hasIpmi)('a login that is no administrator changes nothing, and the step says so', async () => {
  await using here = await rotatingOverIpmi({ privilege: 'operator', service: true });
  expect([here.unsupported, here.operations, here.relay.changes()]).toEqual(['SECRET_STAYS', 0, 0]);
});
