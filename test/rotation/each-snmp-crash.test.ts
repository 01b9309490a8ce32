import { expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import { ExecutorError } from '../../lib/operations/error.js';
import { counted } from '../support/counted.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { all, count } from './cases.js';

const REF = 'vault://file/snmp-rack-1';
const ATTRIBUTES = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';

const used = (target: RedfishTarget): RedfishTarget => ({
  ...target,
  allow: { ...target.allow, snmp: { secret: REF, usedBy: 'rack monitor' } },
});

/** Carries the section out; the worker dies at one step, and another goes on. Returns the steps there were, and how it ended. */
async function played(one: OneTarget, dieAt: number, when: 'before' | 'after') {
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const settled = async (n: number): Promise<string> => {
    for (let tries = 0; tries < 40; tries++) {
      const executor = one.executor((deps) => (died ? deps : steps.over(deps)));
      const outcome = await executor
        .attempt(one.order(planned.row, n), one.context(gate), new AbortController().signal)
        .catch((error: unknown) => error);
      died ||= dead;
      if (outcome instanceof WorkerDied || (outcome instanceof ExecutorError && !outcome.final)) continue;
      if (outcome instanceof Error) throw outcome;
      return typeof outcome === 'object' && outcome !== null && 'code' in outcome ? String(outcome.code) : 'done';
    }
    throw new RangeError(`operation ${String(n)} never settled`);
  };
  const { operations = [], always = [] } = planned.plan.sections.at(-2) ?? {};
  for (const { n } of operations) {
    const is = await settled(n);
    if (is === 'done') continue;
    for (const closing of always) await settled(closing.n);
    return { is, names: steps.names };
  }
  return { is: 'done', names: steps.names };
}

test('a worker that dies at any step of a new SNMP community leaves the one that the vault has, sent once', async () => {
  const options = { profile: 'dell', compromise: false } as const;
  const first = await oneTarget(options, POLICY, id('rotate'), { listed: used });
  const { names } = await played(first, 0, 'before').finally(() => first.close());
  const cases = names.flatMap((name, at) => (['before', 'after'] as const).map((when) => ({ name, step: at + 1, when })));
  await all(
    cases,
    ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
    async ({ step, when }) => {
      const one = await oneTarget(options, POLICY, id('rotate'), { listed: used });
      try {
        const { is } = await played(one, step, when);
        const patches = one.fleet.wire.entries.filter(({ method, uri }) => method === 'PATCH' && uri === ATTRIBUTES);
        const vault = one.secrets.stores.vaultOf(REF);
        const shown = await one.withConnection('read-only', async (connection) => JSON.stringify((await connection.get(ATTRIBUTES)).json));
        expect(is).toMatch(/^(done|NOT_SENT|NOT_APPLIED)$/);
        expect([patches.length, await vault.pending(REF)]).toEqual([is === 'done' ? 1 : 0, null]);
        const has = is === 'done' ? (await vault.read(REF)).credential.password.reveal() : 'public';
        expect(shown.includes(JSON.stringify(has))).toBe(true);
        await count('crashes of SNMP');
      } finally {
        await one.close();
      }
    },
  );
}, 600_000);
