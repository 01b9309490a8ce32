import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { OPEN } from '../../lib/evidence/recover.js';
import { listKept } from '../../lib/evidence/kept.js';
import { digest, id } from '../../lib/model/json.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { isObject } from '../../lib/redfish/json.js';
import type { Connection } from '../../lib/redfish/types.js';
import { canonicalUri } from '../../lib/redfish/uri.js';
import { planTarget } from '../../lib/steps/plan.js';
import { codeOf } from '../support/code-of.js';
import { oneTarget, POLICY, secretsOf, type OneTarget } from '../support/one-target.js';
import { demanding, rotating, type Rotating } from '../support/rotating.js';
import { count, requireOne } from './cases.js';

const ROTATE = id<'step'>('rotate');

describe('a BMC that wants our password changed first', () => {
  let one: OneTarget;
  afterEach(() => one.close());

  /** What planning comes to when the BMC's answers, or the inventory, are like that. */
  async function planned(
    saying: (connection: Connection) => Connection,
    listed: (target: RedfishTarget) => RedfishTarget = (same) => same,
  ) {
    one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE);
    one.bmc.demandChange(one.bmc.userName);
    const target = listed(one.target);
    const { objects } = one;
    return codeOf(
      one.withSeries((series) =>
        one.withConnection('read-only', (connection) =>
          planTarget({ step: ROTATE, target, series, connection: saying(connection), objects, secret: secretsOf(target) }),
        ),
      ),
    );
  }

  test.each([
    ['a place outside of the accounts', '/redfish/v1/Managers/bmc/Accounts/responder'],
    ['a place below an account', '/redfish/v1/AccountService/Accounts/responder/Keys'],
    ['a way out of the accounts', '/redfish/v1/AccountService/Accounts/../Roles/Administrator'],
    ['a query', '/redfish/v1/AccountService/Accounts/responder?x=1'],
    ['another host', 'https://192.0.2.1/redfish/v1/AccountService/Accounts/responder'],
    ['nothing', ''],
  ])('and names %s for ours is sent nothing, whatever it shows there', async (_what, uri) => {
    expect(await planned(naming(uri))).toBe('PASSWORD_CHANGE_REQUIRED');
  });

  test('and names another account is sent nothing', async () => {
    expect(await planned(naming('/redfish/v1/AccountService/Accounts/root', false))).toBe('PASSWORD_CHANGE_REQUIRED');
  });

  test('and names our account is planned for; without a pinned key it is not, since nothing else shows who would get the secret', async () => {
    expect(await planned((same) => same)).toBe('resolved');
    await one.close();
    expect(
      await planned(
        (same) => same,
        (target) => ({ ...target, pin: null, tls: { minimum: 'TLSv1.2', ca: id('site'), reason: null } }),
      ),
    ).toBe('PASSWORD_CHANGE_REQUIRED');
  });

  test('is planned for by no other step', async () => {
    one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE);
    one.bmc.demandChange(one.bmc.userName);
    for (const step of ['review-access', 'freeze', 'certificates'])
      expect(await codeOf(one.review(undefined, id(step)))).toBe('PASSWORD_CHANGE_REQUIRED');
  });
});

/** Its refusals name this as the account to be changed, and it shows ours there. */
function naming(uri: string, shows = true): (connection: Connection) => Connection {
  const info = { MessageId: 'Base.1.18.1.PasswordChangeRequired', MessageArgs: [uri] };
  return (connection) => ({
    ...connection,
    async get(asked) {
      if (shows && asked === canonicalUri(uri, '/redfish/v1'))
        return { ...(await connection.get('/redfish/v1/AccountService/Accounts/responder')), uri: asked, answeredBy: asked };
      const answer = await connection.get(asked);
      return answer.status === 403 ? { ...answer, json: { error: { code: info.MessageId, '@Message.ExtendedInfo': [info] } } } : answer;
    },
  });
}

describe('before a new secret goes to a BMC that does not say which it is', () => {
  const other = digest<'spki'>('d'.repeat(64));
  const cases: readonly (readonly [string, string, (deps: ExecutorDeps) => ExecutorDeps])[] = [
    [
      'the UUID of its service root is another',
      'WRONG_DEVICE',
      (deps) => targetAs(deps, (target) => ({ ...target, identity: { ...target.identity, uuid: 'other' } })),
    ],
    ['its key is not the one in force', 'PASSWORD_CHANGE_REQUIRED', (deps) => targetAs(deps, (target) => ({ ...target, pin: other }))],
    ['no key is in force', 'PASSWORD_CHANGE_REQUIRED', (deps) => targetAs(deps, (target) => ({ ...target, pin: null }))],
    [
      'its key is another one’s too, and no UUID is known',
      'PASSWORD_CHANGE_REQUIRED',
      (deps) => ({
        ...targetAs(deps, (target) => ({ ...target, identity: { ...target.identity, uuid: '' } })),
        keysOfOthers: (incident, target) =>
          deps.target(incident, target).then((known) => (known.protocol === 'redfish' && known.pin !== null ? [known.pin] : [])),
      }),
    ],
    ['it shows its accounts after all', 'PRECONDITION_FAILED', (deps) => answering(deps, /\/Accounts$/)],
    ['it shows its sessions after all', 'PRECONDITION_FAILED', (deps) => answering(deps, /\/Sessions$/)],
  ];
  test.each(cases)('nothing is sent when %s: %s', async (_what, code, over) => {
    await using here = await demanding({ profile: 'openbmc' });
    expect(await here.goOn({ over })).toMatchObject({ is: code, operation: 2 });
    const truth = await here.truth();
    requireOne(truth, 'old');
    expect([truth.sent, truth.current]).toEqual([0, 'old']);
    await count('first passwords that are not sent');
  });

  test('what it refuses to show, and what needs no login, is sealed, and no class of it counts as read', async () => {
    await using here = await demanding({ profile: 'openbmc', seals: ['configuration'] });
    const { fleet, bmc } = here.one;
    const hold = fleet.hold(bmc.id, { method: 'PATCH' }, 'before');
    const end = here.goOn();
    await hold.reached;
    const { classes, kept } = await evidenceOf(here);
    hold.release();
    await end;
    expect(classes).toEqual(['configuration']);
    const statusOf = (uri: string) => kept.get(uri);
    expect(
      ['/redfish/v1/AccountService/Accounts', '/redfish/v1/SessionService/Sessions', '/redfish/v1', '/redfish/v1/$metadata'].map(statusOf),
    ).toEqual([403, 403, 200, 200]);
    expect(statusOf(`/redfish/v1/AccountService/Accounts/${bmc.userName}`)).toBe(200);
  });
});

test('a new secret that logs in to another device than the inventory has never becomes the current one', async () => {
  await using here = await demanding({ profile: 'openbmc' });
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    tryLogin: async (...how) => elsewhere(await deps.tryLogin(...how)),
  });
  const end = await here.goOn({ over });
  expect(end).toMatchObject({ is: 'WRONG_DEVICE', operation: 2 });
  const truth = await here.truth();
  expect([truth.works, truth.current, truth.gives, truth.keptOut]).toEqual([['new'], 'old', 'SECRET_IN_DOUBT', []]);
  // Whoever finds out that the inventory is right signs a retry.
  expect(await here.goOn({ retry: 1 })).toMatchObject({ is: 'done' });
  requireOne(await here.truth(), 'new', 1);
  await count('first passwords on another device');
});

test('a new secret of another account that the BMC then wants changed by its user never becomes the current one', async () => {
  await using here = await rotating({ profile: 'openbmc', service: 'metrics' });
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    tryLogin(known, target, series, login, signal) {
      here.one.bmc.demandChange('metrics');
      return deps.tryLogin(known, target, series, login, signal);
    },
  });
  expect(await here.goOn({ over })).toMatchObject({ is: 'PASSWORD_CHANGE_REQUIRED' });
  const { works, current, keptOut } = await here.truth();
  expect([works, current, keptOut]).toEqual([['new'], 'old', []]);
  await count('first passwords of others');
});

test('an old secret that still lets in, if only to change it, is not taken for refused', async () => {
  await using here = await rotating({ profile: 'openbmc', service: 'metrics', fault: 'password-both-work' });
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    async tryLogin(...how) {
      const { record } = await here.truth();
      if (record.rotations.some(({ state }) => state === 'both')) here.one.bmc.demandChange('metrics');
      return deps.tryLogin(...how);
    },
  });
  expect(await here.goOn({ over })).toMatchObject({ is: 'BOTH_ACCEPTED' });
  const { works, current, keptOut } = await here.truth();
  expect([works, current, keptOut]).toEqual([['old', 'new'], 'old', []]);
  await count('first passwords of others');
});

function elsewhere(connection: Connection): Connection {
  return {
    ...connection,
    async get(uri) {
      const answer = await connection.get(uri);
      const { json } = answer;
      return json !== null && isObject(json) && 'SerialNumber' in json ? { ...answer, json: { ...json, SerialNumber: 'OTHER' } } : answer;
    },
  };
}

function targetAs(deps: ExecutorDeps, as: (target: RedfishTarget) => RedfishTarget): ExecutorDeps {
  return {
    ...deps,
    async target(incident, target) {
      const known = await deps.target(incident, target);
      return known.protocol === 'redfish' ? as(known) : known;
    },
  };
}

/** It answers these with something that is no refusal. */
function answering(deps: ExecutorDeps, which: RegExp): ExecutorDeps {
  return {
    ...deps,
    async connect(...how) {
      const connection = await deps.connect(...how);
      return {
        ...connection,
        async get(uri) {
          const answer = await connection.get(uri);
          return which.test(uri) ? { ...answer, status: 200, json: { Members: [] } } : answer;
        },
      };
    },
  };
}

async function evidenceOf({ one }: Rotating) {
  return one.withSeries(async (series) => {
    const { captures } = await listKept(series.folder);
    const sealed = captures.filter(({ file }) => !file.startsWith(join(series.folder, OPEN)));
    return { classes: [...series.sealedClasses()], kept: new Map(sealed.map(({ uri, status }) => [uri, status])) };
  });
}
