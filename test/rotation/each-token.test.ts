import { expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id } from '../../lib/model/json.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { membersOf, textAt } from '../../lib/redfish/json.js';
import type { Connection } from '../../lib/redfish/types.js';
import { codeOf, WorkerDied } from '../support/as-the-engine.js';
import { counted } from '../support/counted.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { proving, SESSIONS, type How, type Proved } from '../support/token-proof.js';
import { all, count } from './cases.js';

const MAKERS = ['dell', 'hpe', 'openbmc'] as const satisfies readonly ProfileName[];

interface Here {
  readonly maker: ProfileName;
  readonly one: OneTarget;
  readonly proved: (how?: How) => Promise<Proved>;
}

/** A BMC each of two makers, all of whose proofs come one after the other; what disk and reads do is the same with both. */
async function onEach(run: (here: Here) => Promise<void>): Promise<void> {
  await all(
    ['dell', 'openbmc'] as const,
    (maker) => maker,
    async (profile) => {
      const one = await oneTarget({ profile, compromise: false });
      await run({ maker: profile, one, proved: proving(one) }).finally(() => one.close());
    },
  );
}

/** How many sessions the BMC lists of ours, beside the one that asks. */
async function ours(one: OneTarget): Promise<number> {
  const names = await one.withConnection('read-only', async (connection) => {
    const members = membersOf(await connection.get(SESSIONS));
    return Promise.all(members.map(async ({ uri }) => textAt((await connection.get(uri)).json ?? undefined, 'UserName')));
  });
  return names.filter((name) => name === one.bmc.userName).length - 1;
}

/** The worker dies at one step of its first attempt: it logs out of nothing, and another one goes on. */
function dyingAt(dieAt: number, when: 'before' | 'after') {
  let dead = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const leaving = (connection: Connection): Connection => ({
    ...connection,
    close: () => (dead ? Promise.resolve() : connection.close()),
  });
  const over = (deps: ExecutorDeps, attempt: number): ExecutorDeps => {
    if (attempt > 1) return deps;
    return steps.over({
      ...deps,
      connect: async (...given) => leaving(await deps.connect(...given)),
      secondLogin: async (...given) => leaving(await deps.secondLogin(...given)),
    });
  };
  return { over, names: steps.names, died: () => dead };
}

/** What the BMC sees of it. */
const WIRE = /^(connect|secondLogin|status|send)$/;

test('a worker that dies at any step of the proof leaves no session of ours, and another one proves it', async () => {
  await onEach(async ({ maker, one, proved }) => {
    const undisturbed = dyingAt(0, 'before');
    expect((await proved({ over: undisturbed.over })).is).toBe('done');
    for (const [place, name] of undisturbed.names.entries())
      for (const when of maker === 'openbmc' || WIRE.test(name) ? (['before', 'after'] as const) : []) {
        const { over, died } = dyingAt(place + 1, when);
        const { is } = await proved({ over });
        expect([name, when, died(), is, await ours(one)]).toEqual([name, when, true, 'done', 0]);
        await count('crashes of a proof');
      }
  });
}, 300_000);

test('an answer that is lost, whichever it is, ends in a proof all the same', async () => {
  await onEach(async ({ maker, one, proved }) => {
    const { asked } = await proved();
    const seen = new Map<string, number>();
    for (const { method, uri } of asked) {
      const isOne = /\/Sessions\/[^/]+$/.test(uri);
      const key = `${method} ${isOne ? 'one' : uri}`;
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      if (method === 'GET' && (maker === 'dell' || !uri.endsWith('/Sessions'))) continue;
      for (const at of ['before', 'after'] as const) {
        const { is } = await proved({ meanwhile: () => dropNth(one, { method, ...(isOne ? {} : { uri }) }, nth, at) });
        expect([key, nth, at, is]).toEqual([key, nth, at, 'done']);
        await count('lost answers of a proof');
      }
    }
  });
}, 300_000);

async function dropNth(one: OneTarget, request: { readonly method: string; readonly uri?: string }, nth: number, at: 'before' | 'after') {
  for (let n = 0; n <= nth; n++) {
    const hold = one.fleet.hold(one.bmc.id, request, at);
    await hold.reached;
    if (n === nth) hold.drop();
    else hold.release();
  }
}

test.each(['review-access', 'rotate', 'freeze'])(
  '%s finds out a BMC that goes on taking tokens, at its end, and reads as done on none',
  async (name) => {
    await all(
      MAKERS.flatMap((profile) => ([null, 'session-survives'] as const).map((fault) => ({ profile, fault }))),
      ({ profile, fault }) => `${profile}, ${fault ?? 'honest'}`,
      async ({ profile, fault }) => {
        const step = id<'step'>(name);
        const one = await oneTarget({ profile, pace: { startMs: 100, lateMs: 100 } }, POLICY, step);
        try {
          await one.fleet.fault(one.bmc.id, fault);
          const planned = await one.review();
          const gate = await one.open(planned);
          await one.seal('accounts', 'sessions', 'configuration', 'volatile-logs');
          await one.approve(gate);
          const came = [];
          for (const { n, send } of planned.plan.sections.flatMap(({ operations, always }) => [...operations, ...always])) {
            let is: string | null = null;
            for (let tries = 0; is === null && tries < 40; tries++)
              is = codeOf(await one.attempt(planned.row, gate, n).catch((error: unknown) => error));
            came.push({ kind: send.kind, is: is === 'already' ? 'done' : is });
          }
          const due = came.map(({ kind }) => ({ kind, is: kind === 'dead-token' && fault !== null ? 'TOKEN_SURVIVES' : 'done' }));
          expect(came).toEqual(due);
          expect(came.at(-1)?.kind).toBe('dead-token');
          await count('proofs at the end of a step');
        } finally {
          await one.close();
        }
      },
    );
  },
  300_000,
);
