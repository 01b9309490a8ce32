import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commandAuthority, type Authority as SitesAuthority } from '../../../lib/certificates/authority.js';
import { readRequest } from '../../../lib/certificates/request.js';
import { ownPin } from '../../../lib/login/own-pin.js';
import type { CertificateSubject } from '../../../lib/model/certificate.js';
import type { ExecutorDeps } from '../../../lib/operations/job.js';
import { textAt } from '../../../lib/redfish/json.js';
import type { Connection } from '../../../lib/redfish/types.js';
import { connect } from '../../../lib/redfish/client.js';
import { loginOf } from '../../support/executor-over.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { actOf, renewing, shown, type Renewing, type Truth } from '../../support/renewing.js';

const NEVER = new AbortController().signal;
let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority('site CA');
});
afterAll(() => authority.remove());

describe.skipIf(!HAS_OPENSSL)('a renewal that nothing disturbs', () => {
  test.each([
    // Its version of TLS is set as well, as its own registry lists it.
    ['dell', ['request', 'sign', 'install', 'reset', 'prove', 'redfish']],
    ['lenovo', ['request', 'sign', 'install', 'reset', 'prove']],
    // Two versions of TLS are switched off.
    ['hpe', ['request', 'sign', 'install', 'prove', 'redfish', 'redfish']],
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

describe.skipIf(!HAS_OPENSSL)('on a bad day', () => {
  const notes = ({ record: { pin, retired, renewal } }: Truth): object => ({ pin, retired, state: renewal?.state ?? null });

  test('a request for the key that the BMC has already is refused, and nobody signs it', async () => {
    await using here = await renewing({ profile: 'openbmc', authority, fault: 'certificate-key-reused' });
    expect(await here.goOn()).toEqual({ is: 'REQUEST_KEY_KNOWN', at: 'request', closing: [] });
    const truth = await here.truth();
    expect([truth.shows, truth.sent, notes(truth)]).toEqual(['old', 0, { pin: null, retired: [], state: null }]);
  });

  test('a request for the key of another target is refused', async () => {
    await using here = await renewing({ profile: 'openbmc', authority });
    const told: string[] = [];
    const overhearing = (deps: ExecutorDeps): ExecutorDeps => ({
      ...deps,
      connect: async (...terms) => {
        const connection = await deps.connect(...terms);
        const send: Connection['send'] = async (change) => {
          const answer = await connection.send(change);
          told.push(textAt(answer.json ?? undefined, 'CSRString') ?? '');
          return answer;
        };
        return { ...connection, send };
      },
      // As if another target had had this very key before.
      keysOfOthers: async () => [(await readRequest(told.at(-1) ?? '', subjectOf(here), new Set())).key],
    });
    expect(await here.goOn({ over: overhearing })).toEqual({ is: 'REQUEST_KEY_KNOWN', at: 'request', closing: [] });
    expect((await here.truth()).sent).toBe(0);
  });

  test('a BMC that answers with success and keeps the old one is NOT_APPLIED: the old key alone is in force, and a retry makes another', async () => {
    await using here = await renewing({ profile: 'dell', authority, fault: 'certificate-kept' });
    expect(await here.goOn()).toEqual({ is: 'NOT_APPLIED', at: 'reset', closing: [] });
    const truth = await here.truth();
    expect([truth.shows, notes(truth)]).toEqual(['old', { pin: null, retired: [], state: 'not-applied' }]);
    expect(ownPin(here.one.bmc.pin, truth.record)).toEqual({ pin: here.one.bmc.pin, orPin: null });
    expect(await here.goOn({ retry: 1 })).toEqual({ is: 'NOT_APPLIED', at: 'reset', closing: [] });
    const { asked, sent, resets } = await here.truth();
    expect({ asked, sent, resets }).toEqual({ asked: 2, sent: 2, resets: 2 });
  });

  test('an authority that signs for somebody else, or not at all, changes nothing, and a retry goes on with the same request', async () => {
    await using here = await renewing({ profile: 'openbmc', authority });
    const signing = (sign: SitesAuthority['sign']) => (deps: ExecutorDeps) => ({
      ...deps,
      certificateAuthority: () => Promise.resolve({ pem: authority.pem, sign }),
    });
    const foreign = await makeAuthority('foreign CA');
    const byForeign = commandAuthority(foreign, foreign.pem);
    expect(await here.goOn({ over: signing((...terms) => byForeign.sign(...terms)) })).toMatchObject({
      is: 'CERTIFICATE_WRONG',
      at: 'sign',
    });
    await foreign.remove();
    expect(await here.goOn({ retry: 1, over: signing(() => commandAuthority({ command: ['false'] }, '').sign('', NEVER)) })).toMatchObject({
      is: 'AUTHORITY_FAILED',
      at: 'sign',
    });
    expect(await here.goOn({ retry: 2 })).toMatchObject({ is: 'done' });
    const { asked, sent } = await here.truth();
    expect({ asked, sent }).toEqual({ asked: 1, sent: 1 });
  });

  test('a lock of the maker is lifted for the section and set again, whether it ends well or not', async () => {
    for (const profile of ['dell', 'supermicro'] as const) {
      await using here = await renewing({ profile, authority, fault: 'lockdown-on' });
      const [section] = here.plan.sections;
      expect([section?.operations.map(({ n }) => actOf(here.plan, n))[0], section?.always.length]).toEqual(['redfish', 1]);
      expect(await here.goOn()).toMatchObject({ is: 'done' });
      expect((await here.one.review()).plan.sections[0]?.always.length).toBe(1);
    }
    await using there = await renewing({ profile: 'dell', authority, fault: 'lockdown-on' });
    const none = (deps: ExecutorDeps): ExecutorDeps => ({ ...deps, certificateAuthority: () => Promise.resolve(null) });
    expect(await there.goOn({ over: none })).toEqual({ is: 'PRECONDITION_FAILED', at: 'sign', closing: ['done'] });
    expect((await there.one.review()).plan.sections[0]?.always.length).toBe(1);
  });

  test('firmware that names a certificate by plain text is given it so', async () => {
    await using here = await renewing({ profile: 'dell', authority, fault: 'certificate-uri-as-text' });
    expect(await here.goOn()).toMatchObject({ is: 'done' });
  });

  test('a third key after the certificate was sent: no secret leaves, and the target parks', async () => {
    await using here = await renewing({ profile: 'openbmc', authority });
    const { one } = here;
    let logins = -1;
    const end = await here.goOn({
      over: (deps) => ({
        ...deps,
        shownKey: async (target, signal) => {
          if (logins < 0) {
            await one.fleet.fault(one.bmc.id, 'wrong-certificate');
            logins = one.fleet.wire.entries.length;
          }
          return deps.shownKey(target, signal);
        },
      }),
    });
    expect(end).toEqual({ is: 'PIN_MISMATCH', at: 'install', closing: [] });
    expect(one.fleet.wire.entries.length).toBe(logins);
    await expect(one.withConnection('read-only', () => Promise.resolve())).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
  });

  test('while a certificate is on its way both keys are taken by whoever connects', async () => {
    await using here = await renewing({ profile: 'dell', authority });
    const { one, row, gate } = here;
    for (const n of [1, 2, 3]) expect((await one.attempt(row, gate, n)).is).toBe('done');
    const { shows, record } = await here.truth();
    expect([shows, record.renewal?.state]).toEqual(['old', 'sent']);
    expect(await one.withConnection('read-only', ({ peer }) => Promise.resolve(peer))).toBe(one.bmc.pin);
    const { send } = here.plan.sections[0]?.operations[3] ?? {};
    if (send?.kind !== 'certificate' || send.act !== 'reset') throw new RangeError('the fourth operation is the reset');
    const { uri, body } = send;
    await one.withConnection('read-write', (connection) => connection.send({ method: 'POST', uri, body, ifMatch: null, limitMs: 5_000 }));
    const peer = await vi.waitFor(() => one.withConnection('read-only', (connection) => Promise.resolve(connection.peer)), 5_000);
    expect(peer).toBe(record.renewal?.fresh);
    // It started again without us: there is nothing left to reset.
    expect((await one.attempt(row, gate, 4)).is).toBe('already');
    expect((await one.attempt(row, gate, 5)).is).toBe('done');
  });
});

function subjectOf({ plan }: Renewing): CertificateSubject {
  const send = plan.sections[0]?.operations[0].send;
  if (send?.kind !== 'certificate' || send.act !== 'request') throw new RangeError('the first operation is the request');
  return send.subject;
}
