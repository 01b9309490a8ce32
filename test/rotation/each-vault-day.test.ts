import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import type { VaultCode } from '../../lib/vault/error.js';
import type { Failure, FailingSecrets } from '../support/failing-vault.js';
import { PROFILES } from '../support/rotating.js';
import { all, count, requireRotated, requireSafe } from './cases.js';
import { overFailingVault } from './over-failing-vault.js';

/** A vault that is down, sealed, does not take our token any more, and a disk that is full. */
const CODES = ['UNREACHABLE', 'SEALED', 'FORBIDDEN', 'UNWRITABLE'] as const satisfies readonly VaultCode[];

/** What an undisturbed rotation asks of the store. */
async function callsOf(profile: ProfileName): Promise<FailingSecrets['calls']> {
  await using undisturbed = await overFailingVault({ profile });
  undisturbed.store.fail(null);
  await undisturbed.here.goOn();
  return [...undisturbed.store.calls];
}

const WRITES: ReadonlySet<string> = new Set(['createPending', 'promote', 'setAside']);

/** One maker meets all of it at every call; the others one way to fail at each, in turn, since a store does not know whose secrets it keeps. */
function casesOf(profile: ProfileName, calls: FailingSecrets['calls']): readonly Failure[] {
  return calls.flatMap((call, place) => {
    const at = place + 1;
    const codes = profile === 'dell' ? CODES : CODES.filter((_, n) => n === place % CODES.length);
    const before = codes.flatMap((code) =>
      (['once', 'until mended'] as const).map((lasts): Failure => ({ at, code, when: 'before', lasts })),
    );
    const lost = (['once', 'until mended'] as const).map((lasts): Failure => ({ at, code: 'UNREACHABLE', when: 'after', lasts }));
    return WRITES.has(call) ? [...before, ...lost] : before;
  });
}

describe.each(PROFILES)('on %s, a vault that fails', (profile) => {
  test('before, during or after any operation leaves one secret that works, and a signed retry ends the rotation', async () => {
    const calls = await callsOf(profile);
    await all(
      casesOf(profile, calls),
      ({ at, code, when, lasts }) => `${when} call ${String(at)}, ${calls[at - 1] ?? ''}: ${code} ${lasts}`,
      async (failure) => {
        await using at = await overFailingVault({ profile });
        const { here, store } = at;
        store.fail(failure);
        const end = await here.goOn({ patience: 1 });
        store.fail(null);
        const truth = await here.truth();
        requireSafe(truth);
        expect(truth.works).toHaveLength(1);
        await count('vault days');
        if (end.is === 'done') {
          requireRotated(truth);
          return;
        }
        // Parked with what the store said, or what it kept from being known.
        expect([failure.code, 'NEVER_ENDED']).toContain(end.is);
        expect(await here.goOn({ retry: 1 })).toMatchObject({ is: 'done' });
        requireRotated(await here.truth(), 2);
        await count('signed retries');
      },
    );
  }, 900_000);
});
