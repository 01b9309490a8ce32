import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { EXIT } from '../error.js';
import { readCase } from './case.js';
import { must, signedBy, untilEnded } from './desk.js';
import { CAST, cofferdam, type Lab } from './lab.js';
import { tryLogins } from './logins.js';
import { People } from './people.js';
import type { Contained, Rehearsed } from './score.js';
import { truthSchema } from './truth.js';

export interface RehearseOptions {
  readonly lab: Lab;
  /** One line of talk. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Which runbook of the lab's site; the shipped default when null. */
  readonly runbook: string | null;
}

const INCIDENT = 'drill-1';

/** Plays one incident through the real commands, as the people of the drill would type them. */
export async function rehearse({ lab, say, signal, runbook }: RehearseOptions): Promise<Rehearsed> {
  const which = runbook === null ? [] : ['--runbook', runbook];
  await must(lab, ['incident', 'open', '--all', '--id', INCIDENT, ...which, ...signedBy(lab, CAST.responder, 'drill')]);
  say(`incident ${INCIDENT} open: it contains and reads, then plans`);
  const people = new People(lab, INCIDENT, say);
  const lifts: Lifted[] = [];
  const view = await untilEnded(lab, INCIDENT, signal, async (seen) => {
    await people.decide(seen);
    if (seen.state !== 'contained' || lifts.length > 0) return;
    people.released = true;
    lifts.push(await lift(lab, seen, say));
  });
  const [lifted] = lifts;
  const contained = lifted === undefined ? null : await askedAgain(lab, lifted);
  const logins = view.phases.some(({ step }) => step === 'rotate') ? await tryLogins({ lab, say, signal }) : [];
  say('exporting and verifying');
  return finish(lab, { view, parked: people.parked, contained, logins });
}

type Lifted = Omit<Contained, 'stillFrozen'>;

/** As many targets are asked about as nobody waits long for. */
const ASKED = 5;

/** Before a lead lifts what contains, and afterwards, other automation asks whether it may touch a BMC. */
async function lift(lab: Lab, view: IncidentView, say: (line: string) => void): Promise<Lifted> {
  const held = view.phases.find(({ step }) => step === 'lease')?.held ?? [];
  const every = Math.max(1, Math.ceil(held.length / ASKED));
  const asked = held.filter((_, n) => n % every === 0);
  const notFrozen = await notAnswering(lab, asked, EXIT.no);
  say(`contained: ${String(held.length)} targets are held; released by ${CAST.leads[0]}`);
  const at = new Date().toISOString();
  await must(lab, ['incident', 'release', INCIDENT, '--yes', ...signedBy(lab, CAST.leads[0], 'drill is over')]);
  return { at, asked, notFrozen };
}

async function askedAgain(lab: Lab, lifted: Lifted): Promise<Contained> {
  return { ...lifted, stillFrozen: await notAnswering(lab, lifted.asked, EXIT.done) };
}

async function notAnswering(lab: Lab, asked: readonly string[], expected: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const target of asked) if ((await cofferdam(lab, ['freeze', 'check', target])).exitCode !== expected) wrong.push(target);
  return wrong;
}

async function finish(lab: Lab, played: Pick<Rehearsed, 'view' | 'parked' | 'contained' | 'logins'>): Promise<Rehearsed> {
  await must(lab, ['evidence', 'export', INCIDENT, '--out', join(lab.folder, 'archive')]);
  const archive = join(lab.folder, 'archive', INCIDENT);
  const keys = join(lab.folder, 'collector.asc');
  await copyFile(join(lab.state, 'collector.asc'), keys);
  const certificates = [await readFile(keys, 'utf8')];
  const now = new Date();
  // Only at its end the fleet tells what was tried.
  await lab.fleet.stop();
  const truth = truthSchema.parse(JSON.parse(await readFile(join(lab.folder, 'ground-truth.json'), 'utf8')));
  return {
    ...played,
    folder: lab.folder,
    incident: INCIDENT,
    truth,
    found: await readCase(join(lab.state, 'zones', 'drill', 'incidents', INCIDENT, 'evidence')),
    report: await verifyPath(archive, { certificates, drill: true, now }),
    withoutDrill: await verifyPath(archive, { certificates, drill: false, now }),
    archive,
  };
}
