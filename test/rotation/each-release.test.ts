import { expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id, type Json } from '../../lib/model/json.js';
import type { Condition } from '../../lib/model/operation.js';
import { operationsOf } from '../../lib/model/plan.js';
import { valueAtPointer } from '../../lib/redfish/json.js';
import { releaseBy } from '../support/by-launch.js';
import { ownScene, type OwnScene } from '../support/own-account.js';

const ROTATE = id<'step'>('rotate');

/** Of SNMP that nobody is listed to use, and of accounts that the host gives itself. */
const CLOSED = /^\/(SNMP|CredentialBootstrapping)\//;

interface Setting {
  readonly pointer: string;
  /** Before the freeze. */
  readonly was: Json;
  readonly now: Json | undefined;
}

/** Each setting of services and doors that the freeze changed. */
async function settings({ one, plan }: OwnScene): Promise<readonly Setting[]> {
  const changed = operationsOf(plan).flatMap(({ undo }) => undo?.after.filter(isSetting) ?? []);
  return one.withOwnLogin((connection) =>
    Promise.all(
      changed.map(async ({ uri, pointer, equals }) => {
        const { json } = await connection.get(uri);
        return { pointer, was: equals, now: valueAtPointer(json ?? null, pointer) };
      }),
    ),
  );
}

function isSetting(condition: Condition): condition is Extract<Condition, { pointer: string }> {
  return 'pointer' in condition && /\/(NetworkProtocol|HostInterfaces\/\w+)$/.test(condition.uri);
}

const BOOTSTRAP = ['/CredentialBootstrapping/EnableAfterReset', '/CredentialBootstrapping/Enabled'];

test.each<[ProfileName, string[]]>([
  ['dell', ['/SNMP/ProtocolEnabled']],
  ['lenovo', ['/SNMP/ProtocolEnabled', ...BOOTSTRAP]],
  ['supermicro', BOOTSTRAP],
])(
  'on %s, what a rotation closes for good stays closed after the release, and all else that the freeze closed opens again',
  async (profile, names) => {
    await using freeze = await ownScene(profile);
    expect(await freeze.go()).toEqual({ is: 'done', operation: 0 });
    const rotation = await freeze.replan(2, ROTATE);
    expect(await rotation.go()).toEqual({ is: 'done', operation: 0 });
    expect(await freeze.go({ release: await releaseBy(freeze.one, 'lara') })).toEqual({ is: 'done', operation: 0 });
    const after = await settings(freeze);
    const closed = after.filter(({ pointer }) => CLOSED.test(pointer));
    expect(closed.map(({ pointer, now }) => [pointer, now])).toEqual(names.map((name) => [name, false]));
    expect(after.filter((one) => !closed.includes(one) && one.now !== one.was)).toEqual([]);
    expect(after.length).toBeGreaterThan(closed.length);
  },
);
