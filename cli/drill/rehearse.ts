import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { CliError, EXIT } from '../error.js';
import { readCase } from './case.js';
import { CAST, cofferdam, keyFile, type Lab } from './lab.js';
import { truthSchema, type Parked, type Rehearsed } from './score.js';

export interface RehearseOptions {
  readonly lab: Lab;
  /** One line of talk. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Which runbook of the lab's site; the shipped default when null. */
  readonly runbook: string | null;
}

const INCIDENT = 'drill-1';
const POLL_MS = 1_500;

/** Plays one incident through the real commands, as the people of the drill would type them. */
export async function rehearse({ lab, say, signal, runbook }: RehearseOptions): Promise<Rehearsed> {
  const which = runbook === null ? [] : ['--runbook', runbook];
  await must(lab, ['incident', 'open', '--all', '--id', INCIDENT, ...which, ...signedBy(lab, CAST.responder, 'drill')]);
  say(`incident ${INCIDENT} open: triage, then plans`);
  const decided = new Set<string>();
  const parked: Parked[] = [];
  let view = await look(lab);
  while (view.state !== 'ended') {
    signal.throwIfAborted();
    for (const gate of view.gates.filter(({ state }) => state === 'open')) {
      const round = `${gate.gate}/${String(gate.round)}`;
      if (decided.has(round)) continue;
      decided.add(round);
      const leads = CAST.leads.slice(0, gate.policy.quorum);
      say(`gate ${round}: ${String(gate.counts.change)} changes on ${String(gate.targets)} targets, approved by ${leads.join(' and ')}`);
      await approve(lab, [gate.gate, '--round', String(gate.round)], leads);
    }
    const fresh = view.parked
      .map(({ target, step, state }) => ({ target, step, code: state.code }))
      .filter(({ target, step }) => !parked.some((known) => known.target === target && known.step === step));
    parked.push(...fresh);
    for (const { target, step, code } of fresh) say(`${target} parked at ${step}: ${code}`);
    for (const step of new Set(fresh.map((one) => one.step))) {
      const targets = fresh.filter((one) => one.step === step).map(({ target }) => target);
      // A drill has nobody to mend a BMC: what was broken on purpose is skipped, by signature, like everything a person decides.
      await must(lab, [
        ...['incident', 'resolve', INCIDENT, ...targets, '--step', step, '--choice', 'skip'],
        ...signedBy(lab, CAST.responder, 'broken on purpose'),
      ]);
    }
    await pause(POLL_MS, undefined, { signal });
    view = await look(lab);
  }
  say('incident ended; exporting and verifying');
  return finish(lab, view, parked);
}

async function finish(lab: Lab, view: IncidentView, parked: readonly Parked[]): Promise<Rehearsed> {
  await must(lab, ['evidence', 'export', INCIDENT, '--out', join(lab.folder, 'archive')]);
  const archive = join(lab.folder, 'archive', INCIDENT);
  const keys = join(lab.folder, 'collector.asc');
  await copyFile(join(lab.state, 'collector.asc'), keys);
  const certificates = [await readFile(keys, 'utf8')];
  const now = new Date();
  const truth = truthSchema.parse(JSON.parse(await readFile(join(lab.folder, 'ground-truth.json'), 'utf8')));
  return {
    folder: lab.folder,
    incident: INCIDENT,
    view,
    truth,
    found: await readCase(join(lab.state, 'zones', 'drill', 'incidents', INCIDENT, 'evidence')),
    report: await verifyPath(archive, { certificates, drill: true, now }),
    withoutDrill: await verifyPath(archive, { certificates, drill: false, now }),
    archive,
    parked,
  };
}

async function approve(lab: Lab, gate: readonly string[], leads: readonly string[]): Promise<void> {
  await must(lab, ['gate', 'show', INCIDENT, ...gate]);
  for (const lead of leads) await must(lab, [...['gate', 'approve', INCIDENT, ...gate, '--yes'], ...signedBy(lab, lead, 'drill')]);
}

function signedBy(lab: Lab, person: string, reason: string): string[] {
  return ['--as', person, '--key', keyFile(lab, person), '--reason', reason];
}

async function look(lab: Lab): Promise<IncidentView> {
  const view: unknown = JSON.parse(await must(lab, ['incident', 'show', INCIDENT, '-o', 'json'], [EXIT.done, EXIT.pending, EXIT.failed]));
  if (isView(view)) return view;
  throw new CliError('DRILL_FAILED', 'incident show did not print an incident');
}

/** The desk's own command wrote it; that it is one at all is what can be wrong here. */
function isView(value: unknown): value is IncidentView {
  return typeof value === 'object' && value !== null && 'phases' in value && 'gates' in value && 'parked' in value;
}

/** Runs one command; an exit code that was not expected ends the drill. */
async function must(lab: Lab, args: readonly string[], expected: readonly number[] = [EXIT.done]): Promise<string> {
  const said = await cofferdam(lab, args);
  if (!expected.includes(said.exitCode))
    throw new CliError('DRILL_FAILED', `cofferdam ${args.slice(0, 2).join(' ')} ended with ${String(said.exitCode)}`, {
      why: said.stderr.trim(),
    });
  return said.stdout;
}
