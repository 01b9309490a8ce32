import type { GateView, IncidentView } from '../../lib/model/incident.js';
import { must, signedBy } from './desk.js';
import { CAST, type Lab } from './lab.js';
import type { Parked } from './score.js';

/** Those who decide: leads at the gates, and the responder about targets that park. */
export class People {
  readonly parked: Parked[] = [];
  /** From the release on: what parks then is what could not be taken back. */
  released = false;
  readonly #lab: Lab;
  readonly #incident: string;
  readonly #say: (line: string) => void;
  readonly #decided = new Set<string>();
  readonly #resolved = new Set<string>();
  /** Steps whose plans somebody has looked at. */
  readonly #shown = new Set<string>();

  constructor(lab: Lab, incident: string, say: (line: string) => void) {
    this.#lab = lab;
    this.#incident = incident;
    this.#say = say;
  }

  async decide(view: IncidentView): Promise<void> {
    for (const gate of view.gates.filter(({ state }) => state === 'open')) await this.#approve(gate);
    const fresh = view.parked.filter((one) => !this.#resolved.has(keyOf(one)));
    for (const one of fresh) {
      this.#resolved.add(keyOf(one));
      this.parked.push({ target: one.target, step: one.step, code: one.state.code, released: this.released });
      this.#say(`${one.target} parked at ${one.step}: ${one.state.code}`);
    }
    for (const step of new Set(fresh.map((one) => one.step))) {
      const targets = fresh.filter((one) => one.step === step).map(({ target }) => target);
      // A drill has nobody to mend a BMC: what was broken on purpose is skipped, by signature, like everything a person decides.
      await must(this.#lab, [
        ...['incident', 'resolve', this.#incident, ...targets, '--step', step, '--choice', 'skip'],
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
    const which = [this.#incident, gate.gate, '--round', String(gate.round)];
    // It reads each finding by a question of its own to the worker; what is signed is read and checked by `approve` in any case.
    if (!this.#shown.has(gate.step)) await must(this.#lab, ['gate', 'show', ...which]);
    this.#shown.add(gate.step);
    for (const lead of leads) await must(this.#lab, ['gate', 'approve', ...which, '--yes', ...signedBy(this.#lab, lead, 'drill')]);
  }
}

/** The same step parks with one code when it is carried out, and may with another when it is taken back. */
function keyOf({ target, step, state }: IncidentView['parked'][number]): string {
  return `${target} ${step} ${state.code}`;
}
