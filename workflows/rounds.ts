import { launchGate } from '../lib/model/quorum.js';
import { id, type Id } from '../lib/model/json.js';
import { addCounts, NO_COUNTS } from '../lib/model/plan.js';
import type { Phase } from '../lib/model/runbook.js';
import type { Case, Ended, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import { termsFrom, type Gates } from './gates.js';
import type { Approved } from './holds.js';
import type { Ledger } from './ledger.js';
import { zoneActivities } from './proxies.js';
import type { Roster } from './roster.js';

/** Gate 0. A phase without a gate of its own has no other authority, and that is enough for what only contains. */
export const LAUNCH = id<'gate'>('launch');

interface RoundsDeps {
  readonly roster: Roster;
  readonly opened: Opened;
  readonly known: Case;
  readonly gates: Gates;
  readonly ledger: Ledger;
  readonly isCancelled: () => boolean;
}

/** The rounds of every gate: several steps may share one, and each asks about plans of its own. */
export class Rounds {
  readonly #deps: RoundsDeps;
  readonly #last = new Map<string, number>();

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
  }

  next(gate: Id<'gate'>): number {
    const round = (this.#last.get(gate) ?? 0) + 1;
    this.#last.set(gate, round);
    return round;
  }

  /** Writes the index in every zone, opens the gate and waits. Only what somebody is asked about counts as a round. */
  async ask(n: number, phase: Phase, ended: Ended, acting: number): Promise<Approved | 'denied' | 'expired' | 'cancelled'> {
    const { opened, known, ledger, gates, isCancelled, roster } = this.#deps;
    const gate = phase.gate ?? LAUNCH;
    const round = this.next(gate);
    const policy = gate === LAUNCH ? launchGate(opened.policy.launch) : opened.policy.gates[gate];
    if (policy === undefined) return 'denied';
    const terms = termsFrom(policy);
    const { openedAt, decideBy, executeBy } = terms;
    const order = { case: known, step: phase.step, gate, round, pages: ended.pages, openedAt, decideBy, executeBy };
    const roots = await Promise.all(roster.zones.map(({ zone }) => zoneActivities(zone).quick.writeIndex({ ...order, zone })));
    const [root] = roots;
    if (root === undefined || roots.some((other) => other !== root)) return 'denied';
    const counts = ended.pages.reduce((sum, page) => addCounts(sum, page.counts), NO_COUNTS);
    const approved = { gate: { gate, round, root }, pages: ended.pages };
    if (gate === LAUNCH) {
      // Who launched has signed for what only contains. The executor judges that again, and refuses anything more.
      if (counts.change + counts.destroy > 0) return 'denied';
      await recordCase(known, 'gate.opened', { gate, step: phase.step, round, root, decideBy });
      return approved;
    }
    ledger.begin(n, 'gate');
    await recordCase(known, 'gate.opened', { gate, step: phase.step, round, root, decideBy });
    const question = { gate, step: phase.step, round, root, counts, targets: acting };
    const answer = await gates.ask(question, terms, isCancelled);
    await recordCase(known, 'gate.closed', { gate, step: phase.step, round, root, answer });
    if (answer === 'approved') return approved;
    return answer === 'superseded' ? 'cancelled' : answer;
  }
}
