import type { GateView, IncidentView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { CliError } from '../error.js';
import { refusedStatement } from '../refusal.js';

/** Which gate the person means. */
export interface Wanted {
  readonly gate: Id<'gate'> | null;
  readonly round: number | null;
}

/** The one gate that is meant, open ones first. Throws NOT_FOUND, and USAGE when several are open. */
export function chooseGate({ incident, gates }: IncidentView, { gate, round }: Wanted): GateView {
  const meant = gates.filter((view) => (gate === null || view.gate === gate) && (round === null || view.round === round));
  const open = meant.filter(({ state }) => state === 'open');
  const [first] = open.length > 0 ? open : meant.slice(-1);
  if (first === undefined)
    throw new CliError(
      'NOT_FOUND',
      `${incident} has no ${gate === null ? 'gate yet' : `gate ${gate}`}${round === null ? '' : ` with round ${String(round)}`}`,
      {
        fix: `see what it waits for with: cofferdam incident show ${incident}`,
      },
    );
  if (open.length > 1)
    throw new CliError('USAGE', `${String(open.length)} gates are open`, {
      why: open.map((view) => `${view.gate}, round ${String(view.round)}`).join('; '),
      fix: 'name the gate, and its round with --round',
    });
  return first;
}

export function requireOpen(view: GateView, incident: string): void {
  if (view.state !== 'open')
    throw refusedStatement('GATE_CLOSED', `round ${String(view.round)} of gate ${view.gate} is ${view.state}`, incident);
}
