import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { generateKey } from 'openpgp';
import { afterEach, describe, expect, test } from 'vitest';
import { id } from '../../../lib/model/json.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import { generateKey as makeKey } from '../../../lib/trust/keys.js';
import { oneTarget, type OneTarget } from '../../support/one-target.js';

const HAS_GPG = execaSync('gpg', ['--version'], { reject: false }).exitCode === 0;
let one: OneTarget;
afterEach(() => one.close());

describe.skipIf(!HAS_GPG)('the envelope of a break-glass account', () => {
  test('is opened by each of its holders with stock gpg, and holds what opens the BMC', async () => {
    one = await oneTarget({ compromise: false });
    const [lara, liam] = await Promise.all([
      makeKey({ name: 'Lara', email: 'lara@example.org' }),
      makeKey({ name: 'Liam', email: 'liam@example.org' }),
    ]);
    expect(await sealedTo({ lara: lara.certificate, liam: liam.certificate })).toBe('done');
    const known = { target: one.target.id, address: one.target.address, userName: one.bmc.userName, password: one.bmc.password };
    expect(await opened(lara.privateKey)).toMatchObject(known);
    expect(await opened(liam.privateKey)).toMatchObject(known);
    expect((await makeKey({ name: 'Rita', email: 'rita@example.org' }).then(({ privateKey }) => opened(privateKey))) ?? 'closed').toBe(
      'closed',
    );
  });

  test('is not written while one of its holders has no key that can be encrypted to', async () => {
    one = await oneTarget({ compromise: false });
    const lara = await makeKey({ name: 'Lara', email: 'lara@example.org' });
    const signing = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'Liam' }],
      subkeys: [{ sign: true }],
      format: 'object',
    });
    expect(await sealedTo({ lara: lara.certificate, liam: signing.publicKey.armor() })).toBe('PRECONDITION_FAILED');
    expect(await readdir(one.layout.envelopes).catch(() => [])).toEqual([]);
  });
});

async function sealedTo(certificates: Readonly<Record<string, string>>): Promise<string> {
  const holders = Object.keys(certificates).map((name) => id<'person'>(name));
  const send = { kind: 'envelope', act: 'keep', ref: one.target.secret, userName: one.bmc.userName, holders } as const;
  const planned = await one.planOf({ send }, { destroys: [] });
  const gate = await one.open(planned);
  await one.approve(gate);
  const executor = one.executor((deps) => ({ ...deps, certificates: (_, person) => Promise.resolve([certificates[person] ?? '']) }));
  return executor.attempt(one.order(planned.row), one.context(gate), new AbortController().signal).then(({ is }) => is, reasonOf);
}

function reasonOf(error: unknown): string {
  return error instanceof ExecutorError ? error.reason : 'thrown';
}

/** What stock gpg reads from the envelope with this key alone; null when it cannot. */
async function opened(privateKey: string): Promise<unknown> {
  const home = await mkdtemp(join(tmpdir(), 'cofferdam-gpg-'));
  try {
    const envelope = await readFile(join(one.layout.envelopes, `${one.target.id}.${one.bmc.userName}.asc`), 'utf8');
    const gpg = (args: readonly string[], input: string) => execa('gpg', ['--homedir', home, '--batch', ...args], { input, reject: false });
    await gpg(['--import'], privateKey);
    const { stdout, exitCode } = await gpg(['--decrypt'], envelope);
    await execa('gpgconf', ['--homedir', home, '--kill', 'all']);
    return exitCode === 0 ? JSON.parse(stdout) : null;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
