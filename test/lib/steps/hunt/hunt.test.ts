import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Indicator, Sought } from '../../../../lib/model/hunt.js';
import { id } from '../../../../lib/model/json.js';
import { planTarget } from '../../../../lib/steps/plan.js';
import { readFinding, readPlan } from '../../../../lib/trust/read-plan.js';
import { oneTarget, plantedUri, secretsOf, type OneTarget } from '../../../support/one-target.js';

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

async function hunted(here: OneTarget, indicators: readonly Indicator[]) {
  const sought: readonly Sought[] = indicators.map((indicator) => ({ ...indicator, hunt: id('test') }));
  const { target, objects } = here;
  const row = await here.withSeries((series) =>
    here.withConnection('read-only', async (connection) => {
      const secret = secretsOf(target);
      return (await planTarget({ step: id('hunt'), target, series, connection, objects, secret, sought })).row;
    }),
  );
  const plan = readPlan(await objects.get(row.plan));
  return { plan, findings: await Promise.all(plan.findings.map(async (digest) => readFinding(await objects.get(digest)))) };
}

async function read(here: OneTarget, uri: string): Promise<unknown> {
  return here.withConnection('read-only', async (connection) => (await connection.get(uri)).json);
}

/** What the planted things of the fleet can be known by elsewhere. */
async function tracesOf(here: OneTarget): Promise<readonly (Indicator & { readonly uri: string })[]> {
  const at = (kind: Parameters<typeof plantedUri>[1]) => plantedUri(here, kind);
  const account = z.object({ UserName: z.string() }).parse(await read(here, at('rogue-administrator')));
  const subscription = z.object({ Destination: z.string() }).parse(await read(here, at('planted-subscription')));
  return [
    { kind: 'account', value: account.UserName.toUpperCase(), uri: at('rogue-administrator') },
    { kind: 'destination', value: subscription.Destination, uri: at('planted-subscription') },
    { kind: 'address', value: new URL(subscription.Destination).hostname, uri: at('planted-subscription') },
  ];
}

describe.each(['openbmc', 'dell'] as const)('a hunt on a %s', (profile) => {
  it('finds each trace where it was planted, and proposes nothing', async () => {
    const here = await oneTarget({ profile });
    one = here;
    const traces = await tracesOf(here);
    const { plan, findings } = await hunted(
      here,
      traces.map(({ kind, value }) => ({ kind, value })),
    );
    const hits = findings.filter(({ code }) => code === 'HUNT_HIT').map(({ uri, indicator }) => ({ ...indicator, uri }));
    expect(hits).toEqual(expect.arrayContaining([...traces]));
    expect(plan.sections).toEqual([]);
  });

  it('finds nothing of what is merely alike', async () => {
    const here = await oneTarget({ profile });
    one = here;
    const alike = (await tracesOf(here)).map(({ kind, value }): Indicator =>
      kind === 'account'
        ? { kind, value: `${value}0` }
        : { kind, value: kind === 'address' ? '198.51.100.251' : `https://x.example/${value}` },
    );
    const { findings } = await hunted(here, alike);
    expect(findings.filter(({ code }) => code === 'HUNT_HIT')).toEqual([]);
  });
});

it('a trace in the log is found though the thing itself is gone', async () => {
  const here = await oneTarget({ profile: 'dell' });
  one = here;
  const [account] = await tracesOf(here);
  if (account === undefined) throw new RangeError('nothing was planted');
  const { findings } = await hunted(
    here,
    [account].map(({ kind, value }) => ({ kind, value })),
  );
  expect(findings.filter(({ code, uri }) => code === 'HUNT_HIT' && uri.includes('/LogServices/'))).not.toEqual([]);
});

it('our own account is no hit, and a hunt for nothing is no clean bill', async () => {
  const here = await oneTarget({ profile: 'openbmc', compromise: false });
  one = here;
  const { findings } = await hunted(here, [{ kind: 'account', value: here.bmc.userName }]);
  expect(findings.filter(({ code }) => code === 'HUNT_HIT')).toEqual([]);
  await expect(hunted(here, [])).rejects.toMatchObject({ code: 'NOTHING_SOUGHT' });
});
