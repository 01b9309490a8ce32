import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Desk, Opened } from '../../../cli/desk.js';
import { CliError } from '../../../cli/error.js';
import { runEnroll } from '../../../cli/target/enroll.js';
import { runTrust } from '../../../cli/target/trust.js';
import type { Enrolment } from '../../../lib/model/enrolment.js';
import type { TrustedView } from '../../../lib/model/incident.js';
import { id, time, type Digest } from '../../../lib/model/json.js';
import { readStatement } from '../../../lib/model/read-statement.js';
import type { Launch, Statement } from '../../../lib/model/statement.js';
import { loadSite } from '../../../lib/site/load.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { signStatement, statementDigest } from '../../../lib/trust/statement.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

const TARGET = id<'target'>('node1');
const [LISTED, SEEN, OTHER] = [sha256<'spki'>('node1'), sha256<'spki'>('seen'), sha256<'spki'>('other')];

let fixture: SiteFixture;
let opened: Opened;

beforeAll(async () => {
  fixture = await makeSite();
  const site = await loadSite(fixture.dir);
  const [notBefore, notAfter] = [time(Date.now()), time(Date.now() + 86_400_000)];
  const launch: Launch = { ...openedOf().launch, by: id('rosa'), policy: site.policyDigest, notBefore, notAfter, targets: [TARGET] };
  const signed = await signStatement(launch, { privateKey: await readFile(fixture.keyFiles['rosa'] ?? '', 'utf8') });
  opened = openedOf({ launch, digest: statementDigest(signed), input: { ...openedOf().input, launch: signed } });
});
afterAll(() => fixture.remove());

const seen = (change: Partial<Enrolment> = {}): Enrolment => ({
  target: TARGET,
  pin: SEEN,
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  certificates: [{ subject: 'CN=bmc', issuer: 'CN=bmc', notBefore: null, notAfter: null, sha256: sha256('certificate') }],
  identity: { serial: '', uuid: 'seen-uuid' },
  loggedIn: false,
  ...change,
});

const trustedAs = (pin: Digest<'spki'>): TrustedView => ({ target: TARGET, pin, by: id('lea'), statement: sha256('statement') });

async function trust(
  pin: Digest<'spki'>,
  { trusted = [], ...answers }: Partial<Desk> & { readonly trusted?: readonly TrustedView[] } = {},
) {
  const on = stage();
  const delivered: Statement[] = [];
  const desk = fakeDesk({
    opened: async () => opened,
    view: async () => viewOf({ trusted }),
    enroll: async () => seen(),
    deliver: async (_incident, signed) => {
      const read = readStatement(signed.text);
      if ('refusal' in read) throw new Error(read.why);
      delivered.push(read.statement);
      return { statement: statementDigest(signed), gate: null };
    },
    ...answers,
  });
  const base = { ...baseOf(on, { site: fixture.dir }), context: { ...on.context, now: Date.now } };
  const signer = { as: 'lea', key: fixture.keyFiles['lea'] ?? '', reason: 'compared on the console' };
  await runTrust({ ...base, ...signer, incident: INCIDENT, target: TARGET, pin, yes: true, desk });
  return { delivered, err: on.err() };
}

describe('target trust', () => {
  it('shows the key in force and the one that answers, and signs both with the turn', async () => {
    const { delivered, err } = await trust(SEEN);
    expect(delivered).toMatchObject([
      { verb: 'trust', incident: INCIDENT, launch: opened.digest, target: TARGET, pin: SEEN, replaces: LISTED, turn: 0, by: 'lea' },
    ]);
    expect([err.includes(`in force      ${LISTED}`), err.includes(`seen now      ${SEEN}`), err.includes('CN=bmc')]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('goes by what was trusted before in the incident', async () => {
    expect((await trust(SEEN, { trusted: [trustedAs(OTHER)] })).delivered).toMatchObject([{ replaces: OTHER, turn: 1 }]);
  });

  it('signs a key that the BMC does not show now, and says so; also when nobody answers', async () => {
    const other = await trust(OTHER);
    expect([other.delivered.length, other.err.includes('another key than the one you vouch for')]).toEqual([1, true]);
    const silent = await trust(OTHER, {
      enroll: () => Promise.reject(new CliError('REFUSED', 'zone a could not look', { why: 'UNREACHABLE' })),
    });
    expect([silent.delivered.length, silent.err.includes('UNREACHABLE')]).toEqual([1, true]);
  });

  it('signs nothing for a key that is in force, a target of another incident, or when nobody can say', async () => {
    await expect(trust(LISTED)).rejects.toMatchObject({ code: 'CONFLICT' });
    const elsewhere = { ...opened, launch: { ...opened.launch, targets: [id<'target'>('node2')] } };
    await expect(trust(SEEN, { opened: async () => elsewhere })).rejects.toMatchObject({ code: 'UNKNOWN_TARGET', exitCode: 10 });
    await expect(trust(SEEN, { view: async () => null })).rejects.toMatchObject({ code: 'NO_WORKER' });
  });
});

async function enroll(answer: Enrolment, pin?: Digest<'spki'>) {
  const on = stage();
  const asked: unknown[] = [];
  const desk = fakeDesk({
    enroll: async (...what) => {
      asked.push(what);
      return answer;
    },
  });
  await runEnroll({ ...baseOf(on, { site: fixture.dir }), target: TARGET, ...(pin === undefined ? {} : { pin }), desk });
  return { asked, out: on.out(), err: on.err() };
}

describe('target enroll', () => {
  it('prints an entry that loads, with the key that was seen and the identity as far as anyone may see it', async () => {
    const { asked, out, err } = await enroll(seen());
    expect(asked).toEqual([['oob', TARGET, null]]);
    expect(parse(out)).toMatchObject([{ id: TARGET, zone: 'oob', pin: SEEN, identity: { serial: 'SN-node1', uuid: 'seen-uuid' } }]);
    expect([out.startsWith('# The pin is as seen, and NOT COMPARED'), err.includes('sha256sum'), err.includes(LISTED)]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('prints the whole identity once a login to the compared key has read it', async () => {
    const { asked, out } = await enroll(seen({ loggedIn: true, identity: { serial: 'S1', uuid: 'U1' } }), SEEN);
    expect(asked).toEqual([['oob', TARGET, SEEN]]);
    expect([parse(out), out.includes('NOT COMPARED')]).toMatchObject([[{ pin: SEEN, identity: { serial: 'S1', uuid: 'U1' } }], false]);
  });

  it('prints nothing when another key answers than the one that was compared', async () => {
    await expect(enroll(seen(), OTHER)).rejects.toMatchObject({ code: 'REFUSED', exitCode: 3 });
  });
});
