import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../support/attempt-once.js';
import { compileChildren, ended, type Children } from '../support/child.js';
import { counted } from '../support/counted.js';
import { rotating, type Rotating } from '../support/rotating.js';
import { all, count, EFFECTS, requireOne, requireRotated } from './cases.js';

let children: Children;
beforeAll(async () => {
  children = await compileChildren();
});
afterAll(() => children.close());

interface Death {
  readonly operation: number;
  readonly step: number;
  readonly name: string;
  readonly after: boolean;
}

/** What each operation of an undisturbed rotation does, by its own numbers. */
async function deaths(): Promise<readonly Death[]> {
  await using here = await rotating({ profile: 'openbmc' });
  const all: Death[] = [];
  for (let operation = 1; operation <= here.row.operations; operation++) {
    const steps = counted(() => undefined);
    await here.attempt(operation, { over: steps.over });
    steps.names.forEach((name, place) => {
      if (EFFECTS.test(name)) for (const after of [false, true]) all.push({ operation, step: place + 1, name, after });
    });
  }
  return all;
}

/** What a process made is known to nobody but the vault. */
async function learn({ one, made, old }: Rotating): Promise<void> {
  const { secret } = one.target;
  const vault = one.secrets.stores.vaultOf(secret);
  const kept = [await vault.read(secret), await vault.pending(secret)].flatMap((found) => found?.credential.password.reveal() ?? []);
  for (const text of kept) if (text !== old.password.reveal()) made.add(text);
}

test('a process that is killed with SIGKILL at any effect of any operation leaves one secret that works', async () => {
  await all(
    await deaths(),
    ({ operation, step, name, after }) => `operation ${String(operation)}, ${after ? 'after' : 'before'} step ${String(step)}, ${name}`,
    async ({ operation, step, after }) => {
      await using here = await rotating({ profile: 'openbmc' });
      const { one, row, gate } = here;
      for (let earlier = 1; earlier < operation; earlier++) await here.attempt(earlier);
      const order = one.order(row, operation, { round: gate.round });
      const job: Job = { ground: one.ground, order, context: one.context(gate), dieAt: step, after };
      const path = join(one.ground.state, 'job.json');
      await writeFile(path, JSON.stringify(job), { mode: 0o600 });
      const child = children.start('attempt-once.js', path);
      await ended(child);
      expect(child.signalCode).toBe('SIGKILL');
      const { is } = await here.goOn();
      await learn(here);
      const truth = await here.truth();
      if (is === 'done') requireRotated(truth);
      else {
        expect(is).toMatch(/^(NOT_SENT|NOT_APPLIED)$/);
        requireOne(truth, 'old');
      }
      await count('killed processes');
    },
  );
}, 600_000);
