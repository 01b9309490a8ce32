import { describe, expect, it } from 'vitest';
import type { Desk } from '../../../cli/desk.js';
import { CliError } from '../../../cli/error.js';
import { follow } from '../../../cli/incident/follow.js';
import type { IncidentView, ShardView } from '../../../lib/model/incident.js';
import { id, time } from '../../../lib/model/json.js';
import type { TargetState } from '../../../lib/model/verdict.js';
import { baseOf, fakeDesk, NOW, stage } from '../../support/desk.js';
import { gateOf, INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';

const phase = {
  step: id<'step'>('triage'),
  title: '',
  background: false,
  state: 'running',
  sweeps: ['sweep-1'],
  pages: [],
  settled: [],
  parked: 0,
  held: [],
  startedAt: time(NOW),
  endedAt: null,
} as const;
const DONE = viewOf({ state: 'ended', outcome: 'done' });

/** Follows through the given views, one a second; the last one stays. */
async function watch(
  views: readonly (IncidentView | Error)[],
  how: { exitStatus?: boolean; output?: 'table' | 'jsonl' | 'json'; interruptAt?: number; states?: readonly TargetState[] } = {},
) {
  const on = stage();
  let looks = 0;
  const shard = async (): Promise<ShardView> => ({
    zone: id('a'),
    shard: 1,
    targets: [{ target: id('r1'), state: how.states?.[looks - 1] ?? { at: 'waiting' } }],
  });
  const answers: Partial<Desk> = {
    opened: async () => openedOf(),
    lastPolls: async () => [NOW],
    shards: async () => ['shard-1'],
    shard,
    view: async () => {
      const view = views[Math.min(looks, views.length - 1)];
      looks += 1;
      if (looks === how.interruptAt) on.interrupt();
      if (view instanceof Error) throw view;
      return view ?? null;
    },
  };
  const desk = await fakeDesk(answers)();
  const options = { ...baseOf(on, { output: how.output ?? 'table' }), incident: INCIDENT, exitStatus: how.exitStatus ?? false };
  return { code: await follow(options, desk, 1), out: on.out(), err: on.err() };
}

describe('watch without a terminal', () => {
  it('says each change once, and ends when the incident does', async () => {
    const running = viewOf({ phases: [phase] });
    const states = [{ at: 'waiting' }, { at: 'waiting' }, { at: 'running', operation: 2 }] as const;
    const { code, out } = await watch([running, running, running, DONE], { states });
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(25)),
    ).toEqual([
      'incident inc-1 running',
      'worker all polling',
      'phase triage running',
      'target r1 triage waiting',
      'target r1 triage running: operation 2',
      'incident inc-1 done',
    ]);
  });

  it('is a JSON line a change with -o jsonl, and only the end with -o json', async () => {
    const lines = (await watch([viewOf(), DONE], { output: 'jsonl' })).out.trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual({
      time: '2026-11-22T12:00:00.000Z',
      subject: 'incident',
      name: 'inc-1',
      state: 'done',
      detail: '',
    });
    expect(JSON.parse((await watch([viewOf(), DONE], { output: 'json' })).out)).toMatchObject({ incident: 'inc-1', outcome: 'done' });
  });
});

describe('watch ends', () => {
  it('with --exit-status: 0 done, 1 not done, 8 when it waits for a human', async () => {
    expect((await watch([DONE], { exitStatus: true })).code).toBe(0);
    expect((await watch([viewOf({ state: 'ended', outcome: 'done-with-exceptions' })], { exitStatus: true })).code).toBe(1);
    expect((await watch([viewOf({ state: 'waiting', gates: [gateOf()] })], { exitStatus: true })).code).toBe(8);
    expect((await watch([viewOf({ state: 'ended', outcome: 'cancelled' })])).code).toBe(0);
  });

  it('not at a gate while something still runs', async () => {
    const busy = viewOf({ state: 'waiting', gates: [gateOf()], phases: [phase] });
    expect((await watch([busy, DONE], { exitStatus: true })).code).toBe(0);
  });

  it('with 130 on Ctrl-C, and says how to go on', async () => {
    const { code, err } = await watch([viewOf()], { interruptAt: 1 });
    expect(code).toBe(130);
    expect(err).toContain('inc-1 goes on');
    expect(err).toContain('cofferdam incident watch inc-1');
    expect(err).toContain('cofferdam incident cancel inc-1');
  });

  it('not when the engine is away for a moment', async () => {
    const { code, err } = await watch([viewOf(), new CliError('ENGINE_UNREACHABLE', 'gone'), DONE], { exitStatus: true });
    expect(code).toBe(0);
    expect(err).toContain('the engine does not answer');
  });

  it('at once for an incident that does not exist', async () => {
    await expect(watch([new CliError('NOT_FOUND', 'no such incident')])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
