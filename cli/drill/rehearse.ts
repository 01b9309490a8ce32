import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import type { GateView, IncidentView } from '../../lib/model/incident.js';
import { CliError, EXIT } from '../error.js';
import { readCase } from './case.js';
import { CAST, cofferdam, keyFile, type Lab } from './lab.js';
import type { Contained, Parked, Rehearsed } from './score.js';
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
const POLL_MS = 1_500;
/** Times that an incident is asked for before nobody answers. */
const LOOKS = 40;

/** Plays one incident through the real commands, as the people of the drill would type them. */
export async function rehearse({ lab, say, signal, runbook }: RehearseOptions): Promise<Rehearsed> {
  const which = runbook === null ? [] : ['--runbook', runbook];
  await must(lab, ['incident', 'open', '--all', '--id', INCIDENT, ...which, ...signedBy(lab, CAST.responder, 'drill')]);
  say(`incident ${INCIDENT} open: it contains and reads, then plans`);
  const people = new People(lab, say);
  let lifted: Lifted | null = null;
  for (let view = await look(lab); view.state !== 'ended'; view = await look(lab)) {
    signal.throwIfAborted();
    await people.decide(view);
    if (view.state === 'contained') lifted ??= await lift(lab, view, say);
    await pause(POLL_MS, undefined, { signal });
  }
  const stillFrozen = lifted === null ? [] : await notAnswering(lab, lifted.asked, EXIT.done);
  say('incident ended; exporting and verifying');
  return finish(lab, await look(lab), people.parked, lifted === null ? null : { ...lifted, stillFrozen });
}

/** Those who decide: leads at the gates, and the responder about targets that park. */
class People {
  readonly parked: Parked[] = [];
  readonly #lab: Lab;
  readonly #say: (line: string) => void;
  readonly #decided = new Set<string>();
  readonly #resolved = new Set<string>();

  constructor(lab: Lab, say: (line: string) => void) {
    this.#lab = lab;
    this.#say = say;
  }

  async decide(view: IncidentView): Promise<void> {
    for (const gate of view.gates.filter(({ state }) => state === 'open')) await this.#approve(gate);
    const fresh = view.parked.filter((one) => !this.#resolved.has(keyOf(one)));
    for (const one of fresh) {
      this.#resolved.add(keyOf(one));
      this.parked.push({ target: one.target, step: one.step, code: one.state.code });
      this.#say(`${one.target} parked at ${one.step}: ${one.state.code}`);
    }
    for (const step of new Set(fresh.map((one) => one.step))) {
      const targets = fresh.filter((one) => one.step === step).map(({ target }) => target);
      // A drill has nobody to mend a BMC: what was broken on purpose is skipped, by signature, like everything a person decides.
      await must(this.#lab, [
        ...['incident', 'resolve', INCIDENT, ...targets, '--step', step, '--choice', 'skip'],
        ...signedBy(this.#lab, CAST.responder, 'broken on purpose'),
      ]);
    }
  }

  async #approve(gate: GateView): Promise<void> {
    const round = `${gate.gate}/${String(gate.round)}`;
    if (this.#decided.has(round)) return;
    this.#decided.add(round);
    const leads = CAST.leads.slice(0, gate.policy.quorum);
    const what = `${gate.step}, ${String(gate.counts.change)} changes on ${String(gate.targets)} targets`;
    this.#say(`gate ${round}: ${what}, approved by ${leads.join(' and ')}`);
    await approve(this.#lab, [gate.gate, '--round', String(gate.round)], leads);
  }
}

/** The same step parks with one code when it is carried out, and may with another when it is taken back. */
function keyOf({ target, step, state }: IncidentView['parked'][number]): string {
  return `${target} ${step} ${state.code}`;
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

async function notAnswering(lab: Lab, asked: readonly string[], expected: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const target of asked) if ((await cofferdam(lab, ['freeze', 'check', target])).exitCode !== expected) wrong.push(target);
  return wrong;
}

async function finish(lab: Lab, view: IncidentView, parked: readonly Parked[], contained: Contained | null): Promise<Rehearsed> {
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
    folder: lab.folder,
    incident: INCIDENT,
    view,
    truth,
    found: await readCase(join(lab.state, 'zones', 'drill', 'incidents', INCIDENT, 'evidence')),
    report: await verifyPath(archive, { certificates, drill: true, now }),
    withoutDrill: await verifyPath(archive, { certificates, drill: false, now }),
    archive,
    parked,
    contained,
  };
}

async function approve(lab: Lab, gate: readonly string[], leads: readonly string[]): Promise<void> {
  await must(lab, ['gate', 'show', INCIDENT, ...gate]);
  for (const lead of leads) await must(lab, [...['gate', 'approve', INCIDENT, ...gate, '--yes'], ...signedBy(lab, lead, 'drill')]);
}

function signedBy(lab: Lab, person: string, reason: string): string[] {
  return ['--as', person, '--key', keyFile(lab, person), '--reason', reason];
}

/** A busy machine may keep engine or worker from answering in time, which is no end of a drill: asked again, for minutes. */
async function look(lab: Lab): Promise<IncidentView> {
  let last = '';
  for (let asked = 0; asked < LOOKS; asked++) {
    const { stdout, stderr } = await cofferdam(lab, ['incident', 'show', INCIDENT, '-o', 'json']);
    const view: unknown = stdout === '' ? null : JSON.parse(stdout);
    if (isView(view)) return view;
    last = stderr.trim();
    await pause(POLL_MS);
  }
  throw new CliError('DRILL_FAILED', 'incident show did not print an incident', { why: last === '' ? 'no worker answered' : last });
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
