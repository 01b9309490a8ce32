import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digest, id, time } from '../../lib/model/json.js';
import type { Decision, Statement } from '../../lib/model/statement.js';
import { generateKey } from '../../lib/trust/keys.js';
import { signStatement, statementDigest } from '../../lib/trust/statement.js';
import { incidentWorkflowId, statementUpdate } from '../../workflows/messages.js';
import { readFile } from 'node:fs/promises';
import { openGate, openScene, changes, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'small' });
  await scene.worker();
  await scene.open('cheats');
  await scene.until('cheats', (view) => openGate(view) !== undefined);
});
afterAll(() => scene.close());

/** A decision as an honest desk would write it, for tests to spoil. */
async function honest(by: string): Promise<Decision> {
  const view = await scene.view('cheats');
  const gate = openGate(view);
  if (gate === undefined || view.launch === null) throw new Error('the gate is not open');
  const launch = view.launch;
  const policy = await policyOf(launch);
  return {
    type: 'cofferdam/statement',
    version: 1,
    verb: 'approve',
    incident: view.incident,
    by: id(by),
    reason: 'test',
    notBefore: time(Date.now() - 1_000),
    notAfter: time(Date.now() + 600_000),
    launch,
    policy,
    gate: gate.gate,
    round: gate.round,
    root: gate.root,
    counts: gate.counts,
  };
}

async function policyOf(launch: string): Promise<Decision['policy']> {
  const path = join(scene.state, 'zones', 'test', 'incidents', 'cheats', 'statements', `${launch}.json`);
  const stored: unknown = JSON.parse(await readFile(path, 'utf8'));
  const text = typeof stored === 'object' && stored !== null && 'text' in stored ? String(stored.text) : '{}';
  const statement: unknown = JSON.parse(text);
  return digest(typeof statement === 'object' && statement !== null && 'policy' in statement ? String(statement.policy) : '');
}

async function send(statement: Statement, keyFile: string): Promise<string> {
  const signed = await signStatement(statement, { privateKey: await readFile(keyFile, 'utf8') });
  return deliver(signed);
}

async function deliver(signed: { text: string; signature: string }): Promise<string> {
  const handle = scene.client.workflow.getHandle(incidentWorkflowId('cheats'));
  try {
    await handle.executeUpdate(statementUpdate, { args: [signed], updateId: statementDigest(signed) });
    return 'counted';
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    return typeof inner === 'object' && inner !== null && 'type' in inner ? String(inner.type) : String(error);
  }
}

describe('a gate does not count', () => {
  it('the requester', async () => {
    expect(await send(await honest('dana'), scene.keyOf('dana'))).toBe('REQUESTER_EXCLUDED');
  });

  it('another root', async () => {
    expect(await send({ ...(await honest('lena')), root: digest('0'.repeat(64)) }, scene.keyOf('lena'))).toBe('WRONG_ROOT');
  });

  it('another round', async () => {
    expect(await send({ ...(await honest('lena')), round: 2 }, scene.keyOf('lena'))).toBe('WRONG_ROUND');
  });

  it('counts that are not those of the plans', async () => {
    const decision = await honest('lena');
    expect(await send({ ...decision, counts: { ...decision.counts, change: 0 } }, scene.keyOf('lena'))).toBe('WRONG_COUNTS');
  });

  it('a lead’s name over another lead’s signature', async () => {
    expect(await send(await honest('lena'), scene.keyOf('luis'))).not.toBe('counted');
  });

  it('a key that is not in the keyring', async () => {
    const { privateKey } = await generateKey({ name: 'Lena', email: 'lena@example.org' });
    const signed = await signStatement(await honest('lena'), { privateKey });
    expect(await deliver(signed)).toBe('NOT_IN_KEYRING');
  });

  it('a text that was changed after it was signed', async () => {
    const signed = await signStatement(await honest('lena'), { privateKey: await readFile(scene.keyOf('lena'), 'utf8') });
    expect(await deliver({ ...signed, text: signed.text.replace('"reason":"test"', '"reason":"tess"') })).toBe('SIGNATURE_INVALID');
  });

  it('a decision whose time is over', async () => {
    const decision = { ...(await honest('lena')), notBefore: time(Date.now() - 600_000), notAfter: time(Date.now() - 300_000) };
    expect(await send(decision, scene.keyOf('lena'))).toBe('NO_LONGER_VALID');
  });

  it('a cancel of one target, which must not end the response for all', async () => {
    const { type, version, incident, by, reason, notBefore, notAfter, launch } = await honest('dana');
    const subjects = [{ kind: 'bmc', target: id<'target'>('bmc-0001') }] as const;
    expect(
      await send({ type, version, incident, by, reason, notBefore, notAfter, launch, verb: 'cancel', subjects }, scene.keyOf('dana')),
    ).toBe('STATEMENT_MALFORMED');
  });

  it('plans that were changed on the worker’s disk: the desk refuses to show or sign them', async () => {
    const gate = openGate(await scene.view('cheats'));
    const root = gate?.root ?? '';
    const path = join(scene.state, 'zones', 'test', 'objects', root.slice(0, 2), root);
    const keep = join(await mkdtemp(join(tmpdir(), 'cofferdam-keep-')), 'index');
    await cp(path, keep);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"round":1', '"round":3'));
    const shown = await scene.cofferdam('gate', 'show', 'cheats', '-o', 'json');
    const approved = await scene.decide('approve', 'cheats', 'lena');
    await cp(keep, path);
    expect([shown.exitCode, approved.exitCode]).not.toContain(0);
    expect(openGate(await scene.view('cheats'))?.approvals).toEqual([]);
  });

  it('a second decision of one person, nor anything after closing', async () => {
    expect(await send(await honest('lena'), scene.keyOf('lena'))).toBe('counted');
    const closed = await scene.until('cheats', (view) => view.gates.every(({ state }) => state !== 'open'));
    expect(closed.gates[0]).toMatchObject({ state: 'approved', approvals: [{ person: 'lena' }] });
    const again = await scene.decide('deny', 'cheats', 'luis');
    expect(again.exitCode).toBe(3);
    expect((await scene.until('cheats', (view) => view.state === 'ended')).outcome).toBe('done');
    expect(new Set(changes(scene.fleet)).size).toBe(changes(scene.fleet).length);
  });
});
