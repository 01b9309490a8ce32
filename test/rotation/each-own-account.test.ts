import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { releaseBy } from '../support/by-launch.js';
import { counted } from '../support/counted.js';
import { accountsOf, ownScene, type Going, type OwnScene } from '../support/own-account.js';
import type { OneTarget } from '../support/one-target.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { all, count, EFFECTS } from './cases.js';

const OWN = /^cofferdam-[0-9a-f]{5}$/;
/** The whole of the section, and the operation that ends it. */
const SECTION = [1, 2, 3, 4, 5];

/** What a BMC shows of its accounts but the one of the incident. */
async function others(one: OneTarget) {
  return (await accountsOf(one)).filter(({ userName }) => !OWN.test(userName));
}

/** In slots, in slots that want an ETag, and by POST. */
const PROFILES = ['dell', 'lenovo', 'openbmc'] as const satisfies readonly ProfileName[];

describe.each(PROFILES)('on %s, the account of an incident', (profile) => {
  test('outlives every crash before and after each step, made once and given back once', async () => {
    const names = await stepsOf(profile);
    const cases = names.flatMap((name, place) =>
      EFFECTS.test(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        await using here = await ownScene(profile);
        const { one } = here;
        const before = await others(one);
        const dying = dyingAt(step, when);
        const forth = await throughRetries(here, dying.how);
        const back = await throughRetries(here, { ...dying.how, release: await releaseBy(one, 'lara') });
        expect(dying.dead()).toBe(true);
        // A worker that died between its claim and its request leaves a doubt, and a person signs a retry.
        expect([...forth, ...back].filter((is) => !/^(NOT_SENT|NOT_OBSERVED|NOT_APPLIED)$/.test(is))).toEqual(['done', 'done']);
        const { ours, logsIn, keptOut, made } = await here.standing();
        expect({ ours, logsIn, keptOut, made: made === 1 }).toEqual({ ours: [], logsIn: one.bmc.userName, keptOut: false, made: true });
        expect(await others(one)).toEqual(before);
        await count('own account, crashes');
      },
    );
  }, 900_000);
});

/** Once more after a signed retry, which counts on; what each came to. */
async function throughRetries(here: OwnScene, how: Going): Promise<readonly string[]> {
  const first = await here.go({ only: SECTION, ...how });
  if (first.is === 'done') return [first.is];
  await here.retry();
  return [first.is, (await here.go({ only: SECTION, ...how })).is];
}

/** What an undisturbed life of the account does to disk, vault and device, operation by operation. */
async function stepsOf(profile: ProfileName): Promise<readonly string[]> {
  await using here = await ownScene(profile);
  const steps = counted(() => undefined);
  await here.go({ only: SECTION, over: (deps) => steps.over(deps) });
  await here.go({ only: SECTION, release: await releaseBy(here.one, 'lara'), over: (deps) => steps.over(deps) });
  return steps.names;
}

/** The worker dies at one step: nothing of it happens afterwards, whoever catches what. Other workers go on. */
function dyingAt(dieAt: number, when: 'before' | 'after') {
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const how = {
    over: (deps: Parameters<typeof steps.over>[0]) => (died ? deps : steps.over(deps)),
    between: () => {
      died ||= dead;
    },
  };
  return { how, dead: () => dead };
}
