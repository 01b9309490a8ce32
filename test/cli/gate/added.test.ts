import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk, Opened } from '../../../cli/desk.js';
import { targetsIn, targetsOf, withAdded } from '../../../cli/gate/added.js';
import { requireLaunch } from '../../../cli/gate/launch.js';
import type { AddedView } from '../../../lib/model/incident.js';
import { digest, id, time } from '../../../lib/model/json.js';
import type { Add, Launch, SignedStatement } from '../../../lib/model/statement.js';
import { loadSite, type LoadedSite } from '../../../lib/site/load.js';
import { canonical, digestOf } from '../../../lib/trust/canonical.js';
import { signStatement, statementDigest } from '../../../lib/trust/statement.js';
import { codeOf } from '../../support/code-of.js';
import { fakeDesk } from '../../support/desk.js';
import { INCIDENT, openedOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
let site: LoadedSite;
let opened: Opened;

const NOW = { notBefore: time(Date.now()), notAfter: time(Date.now() + 86_400_000) };
const keyOf = (who: string): Promise<string> => readFile(fixture.keyFiles[who] ?? '', 'utf8');

beforeAll(async () => {
  fixture = await makeSite();
  site = await loadSite(fixture.dir);
  const launch: Launch = { ...openedOf().launch, by: id('rosa'), policy: site.policyDigest, ...NOW };
  const signed = await signStatement(launch, { privateKey: await keyOf('rosa') });
  opened = openedOf({ launch, digest: statementDigest(signed), input: { ...openedOf().input, launch: signed } });
});
afterAll(() => fixture.remove());

async function added(who: string, by = who, launch = opened.digest): Promise<SignedStatement> {
  const { type, version, incident, reason } = opened.launch;
  const targets: Add['targets'] = [{ target: id('r3'), zone: id('a'), record: digest('a'.repeat(64)) }];
  const add: Add = { type, version, incident, reason, ...NOW, by: id(by), verb: 'add', launch, targets, turn: 0 };
  return signStatement(add, { privateKey: await keyOf(who) });
}

/** What a desk comes to that is shown this statement under this view. */
function shown(signed: SignedStatement, change: Partial<AddedView> = {}): Promise<Opened> {
  const name = digestOf<'signed-statement'>(signed);
  const view: AddedView = { statement: statementDigest(signed), signed: name, by: id('rosa'), targets: 1, state: 'in', ...change };
  return fakeDesk({ read: async () => Buffer.from(canonical(signed)) })().then((desk: Desk) => withAdded(desk, opened, { added: [view] }));
}

describe('targets that were added', () => {
  it('are targets of their zone once they are in, and not while somebody must co-sign', async () => {
    const signed = await added('rosa');
    const [inIt, asked] = [await shown(signed), await shown(signed, { state: 'asked' })];
    expect([targetsIn(inIt, id('a')), targetsIn(inIt, id('b')), targetsOf(asked)]).toEqual([['r1', 'r2', 'r3'], [], ['r1', 'r2']]);
    await expect(requireLaunch(inIt, INCIDENT, site, Date.now())).resolves.toBeUndefined();
  });

  it('are not believed when the statement is another than the incident names', async () => {
    const signed = await added('rosa');
    expect(await codeOf(shown(signed, { statement: opened.digest }))).toBe('FORGED_PLAN');
    expect(await codeOf(shown(signed, { signed: digest('b'.repeat(64)) }))).toBe('FORGED_PLAN');
  });

  it.each([
    ['signed with the key of another', () => added('rosa', 'lea'), 'NOT_IN_KEYRING'],
    ['under another launch', () => added('rosa', 'rosa', digest('c'.repeat(64))), 'NOT_ALLOWED'],
    ['of somebody who may not launch', () => added('lea'), 'NOT_ALLOWED'],
  ])('let nobody sign for them when the statement is %s', async (_, make, code) => {
    expect(await codeOf(requireLaunch(await shown(await make()), INCIDENT, site, Date.now()))).toBe(code);
  });
});
