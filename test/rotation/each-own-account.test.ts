import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { releaseBy } from '../support/by-launch.js';
import { counted } from '../support/counted.js';
import { accountsOf, ownScene } from '../support/own-account.js';
import type { OneTarget } from '../support/one-target.js';
import { PROFILES, WorkerDied } from '../support/rotating.js';
import { all, count } from './cases.js';

const OWN = /^cofferdam-[0-9a-f]{5}$/;
/** The whole of the section, and the operation that ends it. */
const SECTION = [1, 2, 3, 4, 5];

/** What a BMC shows of its accounts but the one of the incident. */
async function others(one: OneTarget) {
  return (await accountsOf(one)).filter(({ userName }) => !OWN.test(userName));
}

describe.each(PROFILES)('on %s, the account of an incident', (profile) => {
  test('outlives every crash before and after each step, made once and given back once', async () => {
    const names = await stepsOf(profile);
    const cases = names.flatMap((name, place) =>
      profile === 'small' || EFFECTS.test(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        await using here = await ownScene(profile);
        const { one } = here;
        const before = await others(one);
        const dying = dyingAt(step, when);
        const { is } = await here.go({ only: SECTION, ...dying.how });
        const release = is === 'done' ? await releaseBy(one, 'lara') : null;
        const back = release === null ? null : await here.go({ only: SECTION, release, ...dying.how });
        expect(dying.dead()).toBe(true);
        const { ours, logsIn, made, keptOut } = await here.standing();
        expect({ keptOut, made: made <= 2, logsIn: [one.bmc.userName, ...ours].includes(logsIn) }).toEqual({
          keptOut: false,
          made: true,
          logsIn: true,
        });
        if (back?.is === 'done') {
          expect({ ours, logsIn }).toEqual({ ours: [], logsIn: one.bmc.userName });
          expect(await others(one)).toEqual(before);
        } else expect([is, back?.is]).toContainEqual(expect.stringMatching(/^NOT_SENT|NOT_APPLIED$/));
        await count('own account, crashes');
      },
    );
  }, 900_000);
});

/** What an undisturbed life of the account does to disk, vault and device, operation by operation. */
async function stepsOf(profile: ProfileName): Promise<readonly string[]> {
  await using here = await ownScene(profile);
  const steps = counted(() => undefined);
  await here.go({ only: SECTION, over: (deps) => steps.over(deps) });
  await here.go({ only: SECTION, release: await releaseBy(here.one, 'lara'), over: (deps) => steps.over(deps) });
  return steps.names;
}

/** Steps after which disk and device are as before the next one; the others are also tried after their effect. */
const EFFECTS = /^(claims\.(create|settle)|credentials\.|vault\.|tryLogin|send$)/;

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
