import { rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CAST } from '../../cli/drill/lab.js';
import type { Running, Said } from '../../cli/drill/processes.js';
import type { IncidentView } from '../../lib/model/incident.js';
import type { Isolation } from '../../lib/model/isolation-terms.js';
import { openGate, openScene, type Scene } from '../support/scene.js';
import { IN, isolationOf, OUT, OUTSIDE, whoReaches } from './enforced.js';
import { openLab, unavailable, type Lab } from './lab.js';
import { gatewayRules } from './rules.js';

const GATEWAY = 'gateway-1';
const [LEAD] = CAST.leads;
const OPEN = { jump: IN, fallback: IN, attacker: IN };
const CUT_OFF = { jump: IN, fallback: OUT, attacker: OUT };

const ISOLATE = 'version: 1\nname: isolate-only\ntitle: Isolation\nphases:\n  - step: isolate\n';
const REVIEW = `version: 1
name: isolate-and-review
title: Isolation and a gate
phases:
  - step: isolate
  - step: triage
  - step: review-access
    gate: change
`;

describe.skipIf(unavailable !== null)('an incident that isolates, with engine, worker and desk', () => {
  let lab: Lab;
  let scene: Scene;
  let worker: Running;
  let door: Door;
  let before: string;
  /** While this file is there, the responders' vantage point does not answer. */
  let held: string;

  beforeAll(async () => {
    lab = await openLab();
    held = join(lab.folder, 'held');
    const isolation = withHeldJump({ ...(await isolationOf(lab)), watchSeconds: 5 }, held);
    // By name: the BMC itself is served on loopback, and only its neighbours lie in the segment.
    door = await openDoor();
    scene = await openScene({ targets: 1, profile: 'small', isolation }, undefined, (target) => ({
      ...target,
      address: door.leadingTo(target.address),
    }));
    await writeFile(join(scene.site, 'runbooks', 'isolate-only.yaml'), ISOLATE);
    await writeFile(join(scene.site, 'runbooks', 'isolate-and-review.yaml'), REVIEW);
    worker = await scene.worker();
  });
  afterAll(async () => {
    await scene.close();
    await door.close();
    await lab.close();
  });
  beforeEach(async () => {
    if (await isHeld()) return;
    await lab.exec('gateway', ['nft', '-f', '-'], gatewayRules(''));
    before = await lab.ruleset();
  });

  const isHeld = async (): Promise<boolean> => (await lab.ruleset()).includes('table inet cofferdam');
  const open = (incident: string, runbook = 'isolate-only'): Promise<Said> => scene.open(incident, '--runbook', runbook);
  const by = (person: string): readonly string[] => ['--yes', '--as', person, '--key', scene.keyOf(person), '--reason', 'test'];
  const release = (incident: string, lead: string = LEAD): Promise<Said> => scene.cofferdam('incident', 'release', incident, ...by(lead));
  const contained = (incident: string): Promise<IncidentView> =>
    scene.until(incident, ({ state, containment }) => state === 'contained' && containment[0]?.state === 'contained');
  const ended = (incident: string): Promise<IncidentView> => scene.until(incident, ({ state }) => state === 'ended');
  const shown = async (incident: string): Promise<unknown> =>
    JSON.parse((await scene.cofferdam('incident', 'show', incident, '-o', 'json')).stdout);

  describe('from the launch to the release', () => {
    it('cuts the attacker off and lets responders in, under the launch alone', async () => {
      expect(await whoReaches(lab, ...OUTSIDE)).toEqual(OPEN);
      expect(await open('inc-1')).toMatchObject({ exitCode: 0 });
      await contained('inc-1');
      expect(await whoReaches(lab, ...OUTSIDE)).toEqual(CUT_OFF);
    });

    it('shows that it contains, and with which rules', async () => {
      expect(await shown('inc-1')).toMatchObject({
        state: 'contained',
        containment: [{ enforcer: GATEWAY, state: 'contained', rules: 'in-force' }],
      });
    });

    it('sees rules that are changed behind its back, and asks a person', async () => {
      await lab.exec('gateway', ['nft', 'flush', 'chain', 'inet', 'cofferdam', 'forward']);
      const { parked, containment } = await scene.until('inc-1', (view) => view.parked.length > 0);
      expect({ parked, containment }).toMatchObject({
        parked: [{ target: GATEWAY, state: { code: 'CONTAINMENT_CHANGED', offers: ['replan', 'skip'] } }],
        containment: [{ state: 'open', rules: 'changed' }],
      });
    });

    it('cuts off anew when that is signed', async () => {
      expect(await scene.resolve('inc-1', 'isolate', 'replan', GATEWAY)).toMatchObject({ exitCode: 0 });
      await contained('inc-1');
      expect(await whoReaches(lab, ...OUTSIDE)).toEqual(CUT_OFF);
    });

    it('is lifted by a signed release, to exactly the rules that were there', async () => {
      expect(await release('inc-1')).toMatchObject({ exitCode: 0 });
      await ended('inc-1');
      expect(await lab.ruleset()).toBe(before);
    });
  });

  it('stays cut off while its worker is dead between the cut and its proof, and proves it when it is back', async () => {
    await writeFile(held, '');
    await open('inc-2');
    await vi.waitFor(async () => expect(await isHeld()).toBe(true), { timeout: 30_000, interval: 100 });
    await worker.kill();
    await rm(held);
    expect(await whoReaches(lab, 'attacker', 'jump')).toEqual({ attacker: OUT, jump: IN });
    worker = await scene.worker();
    await contained('inc-2');
    expect(await whoReaches(lab, ...OUTSIDE)).toEqual(CUT_OFF);
    await release('inc-2');
    await ended('inc-2');
  });

  it('lifts nothing while no worker is there, and says that none is', async () => {
    await open('inc-3');
    await contained('inc-3');
    await worker.stop();
    const during = await lab.ruleset();
    const { exitCode, stdout } = await scene.cofferdam('incident', 'show', 'inc-3');
    expect([exitCode, stdout]).toEqual([
      expect.any(Number),
      expect.stringMatching(/no control worker polls|a control worker polls, but does not answer/),
    ]);
    expect(await release('inc-3')).toMatchObject({ exitCode: 1 });
    expect(await lab.ruleset()).toBe(during);
    worker = await scene.worker();
    await contained('inc-3');
    await release('inc-3');
    await ended('inc-3');
  });

  it('is lifted while a gate waits, and the gate goes on waiting', async () => {
    await open('inc-4', 'isolate-and-review');
    await scene.until('inc-4', (view) => openGate(view) !== undefined && view.containment[0]?.state === 'contained');
    await release('inc-4');
    const view = await scene.until('inc-4', ({ containment }) => containment[0]?.state === 'released');
    expect([openGate(view)?.gate, await lab.ruleset()]).toEqual(['change', before]);
    await scene.decide('deny', 'inc-4', LEAD);
    await ended('inc-4');
  });

  it('stays contained after a cancel, until a release is signed', async () => {
    await open('inc-5');
    await contained('inc-5');
    const during = await lab.ruleset();
    expect(await scene.cofferdam('incident', 'cancel', 'inc-5', ...by(CAST.responder).slice(1))).toMatchObject({ exitCode: 0 });
    const { state, outcome } = await contained('inc-5');
    expect([state, outcome, await lab.ruleset()]).toEqual(['contained', null, during]);
    await release('inc-5');
    expect((await ended('inc-5')).outcome).toBe('cancelled');
  });

  it('is lifted once by two releases at the same moment: the second does not count', async () => {
    await open('inc-6');
    await contained('inc-6');
    const both = await Promise.all(CAST.leads.slice(0, 2).map((lead) => release('inc-6', lead)));
    await ended('inc-6');
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 3]);
    expect(await lab.ruleset()).toBe(before);
  });
});

/** Answers of the responders' vantage point wait for as long as the file is there. */
function withHeldJump(isolation: Isolation, file: string): Isolation {
  const wait = ['sh', '-c', `while [ -e "$0" ]; do sleep 0.05; done; exec "$@"`, file];
  return {
    ...isolation,
    vantages: isolation.vantages.map((vantage) =>
      vantage.at === 'responder' && vantage.command !== undefined ? { ...vantage, command: [...wait, ...vantage.command] } : vantage,
    ),
  };
}

interface Door {
  /** The same BMC, by a name. */
  leadingTo(address: string): string;
  close(): Promise<void>;
}

/** A way to a BMC by a name that every machine has. */
async function openDoor(): Promise<Door> {
  let bmc = new URL('https://127.0.0.1');
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect({ host: bmc.hostname, port: Number(bmc.port) });
    for (const socket of [from, to]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket)).on('error', () => [from, to].forEach((one) => one.destroy()));
    }
    from.pipe(to).pipe(from);
  }).listen(0, 'localhost');
  await once(server, 'listening');
  const at = server.address();
  if (at === null || typeof at === 'string') throw new RangeError('a server listens on a port');
  return {
    leadingTo: (address) => {
      bmc = new URL(address);
      return `https://localhost:${String(at.port)}`;
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
