import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { FleetOptions } from '../../../drill/fleet.js';
import type { Outcome, Send } from '../../../lib/model/operation.js';
import type { IndexRow } from '../../../lib/model/plan.js';
import type { GateRef } from '../../../lib/model/work.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import { claimKey } from '../../../lib/store/claims.js';
import { canonical } from '../../../lib/trust/canonical.js';
import { readIndex } from '../../../lib/trust/read-plan.js';
import { INCIDENT, oneTarget, plantedUri, writes, type OneTarget } from '../../support/one-target.js';

let one: OneTarget;
afterEach(() => one.close());

interface Approved {
  readonly row: IndexRow;
  readonly gate: GateRef;
}

/** A planned, sealed and approved review of a BMC on which everything was planted. */
async function approved(options: FleetOptions = {}): Promise<Approved> {
  one = await oneTarget(options);
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.seal('accounts', 'sessions');
  await one.approve(gate);
  return { row: planned.row, gate };
}

/** The same for a plan made by hand. */
async function approvedSend(
  send: Send,
  change: Partial<Parameters<OneTarget['planOf']>[0]> = {},
  row: Partial<IndexRow> = {},
): Promise<Approved> {
  const planned = await one.planOf({ send, ...change }, row);
  const gate = await one.open(planned);
  await one.seal('accounts', 'sessions', 'configuration', 'logs', 'volatile-logs');
  await one.approve(gate);
  return { row: planned.row, gate };
}

/** Attempts as the engine would: again after what is not final. */
async function carriedOut({ row, gate }: Approved, operation = 1): Promise<Outcome> {
  for (let attempt = 0; attempt < 30; attempt++) {
    try {
      return await one.attempt(row, gate, operation);
    } catch (error) {
      if (!(error instanceof ExecutorError) || error.final) throw error;
    }
  }
  throw new RangeError('never settled');
}

async function refusal(work: Promise<Outcome>): Promise<unknown> {
  const error = await work.then(
    (outcome) => outcome,
    (thrown: unknown) => thrown,
  );
  return error instanceof ExecutorError ? [error.code, error.reason, error.final] : error;
}

async function read(uri: string): Promise<Record<string, unknown>> {
  const { json } = await one.withConnection('read-only', (connection) => connection.get(uri));
  return Object.fromEntries(Object.entries(typeof json === 'object' && json !== null ? json : {}));
}

const disable = (uri: string, Enabled = false): [Send, { after: { uri: string; pointer: string; equals: boolean }[] }] => [
  { kind: 'redfish', method: 'PATCH', uri, body: { Enabled } },
  { after: [{ uri, pointer: '/Enabled', equals: Enabled }] },
];

describe('an approved review is carried out', () => {
  test.each(['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'] as const)(
    'on %s: the account is disabled, the foreign session ended, subscription and key taken out, nothing sent twice',
    async (profile) => {
      const { row, gate } = await approved({ profile });
      const removed = one.bmc.planted.filter(({ kind }) => kind === 'added-key' || kind === 'planted-subscription').map(({ uri }) => uri);
      const all = Array.from({ length: 3 + removed.length }, (_, n) => n + 1);
      expect(row.operations).toBe(all.length);
      for (const n of all) expect(await one.attempt(row, gate, n)).toMatchObject({ is: 'done' });
      expect(await read(plantedUri(one, 'rogue-administrator'))).toMatchObject({ Enabled: false });
      const { status } = await one.withConnection('read-only', (connection) => connection.get(plantedUri(one, 'stolen-session')));
      expect(status).toBe(404);
      // A repeat, as after a reset of the engine's history, is answered from disk.
      for (const n of all) expect(await one.attempt(row, gate, n)).toMatchObject({ is: 'done' });
      const [first, second, ...more] = writes(one);
      expect([first, second]).toEqual([`PATCH ${plantedUri(one, 'rogue-administrator')}`, `DELETE ${plantedUri(one, 'stolen-session')}`]);
      expect(more.sort()).toEqual(removed.map((uri) => `DELETE ${uri}`).sort());
      // Plan again: what is done is not planned, and allowed sessions are still open.
      expect((await one.review()).row.operations).toBe(0);
    },
  );

  test('the custody log has claim, answer and outcome, after the captures they stand on', async () => {
    const { row, gate } = await approved();
    const { is, seq } = await one.attempt(row, gate, 1);
    const last = await one.withSeries(async (series) => series.position.seq);
    expect([is, seq]).toEqual(['done', last]);
  });

  test('a postcondition that holds already is `already`, without a claim', async () => {
    const { row, gate } = await approved();
    await one.withConnection('read-write', (connection) =>
      connection.send({ method: 'PATCH', uri: plantedUri(one, 'rogue-administrator'), body: { Enabled: false }, ifMatch: null }),
    );
    expect(await one.attempt(row, gate, 1)).toMatchObject({ is: 'already' });
    expect(await one.claims.find(one.order(row, 1), null)).toBe(null);
    expect(writes(one)).toHaveLength(1);
  });

  test('a rule also ends the session that was opened after the plan, and says how many it covered', async () => {
    const { row, gate } = await approved();
    const late = await one.withConnection('read-write', async (connection) => {
      const { headers } = await connection.send({
        method: 'POST',
        uri: '/redfish/v1/SessionService/Sessions',
        body: { UserName: one.bmc.userName, Password: one.bmc.password },
        ifMatch: null,
      });
      return headers['location'] ?? '';
    });
    expect(await one.attempt(row, gate, 2)).toMatchObject({ is: 'done' });
    expect(one.fleet.wire.entries.filter(({ method, uri }) => method === 'DELETE' && late.endsWith(uri))).toHaveLength(1);
    expect(await one.claims.tries(one.order(row, 2), null)).toMatchObject({ covered: 2 });
  });
});

describe('nothing is sent without the bytes that were signed', () => {
  test.each(['plan', 'page', 'index'] as const)('forged %s bytes are refused', async (what) => {
    const { row, gate } = await approved();
    const [page = ''] = readIndex(await one.objects.get(gate.root)).pages;
    const forged = { plan: row.plan, page, index: gate.root }[what];
    await writeFile(join(one.layout.objects, forged.slice(0, 2), forged), canonical({ step: 'review-access' }));
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'OBJECT_CORRUPT', true]);
    expect(writes(one)).toEqual([]);
  });

  test('a plan that lies under no approved root is refused', async () => {
    const { gate } = await approved();
    const uri = plantedUri(one, 'raised-role');
    const { row } = await one.planOf({ send: disable(uri)[0], after: disable(uri)[1].after });
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'PLAN_NOT_APPROVED', true]);
  });

  test('another root than the one of the round is refused', async () => {
    const { row, gate } = await approved();
    const other = await one.objects.put<'index'>({ ...readIndex(await one.objects.get(gate.root)), step: 'triage' });
    expect(await refusal(one.attempt(row, { ...gate, root: other }))).toEqual(['NOT_ATTEMPTED', 'GATE_UNKNOWN', true]);
  });

  test('an effect that is graver than the signed row, or than the step, is refused', async () => {
    one = await oneTarget();
    const uri = plantedUri(one, 'rogue-administrator');
    const removal: Send = { kind: 'redfish', method: 'DELETE', uri, body: null };
    const asChange = await approvedSend(removal, { after: [{ uri, absent: true }] });
    expect(await refusal(one.attempt(asChange.row, asChange.gate))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE', true]);
    await one.close();
    one = await oneTarget();
    const asDestroy = await approvedSend(removal, { after: [{ uri, absent: true }] }, { effect: 'destroy' });
    expect(await refusal(one.attempt(asDestroy.row, asDestroy.gate))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE', true]);
    expect(writes(one)).toEqual([]);
  });

  test('evidence that the signed row does not name is not destroyed', async () => {
    one = await oneTarget();
    const [send, change] = disable(plantedUri(one, 'rogue-administrator'));
    const { row, gate } = await approvedSend(send, change, { destroys: ['accounts'] });
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE', true]);
  });

  test.each<[string, Partial<Parameters<OneTarget['planOf']>[0]> & { send: Send }]>([
    ['a kind that is not built', { send: { kind: 'wait', budgetMs: 1 } }],
    [
      'proof by an act',
      { send: disable('/redfish/v1/x')[0], after: disable('/redfish/v1/x')[1].after, proof: { by: 'act', witness: 'task' } },
    ],
    ['no postcondition', { send: disable('/redfish/v1/x')[0] }],
    ['another version of the kind', { send: disable('/redfish/v1/x')[0], after: disable('/redfish/v1/x')[1].after, version: 2 }],
  ])('%s is refused and never reads as done', async (_, operation) => {
    one = await oneTarget();
    const { row, gate } = await approvedSend(operation.send, operation, { effect: 'destroy' });
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'UNSUPPORTED_KIND', true]);
  });
});

describe('nothing is sent when the target is not as it must be', () => {
  test('evidence that is captured but not sealed', async () => {
    one = await oneTarget();
    const planned = await one.review();
    const gate = await one.open(planned);
    await one.approve(gate);
    await one.seal('sessions');
    expect(await refusal(one.attempt(planned.row, gate, 1))).toEqual(['NOT_ATTEMPTED', 'EVIDENCE_NOT_SEALED', true]);
    expect(writes(one)).toEqual([]);
  });

  test('another device under the address', async () => {
    const { row, gate } = await approved();
    const executor = one.executor((deps) => ({
      ...deps,
      target: () => Promise.resolve({ ...one.target, identity: { ...one.target.identity, serial: 'OTHER' } }),
    }));
    const attempt = executor.attempt(one.order(row), one.context(gate), new AbortController().signal);
    expect(await refusal(attempt)).toEqual(['NOT_ATTEMPTED', 'WRONG_DEVICE', true]);
    expect(writes(one)).toEqual([]);
  });

  test('a precondition that no longer holds', async () => {
    one = await oneTarget();
    const uri = plantedUri(one, 'rogue-administrator');
    const [send, { after }] = disable(uri);
    const { row, gate } = await approvedSend(send, { after, before: [{ uri, pointer: '/UserName', equals: 'somebody else' }] });
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'PRECONDITION_FAILED', true]);
    expect(writes(one)).toEqual([]);
  });

  test('our own account', async () => {
    one = await oneTarget();
    const uri = `/redfish/v1/AccountService/Accounts/${one.bmc.userName}`;
    const { row, gate } = await approvedSend(...disable(uri));
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'OWN_ACCOUNT', true]);
    expect(writes(one)).toEqual([]);
  });

  test('the last enabled administrator', async () => {
    one = await oneTarget({ compromise: false });
    const accounts = '/redfish/v1/AccountService/Accounts';
    const patch = (name: string, body: { RoleId: string }) =>
      one.withConnection('read-write', (connection) =>
        connection.send({ method: 'PATCH', uri: `${accounts}/${name}`, body, ifMatch: null }),
      );
    // We are demoted ourselves, so that the factory's account is the last one. It was planned when it was not.
    const { row, gate } = await approvedSend(...disable(`${accounts}/root`));
    await patch(one.bmc.userName, { RoleId: 'Operator' });
    const before = writes(one).length;
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', 'LAST_ADMINISTRATOR', true]);
    expect(writes(one)).toHaveLength(before);
  });

  test.each(['down', 'out-of-sessions'] as const)('a BMC that is %s is tried three times, then a person is asked', async (fault) => {
    const { row, gate } = await approved();
    await one.fleet.fault(one.bmc.id, fault);
    const finals = [];
    for (let n = 0; n < 3; n++) finals.push(await refusal(one.attempt(row, gate)));
    const reason = fault === 'down' ? 'UNREACHABLE' : 'SESSION_LIMIT';
    expect(finals).toEqual([false, false, true].map((final) => ['NOT_ATTEMPTED', reason, final]));
  });

  test.each([
    ['unauthorized', 'LOGIN_REFUSED'],
    ['wrong-certificate', 'PIN_MISMATCH'],
  ] as const)('a BMC that is %s is not tried again', async (fault, reason) => {
    const { row, gate } = await approved();
    await one.fleet.fault(one.bmc.id, fault);
    expect(await refusal(one.attempt(row, gate))).toEqual(['NOT_ATTEMPTED', reason, true]);
  });
});

describe('a lost or lying answer leads to an observation', () => {
  test('applied, and the answer lost: seen to be done, and sent once', async () => {
    const { row, gate } = await approved();
    await one.fleet.fault(one.bmc.id, 'lost-answer');
    expect(await carriedOut({ row, gate }, 1)).toMatchObject({ is: 'done' });
    expect(await carriedOut({ row, gate }, 2)).toMatchObject({ is: 'done' });
    expect(writes(one)).toHaveLength(2);
  });

  test('agreed to and not applied: failed', async () => {
    const { row, gate } = await approved();
    await one.fleet.fault(one.bmc.id, 'ignores-patch');
    expect(await carriedOut({ row, gate }, 1)).toMatchObject({ is: 'failed', code: 'NOT_APPLIED' });
    expect(writes(one)).toHaveLength(1);
  });

  test('neither applied nor answered: unknown, and a person decides', async () => {
    one = await oneTarget();
    const [send, change] = disable(plantedUri(one, 'rogue-administrator'));
    const { row, gate } = await approvedSend(send, { ...change, limitMs: 300 });
    await one.fleet.fault(one.bmc.id, 'hang-before-apply');
    expect(await carriedOut({ row, gate }, 1)).toMatchObject({ is: 'unknown', code: 'NOT_OBSERVED' });
    expect(writes(one)).toHaveLength(1);
  });

  test('the BMC gone after the claim: unknown, and never sent again when it is back', async () => {
    const { row, gate } = await approved();
    const hold = one.fleet.hold(one.bmc.id, { method: 'PATCH' }, 'before');
    const first = refusal(one.attempt(row, gate, 1));
    await hold.reached;
    const down = one.fleet.fault(one.bmc.id, 'down');
    hold.drop();
    await down;
    expect(await first).toEqual(['UNSETTLED', 'UNREACHABLE', false]);
    expect(await carriedOut({ row, gate }, 1)).toMatchObject({ is: 'unknown', code: 'NOT_OBSERVED' });
    await one.fleet.fault(one.bmc.id, null);
    expect(await one.attempt(row, gate, 1)).toMatchObject({ is: 'unknown', code: 'NOT_OBSERVED' });
    expect(writes(one)).toHaveLength(1);
  });

  test('refused with a 4xx and left as it was: failed with that status', async () => {
    one = await oneTarget();
    const uri = plantedUri(one, 'rogue-administrator');
    const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: 'perhaps' } };
    const { row, gate } = await approvedSend(send, { after: [{ uri, pointer: '/Enabled', equals: false }] });
    expect(await one.attempt(row, gate)).toMatchObject({ is: 'failed', code: 'HTTP_400' });
  });

  test('a signal between claim and answer does not lose the answer', async () => {
    const { row, gate } = await approved();
    const hold = one.fleet.hold(one.bmc.id, { method: 'PATCH' }, 'after');
    const caller = new AbortController();
    const attempt = one.executor().attempt(one.order(row), one.context(gate), caller.signal);
    await hold.reached;
    caller.abort();
    hold.release();
    await refusal(attempt);
    expect((await one.claims.tries(one.order(row), null)).answer?.status).toBe(204);
    expect(await carriedOut({ row, gate }, 1)).toMatchObject({ is: 'done' });
    expect(writes(one)).toHaveLength(1);
  });

  test('a damaged claim stops everything: nobody knows whether it was sent', async () => {
    const { row, gate } = await approved();
    const { claims: folder } = one.layout.incident(INCIDENT);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${claimKey(one.order(row), null)}.json`), '{');
    expect(await refusal(one.attempt(row, gate))).toEqual(['UNSETTLED', 'RECORD_UNREADABLE', true]);
    expect(writes(one)).toEqual([]);
  });
});
