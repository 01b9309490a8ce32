import { describe, expect, it } from 'vitest';
import type { Desk } from '../../../cli/desk.js';
import { runShow } from '../../../cli/incident/show.js';
import { digest, id, time } from '../../../lib/model/json.js';
import { AWAITS_PERSON } from '../../../lib/model/verdict.js';
import { baseOf, fakeDesk, NOW, stage } from '../../support/desk.js';
import { containmentOf, gateOf, INCIDENT, LAUNCH, openedOf, viewOf } from '../../support/incident-view.js';

const NEW_KEY = digest<'spki'>('a'.repeat(64));
const polling: Partial<Desk> = { lastPolls: async () => [NOW - 10_000] };

const TRIAGE = {
  step: id<'step'>('triage'),
  title: 'Preserve',
  background: false,
  state: 'running',
  sweeps: [],
  pages: [],
  settled: [{ verdict: { is: 'done', assurance: 'self-reported' }, targets: [id<'target'>('r1')] }],
  parked: 1,
  held: [],
  startedAt: time(NOW),
  endedAt: null,
} as const;

async function show(answers: Partial<Desk>, form: 'table' | 'json' = 'table') {
  const on = stage();
  const code = await runShow({
    ...baseOf(on, { output: form }),
    incident: INCIDENT,
    desk: fakeDesk({ opened: async () => openedOf(), ...answers }),
  });
  return { code, out: on.out() };
}

describe('incident show opens with what needs a human', () => {
  it('no worker: says which, what to start, and does not wait for an answer', async () => {
    const { code, out } = await show({ lastPolls: async () => [NOW - 600_000] });
    expect(code).toBe(8);
    expect(out).toContain('no control worker polls');
    expect(out).toContain('cofferdam-worker --site DIR --zone a');
    expect(JSON.parse((await show({ lastPolls: async () => [] }, 'json')).out)).toMatchObject({ heard: false, incident: 'inc-1' });
  });

  it('a worker that polls and is silent is told apart', async () => {
    expect((await show({ ...polling, view: async () => null })).out).toContain('does not answer for this incident');
  });

  it('parked targets, with the commands that resolve them', async () => {
    const state = { at: 'parked', code: 'UNREACHABLE', why: 'no route\u001b[2J', operation: null, offers: ['retry', 'skip'] } as const;
    const parked = [id<'target'>('r1'), id<'target'>('r2')].map((target) => ({ target, step: id<'step'>('triage'), state, retry: 0 }));
    const { out } = await show({ ...polling, view: async () => viewOf({ state: 'waiting', parked }) });
    expect(out).toContain('! parked at triage: r1 r2: UNREACHABLE: no route [2J\n');
    expect(out).toContain('cofferdam incident resolve inc-1 r1 r2 --step triage --choice retry');
    expect(out).not.toContain('--choice abort');
  });

  it('targets that are closed to our secrets, each with its keys and the way back', async () => {
    const parked = (name: string, code: string, why: string) => {
      const state = { at: 'parked', code, why, operation: null, offers: ['retry'] } as const;
      return { target: id<'target'>(name), step: id<'step'>('triage'), state, retry: 0 };
    };
    const closed = [parked('r1', 'PIN_MISMATCH', 'got a'), parked('r2', 'PIN_MISMATCH', 'got b'), parked('r3', 'LOGIN_REFUSED', 'no')];
    const trusted = [{ target: id<'target'>('r4'), pin: NEW_KEY, by: id<'person'>('lea'), statement: LAUNCH }];
    const { out } = await show({ ...polling, view: async () => viewOf({ state: 'waiting', parked: closed, trusted }) });
    expect(out).toContain('PIN_MISMATCH: got a\n    cofferdam target trust inc-1 r1 --pin KEY');
    expect(out).toContain('PIN_MISMATCH: got b\n    cofferdam target trust inc-1 r2 --pin KEY');
    expect(out).toContain('LOGIN_REFUSED: no\n    cofferdam-worker put-secret');
    expect(out).toContain(`r4 is trusted under the key ${NEW_KEY}, by lea`);
  });

  it('open gates: who is missing, until when, and what to type', async () => {
    const { out } = await show({ ...polling, view: async () => viewOf({ state: 'waiting', gates: [gateOf()] }) });
    expect(out).toContain('gate change, round 1, waits for 1 more of lead, not the requester, until 2026-11-22T13:00:00.000Z');
    expect(out.indexOf('gate show inc-1 change')).toBeLessThan(out.indexOf('due 2026'));
  });

  it('that nothing isolates, as long as no step does', async () => {
    expect((await show({ ...polling, view: async () => viewOf() })).out).toContain('not isolated');
    const ended = { opened: async () => openedOf({ ended: true }), view: async () => viewOf({ state: 'ended', outcome: 'done' }) } as const;
    expect((await show(ended)).out).not.toContain('not isolated');
  });

  it('an enforcer that does not contain, with the paths that are open and those that nobody probes', async () => {
    const paths = [
      { id: 'office-to-r1', state: 'open', must: 'blocked' },
      { id: 'jump-to-gw', state: 'closed', must: 'reach' },
      { id: 'r1-to-r2', state: 'unknown', must: 'blocked' },
    ] as const;
    const open = containmentOf({ state: 'open', rules: 'changed', paths, unprobed: ['same\u202esegment'] });
    const { out } = await show({ ...polling, view: async () => viewOf({ containment: [open], gates: [gateOf()] }) });
    expect(out).toContain(
      '! NOT CONTAINED: zone a, enforcer gw: rules changed; 0 of 3 paths as they must be; ' +
        'open: office-to-r1; cut off: jump-to-gw; unknown: r1-to-r2; not probed: same segment, seen at 2026-11-22T12:00:00.000Z',
    );
    expect(out.indexOf('NOT CONTAINED')).toBeLessThan(out.indexOf('gate change, round 1'));
    const unsure = containmentOf({ state: 'unknown', rules: 'unknown' });
    expect((await show({ ...polling, view: async () => viewOf({ containment: [unsure] }) })).out).toContain(
      'nobody can say whether it is contained',
    );
  });

  it('that nothing is closed yet, while the step that closes it is still to come', async () => {
    const phase = { ...TRIAGE, step: id<'step'>('isolate'), settled: [], parked: 0 };
    expect((await show({ ...polling, view: async () => viewOf({ phases: [phase] }) })).out).toContain(
      'not isolated: no enforcer has closed',
    );
    expect((await show({ ...polling, view: async () => null })).out).toContain('nobody can say whether the network is closed');
  });

  it('what a person does by hand, one by one, with the two commands that end it', async () => {
    const parked = ['r1', 'r2'].map((target, n) => {
      const order = digest<'claim'>(String(n).repeat(64));
      const state = { at: 'parked', code: AWAITS_PERSON, why: 'pull the cable', operation: 1, offers: ['skip'], order } as const;
      return { target: id<'target'>(target), step: id<'step'>('isolate'), state, retry: 0 };
    });
    const { out } = await show({ ...polling, view: async () => viewOf({ state: 'waiting', parked }) });
    expect(out).toContain('parked at isolate: r2: AWAITS_PERSON: pull the cable\n    cofferdam evidence add inc-1 FILE --series r2 ');
    expect(out).toContain(`cofferdam incident complete inc-1 --order ${'1'.repeat(64)} --evidence CAPTURE`);
  });

  it('foreign messages', async () => {
    expect((await show({ ...polling, view: async () => viewOf({ refusedMessages: 3 }) })).out).toContain('3 messages did not authenticate');
  });

  it('a refused launch, with the reason', async () => {
    const refusal = { code: 'SITE_DIFFERS', message: 'bring both to the same commit' };
    const view = viewOf({ state: 'ended', outcome: 'refused', refusal });
    const { code, out } = await show({ opened: async () => openedOf({ ended: true }), view: async () => view });
    expect(code).toBe(1);
    expect(out).toContain('SITE_DIFFERS: bring both to the same commit');
  });
});

describe('incident show', () => {
  it('is 0 when done, 1 when it ended otherwise, 8 while it goes on', async () => {
    const ended = (outcome: 'done' | 'cancelled') => ({
      opened: async () => openedOf({ ended: true }),
      view: async () => viewOf({ state: 'ended', outcome }),
    });
    expect((await show(ended('done'))).code).toBe(0);
    expect((await show(ended('cancelled'))).code).toBe(1);
    expect((await show({ ...polling, view: async () => viewOf() })).code).toBe(8);
    // Ended from outside, by the engine's own tools: there is no view, and it was not done.
    expect((await show({ opened: async () => openedOf({ ended: true }), view: async () => null })).code).toBe(1);
  });

  it('says how each enforcer stands and what was frozen, and ends with what lifts it', async () => {
    const phases = [{ ...TRIAGE, step: id<'step'>('lease'), held: [id<'target'>('r1')] }];
    const { out } = await show({ ...polling, view: async () => viewOf({ phases, containment: [containmentOf()] }) });
    expect(out).not.toContain('not isolated');
    expect(out).toMatch(/zone a +enforcer gw +contained +\S+ +rules in-force; 2 of 2 paths as they must be; not probed: same-segment/);
    expect(out).toContain('1 targets are frozen; which, and for whom: cofferdam freeze list');
    expect(out.trimEnd().split('\n').at(-1)).toContain('cofferdam incident release inc-1 ');
    const released = await show({ ...polling, view: async () => viewOf({ containment: [containmentOf({ state: 'released' })] }) });
    expect(released.out).not.toContain('incident release');
    const after = {
      opened: async () => openedOf({ ended: true }),
      view: async () => viewOf({ state: 'ended', outcome: 'done', containment: [containmentOf()] }),
    };
    expect((await show(after)).out).toContain('UNDO.txt');
  });

  it('counts verdicts and parked targets per phase', async () => {
    const phase = {
      step: id<'step'>('triage'),
      title: 'Preserve',
      background: false,
      state: 'running',
      sweeps: [],
      pages: [],
      settled: [{ verdict: { is: 'done', assurance: 'self-reported' }, targets: [id<'target'>('r1')] }],
      parked: 1,
      held: [],
      startedAt: time(NOW),
      endedAt: null,
    } as const;
    expect((await show({ ...polling, view: async () => viewOf({ phases: [phase] }) })).out).toMatch(
      /triage +running +done 1, parked 1 +began 2026-11-22T12:00/,
    );
  });

  it('as JSON is the view itself with what the desk adds', async () => {
    const view = viewOf({ gates: [gateOf()] });
    const printed: unknown = JSON.parse((await show({ ...polling, view: async () => view }, 'json')).out);
    expect(printed).toMatchObject({ ...view, heard: true, ended: false, needs: [{ kind: 'gate' }, { kind: 'not-isolated' }] });
  });
});
