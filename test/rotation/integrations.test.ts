import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
import type { IntegrationTerms } from '../../lib/model/site.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { planTarget } from '../../lib/steps/plan.js';
import { readFinding, readPlan } from '../../lib/trust/read-plan.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { onDisk } from '../support/on-disk.js';
import { counted } from '../support/counted.js';
import { executorOver, type Ground } from '../support/executor-over.js';
import { oneTarget, POLICY, secretsOf, type OneTarget } from '../support/one-target.js';
import { signRetry, WorkerDied } from '../support/as-the-engine.js';

const ROTATE = id<'step'>('rotate');
const REF = 'vault://file/hall-radius';
const EXAMPLE = fileURLToPath(new URL('../../examples/integrations/radius-client.mjs', import.meta.url));
/** Steps after which disk and server are as before the next one. */
const EFFECTS = /^(claims\.(create|settle)|vault\.|integration\.)/;
let one: OneTarget;
afterEach(() => one.close());

interface Ready {
  readonly file: string;
  readonly attempt: (over?: (deps: ExecutorDeps) => ExecutorDeps, retry?: number) => Promise<string>;
}

/** A BMC that holds the secret of a RADIUS server, up to the approved gate, and the operation that renews it. */
async function ready(command?: (file: string) => readonly string[]): Promise<Ready & { readonly codes: readonly string[] }> {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE);
  const file = join(one.ground.state, 'bmcs.conf');
  await writeFile(file, 'client bmcs {\n  ipaddr = 10.20.0.0/24\n  secret = known-to-all\n}\n', { mode: 0o600 });
  await new FileStore(join(one.ground.state, 'secrets')).write('hall-radius', { userName: 'bmcs', password: Secret.of('known-to-all') });
  const terms: IntegrationTerms = {
    name: id('hall-radius'),
    kind: 'radius',
    secret: REF,
    command: command?.(file) ?? [process.execPath, EXAMPLE, '--file', file],
  };
  const { target, objects } = one;
  const { row, counts } = await one.withSeries((series) =>
    one.withConnection('read-only', (connection) =>
      planTarget({ step: ROTATE, target, series, connection, objects, secret: secretsOf(target, [terms]) }),
    ),
  );
  const plan = readPlan(await objects.get(row.plan));
  const gate = await one.open({ row, counts });
  await one.approve(gate);
  await one.seal('accounts', 'sessions', 'configuration');
  const { n = 0 } = plan.sections.flatMap(({ operations }) => operations).find(({ send }) => send.kind === 'integration') ?? {};
  const ground: Ground = { ...one.ground, integrations: [terms] };
  const findings = await Promise.all(plan.findings.map(async (digest) => readFinding(await objects.get(digest))));
  return {
    file,
    codes: findings.map(({ code }) => code),
    attempt: async (over = (deps) => deps, retry = 0) => {
      for (let tries = 0; tries < 20; tries++) {
        const outcome: unknown = await executorOver(ground, over)
          .attempt(one.order(row, n, { retry }), one.context(gate), new AbortController().signal)
          .catch((error: unknown) => error);
        if (outcome instanceof WorkerDied) continue;
        if (typeof outcome !== 'object' || outcome === null) throw new TypeError('expected an outcome');
        if ('final' in outcome && outcome.final === false) continue;
        if ('reason' in outcome) return String(outcome.reason);
        return 'code' in outcome ? String(outcome.code) : 'is' in outcome ? String(outcome.is) : 'nothing';
      }
      throw new RangeError('it never settled');
    },
  };
}

async function current(): Promise<string> {
  return (await one.secrets.stores.read(REF)).password.reveal();
}

async function pending(): Promise<string | null> {
  const found = await one.secrets.stores.vaultOf(REF).pending(REF);
  return found === null ? null : found.credential.password.reveal();
}

/** A command that stands before the example and meddles with it. */
async function meddling(file: string, script: string): Promise<readonly string[]> {
  const path = join(one.ground.state, 'meddling.sh');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o700);
  return [path, process.execPath, EXAMPLE, '--file', file];
}

describe('a secret that a BMC holds for another server', () => {
  test('is renewed at that server and kept, and the BMC is sent nothing', async () => {
    const { file, codes, attempt } = await ready();
    const sent = one.fleet.wire.entries.length;
    expect([codes, await attempt()]).toEqual([['INSTALL_LATER'], 'done']);
    const text = await current();
    expect(text).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(await readFile(file, 'utf8')).toMatch(
      new RegExp(`ipaddr = 10.20.0.0/24\n {2}# cofferdam [0-9a-f]{64}\n {2}secret = ${text}\n}\n$`),
    );
    expect([await pending(), one.fleet.wire.entries.length]).toEqual([null, sent]);
  });

  test('is renewed once in an incident, whoever else holds it', async () => {
    const { attempt } = await ready();
    expect(await attempt()).toBe('done');
    const text = await current();
    // Another order, as another BMC that holds it, or a signed retry, has.
    await signRetry(one, ROTATE, 0);
    expect([await attempt((deps) => deps, 1), await current()]).toEqual(['already', text]);
  });

  test('that the command does not take stays current', async () => {
    const { file, attempt } = await ready();
    await writeFile(file, 'client bmcs {\n}\n');
    expect([await attempt(), await current()]).toEqual(['INTEGRATION_REFUSED', 'known-to-all']);
  });

  test('is current though the command failed after it had told the server', async () => {
    let commands: readonly string[] = [];
    const { file, attempt } = await ready((path) => [join(path, '..', 'meddling.sh'), process.execPath, EXAMPLE, '--file', path]);
    commands = await meddling(file, 'in=$(cat); printf "%s\\n" "$in" | "$@" || exit 1; case "$in" in *replace*) exit 7;; esac');
    expect(commands).toHaveLength(5);
    expect([await attempt(), await pending()]).toEqual(['done', null]);
    expect(await readFile(file, 'utf8')).toContain(`secret = ${await current()}`);
  });

  test('that the server keeps is never current, and the command is told once', async () => {
    const { file, attempt } = await ready((path) => [join(path, '..', 'meddling.sh'), process.execPath, EXAMPLE, '--file', path]);
    await meddling(
      file,
      `in=$(cat); case "$in" in *replace*) echo told >> ${file}.told; echo '{"version":1,"accepted":true}';; *) printf "%s\\n" "$in" | "$@";; esac`,
    );
    expect([await attempt(), await current()]).toEqual(['NOT_APPLIED', 'known-to-all']);
    expect([await readFile(`${file}.told`, 'utf8'), (await pending()) === null]).toEqual(['told\n', false]);
  });

  test('stands in no record, though the command prints it', async () => {
    const { file, attempt } = await ready((path) => [join(path, '..', 'meddling.sh'), process.execPath, EXAMPLE, '--file', path]);
    await meddling(
      file,
      'in=$(cat); case "$in" in *replace*) printf "%s\\n" "$in"; printf "%s\\n" "$in" >&2; exit 1;; *) printf "%s\\n" "$in" | "$@";; esac',
    );
    const outcome = await attempt();
    const text = await pending();
    const kept = await onDisk(one.ground.state);
    expect([
      outcome,
      text === null,
      kept.some((bytes) => bytes.includes(REF)),
      kept.filter((bytes) => bytes.includes(text ?? '-')),
    ]).toEqual(['NOT_APPLIED', false, true, []]);
  });

  test('whose command is not there is left as it is, and nothing is claimed', async () => {
    const { attempt } = await ready(() => ['/nonexistent/command']);
    expect([await attempt(), await pending(), await current()]).toEqual(['INTEGRATION_MISSING', null, 'known-to-all']);
  });

  test('whatever step the worker dies at: the server takes what the vault has', async () => {
    const steps = counted(() => undefined);
    const first = await ready();
    await first.attempt((deps) => steps.over(deps));
    await one.close();
    for (const [place, name] of steps.names.entries()) {
      if (!EFFECTS.test(name)) continue;
      for (const when of ['before', 'after'] as const) {
        const { file, attempt } = await ready();
        let dead = false;
        const dying = counted((step, moment) => {
          if (step === place + 1 && moment === when) dead = true;
          if (dead) throw new WorkerDied('of the test');
        });
        const end = await attempt((deps) => (dead ? deps : dying.over(deps)));
        const there = /secret = (.*)/.exec(await readFile(file, 'utf8'))?.[1];
        expect([name, when, there]).toEqual([name, when, await current()]);
        expect(end).toMatch(/^(done|NOT_SENT|NOT_APPLIED)$/);
        await one.close();
      }
    }
  }, 300_000);
});
