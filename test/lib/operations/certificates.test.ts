import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../lib/redfish/client.js';
import { loginOf } from '../../support/executor-over.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { actOf, renewing, shown } from '../../support/renewing.js';

let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority('site CA');
});
afterAll(() => authority.remove());

describe.skipIf(!HAS_OPENSSL)('a renewal that nothing disturbs', () => {
  test.each([
    ['dell', ['request', 'sign', 'install', 'reset', 'prove']],
    ['lenovo', ['request', 'sign', 'install', 'reset', 'prove']],
    ['hpe', ['request', 'sign', 'install', 'prove']],
    ['openbmc', ['request', 'sign', 'install', 'prove']],
    ['supermicro', ['request', 'sign', 'install', 'prove']],
  ] as const)(
    'on %s: the BMC shows a key of its own making, which is required from then on, and the old one is refused',
    async (profile, acts) => {
      await using here = await renewing({ profile, authority });
      expect(here.plan.sections[0]?.operations.map(({ n }) => actOf(here.plan, n))).toEqual(acts);
      expect(await here.goOn()).toEqual({ is: 'done', at: '', closing: [] });
      const { shows, record, asked, sent, resets } = await here.truth();
      const fresh = await shown(here.one);
      expect({ shows, asked, sent, resets }).toEqual({
        shows: 'new',
        asked: 1,
        sent: 1,
        resets: acts.some((act) => act === 'reset') ? 1 : 0,
      });
      expect(record).toMatchObject({ pin: fresh, retired: [here.one.bmc.pin], renewal: null });
      expect(await authority.vouchesFor(here.one.target.address)).toBe(true);
      expect(await here.one.withConnection('read-only', ({ peer }) => Promise.resolve(peer))).toBe(fresh);
      const { address } = here.one.target;
      const credential = loginOf(here.one.ground);
      const before = here.one.fleet.wire.entries.length;
      await expect(
        connect({ address, pin: here.one.bmc.pin, credential, mode: 'read-only', signal: new AbortController().signal }),
      ).rejects.toMatchObject({ code: 'PIN_MISMATCH', peer: fresh });
      expect(here.one.fleet.wire.entries.length).toBe(before);
    },
  );
});
