import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { keyDigest } from '../../drill/extras.js';
import { startFleet, type FleetOptions, type FleetTarget } from '../../drill/fleet.js';
import { textAt } from '../../drill/json.js';
import { membersOf, visit } from './bmc-client.js';
import { captured, makeTree } from './support.js';

const own = makeTree();

afterAll(() => {
  rmSync(own, { recursive: true });
});

const KINDS = ['rogue-administrator', 'raised-role', 'stolen-session', 'planted-subscription', 'added-key'];

test.each<[string, FleetOptions]>([
  ['three generated BMCs', {}],
  ['one generated BMC', { targets: 1 }],
  ['seven small ones', { targets: 7, profile: 'small', seed: 4 }],
  ['nine big ones', { targets: 9, seed: 5 }],
  ['captured trees, where there are any', { trees: [own, ...captured] }],
])('a reviewer who goes by the allow-list finds what was planted in %s, and nothing else', async (_name, options) => {
  const fleet = await startFleet(options);
  for (const target of fleet.targets) {
    const found = await review(target);
    expect([target.id, found]).toEqual([target.id, target.planted.map(({ finding, uri }) => `${finding} ${uri}`).sort()]);
  }
  await fleet.close();
});

test('every kind appears in a fleet of three, some targets of a larger one are clean, and the same seed plants the same', async () => {
  const [three, nine, again] = [await startFleet(), await startFleet({ targets: 12, seed: 3 }), await startFleet()];
  const kindsOf = (targets: readonly FleetTarget[]): string[][] => targets.map((target) => target.planted.map((planted) => planted.kind));
  expect(new Set(kindsOf(three.targets).flat())).toEqual(new Set(KINDS));
  expect(kindsOf(again.targets)).toEqual(kindsOf(three.targets));
  expect(kindsOf(nine.targets)).toContainEqual([]);
  await Promise.all([three.close(), nine.close(), again.close()]);
});

test('a fleet without a compromise has nothing to find', async () => {
  const fleet = await startFleet({ compromise: false });
  expect(await Promise.all(fleet.targets.map(review))).toEqual([[], [], []]);
  await fleet.close();
});

/** The honest reviewer: reads over the wire, compares with the allow-list, spares its own session. */
async function review(target: FleetTarget): Promise<string[]> {
  const visitor = await visit(target);
  const { allow } = target;
  const found: string[] = [];
  for (const uri of await membersOf(visitor, '/redfish/v1/AccountService/Accounts')) {
    const { json } = await visitor.get(uri);
    const allowed = allow.accounts.find((account) => account.userName === json['UserName']);
    if (json['UserName'] === '') continue;
    if (allowed === undefined) found.push(`UNKNOWN_ACCOUNT ${uri}`);
    else if (allowed.roleId !== json['RoleId']) found.push(`ROLE_RAISED ${uri}`);
    const keys = textAt(json, 'Keys', '@odata.id');
    for (const key of keys === '' ? [] : await membersOf(visitor, keys)) {
      const digest = keyDigest(textAt((await visitor.get(key)).json, 'KeyString'));
      if (!allow.keys.includes(digest)) found.push(`UNKNOWN_KEY ${key}`);
    }
  }
  for (const uri of await membersOf(visitor, '/redfish/v1/SessionService/Sessions')) {
    const { json } = await visitor.get(uri);
    const address = textAt(json, 'ClientOriginIPAddress') || textAt(json, 'Oem', 'Hpe', 'UserIP');
    const spared = allow.sessions.some((session) => session.userName === json['UserName'] && session.address === address);
    if (!spared && uri !== visitor.session) found.push(`FOREIGN_SESSION ${uri}`);
  }
  for (const uri of await membersOf(visitor, '/redfish/v1/EventService/Subscriptions')) {
    const destination = textAt((await visitor.get(uri)).json, 'Destination');
    if (!allow.subscriptions.includes(destination)) found.push(`UNKNOWN_SUBSCRIPTION ${uri}`);
  }
  await visitor.send('DELETE', visitor.session);
  return found.sort();
}
