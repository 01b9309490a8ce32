import { describe, expect, test } from 'vitest';
import type { FailingSecrets } from '../support/failing-vault.js';
import { PROFILES, type GoOn, type Rotating } from '../support/rotating.js';
import { all, count, requireRotated } from './cases.js';
import { overFailingVault } from './over-failing-vault.js';

/** A retry that could lock the account is refused until the BMC has forgotten the logins that it refused. */
const FORGOTTEN_MS = 16 * 60_000;
const THEIRS = 'Theirs0Wn0Secret';

/** When somebody writes a version of theirs, and what the attempts come to after that: the first one, and each signed retry. */
interface Conflict {
  readonly moment: string;
  readonly where: 'beside' | 'on the BMC';
  /** Sets the moment up. */
  readonly wait: (here: Rotating, store: FailingSecrets, write: () => Promise<void>) => GoOn;
  readonly comes: readonly string[];
}

const CONFLICTS: readonly Conflict[] = [
  // Nothing was sent; what they wrote is no login of this BMC, which the next attempt finds out, and they put the old one back.
  { moment: 'after it was made', where: 'beside', wait: afterAttempt(1), comes: ['VERSION_CONFLICT', 'LOGIN_REFUSED'] },
  { moment: 'after it was made', where: 'on the BMC', wait: afterAttempt(1), comes: ['VERSION_CONFLICT', 'done'] },
  { moment: 'after it was sent', where: 'beside', wait: beforeFirstTry, comes: ['VERSION_CONFLICT', 'done'] },
  { moment: 'after it was sent', where: 'on the BMC', wait: beforeFirstTry, comes: ['BOTH_REFUSED', 'VERSION_CONFLICT', 'done'] },
  { moment: 'after it was proven', where: 'beside', wait: afterAttempt(2), comes: ['VERSION_CONFLICT', 'done'] },
  { moment: 'after it was proven', where: 'on the BMC', wait: afterAttempt(2), comes: ['VERSION_CONFLICT', 'NEW_REFUSED', 'done'] },
  { moment: 'while it is made current', where: 'beside', wait: beforePromote, comes: ['VERSION_CONFLICT', 'done'] },
  { moment: 'while it is made current', where: 'on the BMC', wait: beforePromote, comes: ['VERSION_CONFLICT', 'NEW_REFUSED', 'done'] },
];

function afterAttempt(number: number): Conflict['wait'] {
  return (_here, _store, write) => ({ between: (attempt) => (attempt === number ? write() : Promise.resolve()) });
}

/** Once the BMC has the new secret, and before anybody tried it. */
function beforeFirstTry(_here: Rotating, _store: FailingSecrets, write: () => Promise<void>): GoOn {
  let written: Promise<void> | null = null;
  return {
    over: (deps) => ({
      ...deps,
      async tryLogin(...how) {
        await (written ??= write());
        return deps.tryLogin(...how);
      },
    }),
  };
}

function beforePromote(_here: Rotating, store: FailingSecrets, write: () => Promise<void>): GoOn {
  store.before('promote', write);
  return {};
}

// An iLO that has refused two logins lets their address wait for ten seconds, which no test does.
describe.each(PROFILES)('on %s, somebody else who writes into the vault', (profile) => {
  test('is never overwritten unseen, costs nobody the BMC, and signed retries end the rotation', async () => {
    await all(
      CONFLICTS.filter(({ comes }) => profile !== 'hpe' || comes[0] !== 'BOTH_REFUSED'),
      ({ moment, where }) => `${moment}, ${where}`,
      async ({ where, wait, comes: [first, ...retries] }) => {
        await using scene = await overFailingVault({ profile });
        const { here, store } = scene;
        const write = (): Promise<void> => here.meddle(where, THEIRS);
        const end = await here.goOn(wait(here, store, write));
        expect([end.is, (await here.truth()).works.length]).toEqual([first, 1]);
        await count('version conflicts');
        let retry = 0;
        for (const comes of retries) {
          const again = await here.goOn({ retry: ++retry, laterMs: FORGOTTEN_MS });
          expect([retry, again.is, (await here.truth()).works.length]).toEqual([retry, comes, 1]);
          await count('signed retries');
        }
        if (retries.at(-1) === 'LOGIN_REFUSED') {
          expect(await here.truth()).toMatchObject({ works: ['old'], current: 'theirs' });
          await here.one.secrets.write(here.one.target.secret, here.old);
          expect(await here.goOn({ retry: ++retry })).toMatchObject({ is: 'done' });
        }
        requireRotated(await here.truth(), retry + 1);
      },
    );
  }, 600_000);
});

test('a pending secret that was left from before somebody wrote theirs is set aside by the next attempt', async () => {
  await using scene = await overFailingVault({ profile: 'openbmc' });
  const { here, store } = scene;
  const sealed = { at: 1, code: 'SEALED', when: 'before', lasts: 'until mended' } as const;
  const end = await here.goOn({
    between(attempt) {
      if (attempt === 1) store.fail(sealed);
      return Promise.resolve();
    },
  });
  expect(end).toMatchObject({ is: 'SEALED', closing: ['SEALED'] });
  store.fail(null);
  await here.meddle('on the BMC', THEIRS);
  expect(await here.goOn({ retry: 1 })).toMatchObject({ is: 'done' });
  requireRotated(await here.truth(), 2);
  await count('version conflicts');
});

test('a BMC that goes on taking the old secret is not taken for one that refuses it because theirs is refused', async () => {
  await using scene = await overFailingVault({ profile: 'openbmc', fault: 'password-both-work' });
  const { here, store } = scene;
  expect(await here.goOn(beforeFirstTry(here, store, () => here.meddle('beside', THEIRS)))).toMatchObject({ is: 'BOTH_ACCEPTED' });
  expect(await here.truth()).toMatchObject({ works: ['old', 'new'], gives: 'new' });
  await count('version conflicts');
});
