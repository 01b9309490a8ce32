import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { id } from '../../lib/model/json.js';
import { operationsOf } from '../../lib/model/plan.js';
import { readFinding } from '../../lib/trust/read-plan.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import { generateKey, type GeneratedKey } from '../../lib/trust/keys.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { given, listing, PROFILES } from '../support/rotating.js';

const HAS_GPG = execaSync('gpg', ['--version'], { reject: false }).exitCode === 0;
const SECRET = 'vault://file/metrics';
const HOLDER = id<'person'>('lara');
let one: OneTarget;
afterEach(() => one.close());

/** The account that every emulated BMC has beside ours, held for the worst day. */
function held(target: RedfishTarget): RedfishTarget {
  const listed = listing('metrics', SECRET)(target);
  const accounts = listed.allow.accounts.map((account) => (account.secret === SECRET ? { ...account, holders: [HOLDER] } : account));
  return { ...listed, allow: { ...listed.allow, accounts } };
}

const CASES = [...PROFILES.map((profile) => [profile, null] as const), ['dell', 'lockdown-on'] as const];

describe.skipIf(!HAS_GPG).each(CASES)('on %s, with %s', (profile, fault) => {
  test('a break-glass account gets a new secret that its holder opens with stock gpg, and one envelope is left', async () => {
    one = await oneTarget({ profile, compromise: false }, POLICY, id('break-glass'), { listed: held });
    const before = await given(one, 'metrics');
    await one.fleet.fault(one.bmc.id, fault);
    const holder = await generateKey({ name: 'Lara', email: 'lara@example.org' });
    expect(await carriedOut(holder)).toEqual(new Set(['done', 'already']));
    expect(await readdir(one.layout.envelopes)).toEqual([`${one.target.id}.metrics.asc`]);
    const { userName, password } = await opened(holder);
    expect([one.bmc.works(userName, password), one.bmc.works(userName, before.password)]).toEqual([true, false]);
    expect((await one.secrets.stores.read(SECRET)).password.reveal()).toBe(password);
    // Our own login is another step's matter.
    expect(one.bmc.works(one.bmc.userName, one.bmc.password)).toBe(true);
    expect(one.bmc.isLocked()).toBe(fault === 'lockdown-on');
  });
});

test('whatever happens once the BMC has the new secret, its holders have it', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, id('break-glass'), { listed: held });
  await given(one, 'metrics');
  const holder = await generateKey({ name: 'Lara', email: 'lara@example.org' });
  await carriedOut(holder, [1, 2, 3]);
  const { userName, password } = await opened(holder, '.next');
  expect(one.bmc.works(userName, password)).toBe(true);
});

test('a secret that the BMC did not take leaves no envelope behind', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, id('break-glass'), { listed: held });
  const before = await given(one, 'metrics');
  await one.fleet.fault(one.bmc.id, 'password-refused');
  const holder = await generateKey({ name: 'Lara', email: 'lara@example.org' });
  // Made, sealed, refused, and with what the section then ends: set aside.
  expect(await carriedOut(holder, [1, 2, 3, 7])).toEqual(new Set(['done', 'failed']));
  expect([await readdir(one.layout.envelopes), one.bmc.works('metrics', before.password)]).toEqual([[], true]);
});

test('a holder whom nothing can be sealed to keeps the old secret in force', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, id('break-glass'), { listed: held });
  const before = await given(one, 'metrics');
  await expect(carriedOut(null)).rejects.toMatchObject({ reason: 'PRECONDITION_FAILED' });
  expect(one.bmc.works('metrics', before.password)).toBe(true);
});

test('the rotation of other secrets leaves break-glass accounts alone', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, id('rotate'), { listed: held });
  const { plan } = await one.review();
  const refs = plan.sections.flatMap(({ operations }) => operations.flatMap(({ send }) => (send.kind === 'vault' ? [send.ref] : [])));
  expect(new Set(refs)).toEqual(new Set([one.target.secret]));
});

test('a target without one is told, and nothing is done to it', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, id('break-glass'));
  const { plan } = await one.review();
  const codes = await Promise.all(plan.findings.map(async (digest) => readFinding(await one.objects.get(digest)).code));
  expect([codes, plan.sections]).toEqual([['NO_BREAK_GLASS'], []]);
});

/** All operations of the plan, or these, as the workflow orders them. */
async function carriedOut(holder: GeneratedKey | null, these: readonly number[] | null = null): Promise<ReadonlySet<string>> {
  const { row, counts, plan } = await one.review();
  const gate = await one.open({ row, counts });
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  const certificates = holder === null ? [] : [holder.certificate];
  const executor = one.executor((deps) => ({ ...deps, certificates: () => Promise.resolve(certificates) }));
  const ends = new Set<string>();
  for (const n of these ?? operationsOf(plan).map((operation) => operation.n))
    ends.add((await executor.attempt(one.order(row, n), one.context(gate), new AbortController().signal)).is);
  return ends;
}

const Envelope = z.object({ userName: z.string(), password: z.string() });

async function opened({ privateKey }: GeneratedKey, which: '' | '.next' = ''): Promise<z.infer<typeof Envelope>> {
  const home = await mkdtemp(join(tmpdir(), 'cofferdam-gpg-'));
  try {
    const envelope = await readFile(join(one.layout.envelopes, `${one.target.id}.metrics${which}.asc`), 'utf8');
    await execa('gpg', ['--homedir', home, '--batch', '--import'], { input: privateKey });
    const { stdout } = await execa('gpg', ['--homedir', home, '--batch', '--decrypt'], { input: envelope });
    await execa('gpgconf', ['--homedir', home, '--kill', 'all']);
    return Envelope.parse(JSON.parse(stdout));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
