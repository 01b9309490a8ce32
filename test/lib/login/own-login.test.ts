import { afterEach, expect, test } from 'vitest';
import { decisionsAbout } from '../../../lib/login/decisions.js';
import { logIn } from '../../../lib/login/login.js';
import { inventoryLogin, ownLogin } from '../../../lib/login/own-login.js';
import { withWayBack } from '../../../lib/login/way-back.js';
import { digest, id } from '../../../lib/model/json.js';
import type { Connection, Login } from '../../../lib/redfish/types.js';
import { openBurned } from '../../../lib/store/burned.js';
import { openCredentials, type OwnAccount, type Rotation } from '../../../lib/store/credentials.js';
import { openStatements } from '../../../lib/store/statements.js';
import { FileStore } from '../../../lib/vault/file-store.js';
import { Secret } from '../../../lib/vault/secret.js';
import { join } from 'node:path';
import { codeOf } from '../../support/code-of.js';
import { fileSecrets } from '../../support/executor-over.js';
import { INCIDENT, oneTarget, STEP, type OneTarget } from '../../support/one-target.js';

let one: OneTarget;
afterEach(() => one.close());

const OWN: OwnAccount = {
  incident: INCIDENT,
  userName: 'cofferdam-00000',
  ref: 'vault://file/own',
  uri: '/redfish/v1/AccountService/Accounts/9',
  state: 'used',
  code: null,
};

/** A BMC that does not know the incident's own account any more. */
async function withOwn() {
  one = await oneTarget({ profile: 'small', compromise: false });
  const { ground, layout, target } = one;
  const credentials = openCredentials(layout.credentials);
  await new FileStore(join(ground.state, 'secrets')).write('own', { userName: OWN.userName, password: Secret.of('Gone-since-t0day') });
  await credentials.keep(target.id, OWN);
  const { stores } = fileSecrets(ground);
  const deps = { credentials, vaultOf: (reference: string) => stores.vaultOf(reference) };
  return { credentials, deps, login: () => ownLogin(target, deps) };
}

test('what an incident logs in with is its own account while that is used, and what the inventory comes to before and after', async () => {
  const { credentials, login } = await withOwn();
  const names: string[] = [];
  for (const state of ['sent', 'made', 'used', 'left', 'lost', 'refused', 'removed'] as const) {
    await credentials.keep(one.target.id, { ...OWN, state });
    names.push(`${state} ${(await login()).userName === OWN.userName ? 'own' : 'inventory'}`);
  }
  expect(names).toEqual(
    ['sent', 'made', 'used', 'left', 'lost', 'refused', 'removed'].map((state) => `${state} ${state === 'used' ? 'own' : 'inventory'}`),
  );
});

test('a rotation of the inventory’s login keeps that back, and not our own', async () => {
  const { credentials, deps, login } = await withOwn();
  const rotation: Rotation = {
    ref: one.target.secret,
    key: 'k',
    state: 'sent',
    ours: false,
    demanded: false,
    over: null,
    oldRefused: false,
    newRefused: false,
    refusals: 0,
    refusedAt: null,
    mostRefusals: 2,
    lockout: { bears: 2, forgetsMs: null },
  };
  await credentials.note(one.target.id, rotation);
  expect((await login()).userName).toBe(OWN.userName);
  expect(await codeOf(inventoryLogin(one.target, deps))).toBe('SECRET_IN_DOUBT');
  await credentials.keep(one.target.id, { ...OWN, state: 'left' });
  expect(await codeOf(login())).toBe('SECRET_IN_DOUBT');
});

test('an own account that is refused is given up, and the login that a person then allows is the inventory’s', async () => {
  const { credentials, login } = await withOwn();
  const sent: string[] = [];
  const open = (secret: () => Promise<Login>): Promise<Connection> =>
    logIn({
      target: one.target,
      mode: 'read-only',
      signal: new AbortController().signal,
      limits: { retryPausesMs: [] },
      secret: async () => {
        const chosen = await secret();
        sent.push(chosen.userName);
        return chosen;
      },
      burned: withWayBack(credentials, one.target.id, openBurned(one.layout.incident(INCIDENT).target(one.target.id).burned)),
      decisions: decisionsAbout(one.target.id, {
        incident: INCIDENT,
        statements: openStatements(one.layout.incident(INCIDENT).statements),
        keyring: () => Promise.resolve(one.ground.keyring),
      }),
      record: () => Promise.resolve({ seq: 1, head: digest('0'.repeat(64)) }),
    });
  expect(await codeOf(open(login))).toBe('LOGIN_REFUSED');
  expect((await credentials.read(one.target.id)).account).toEqual({ ...OWN, state: 'lost', code: 'OWN_LOGIN_REFUSED' });
  expect(await codeOf(open(login))).toBe('SECRET_BURNED');
  await one.say('rita', (said) => ({
    ...said,
    verb: 'resolve',
    launch: one.launch,
    step: id(STEP),
    choice: 'retry',
    retry: 0,
    targets: [one.target.id],
  }));
  await (await open(login)).close();
  expect(sent).toEqual([OWN.userName, one.bmc.userName]);
});
