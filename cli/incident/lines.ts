import type { GateView, PhaseView } from '../../lib/model/incident.js';
import type { Verdict } from '../../lib/model/verdict.js';
import type { Line } from '../output/print.js';
import { joined, safe, styled, text, type Text } from '../output/text.js';
import { containmentLines, releaseLines } from './containment.js';
import { needsOf, type Need } from './needs.js';
import type { Standing } from './standing.js';

/** Writes a time the way this stream wants it. */
export type At = (iso: string | null) => string;

/** `incident show` for people: who waits for whom first, then the phases and the gates. */
export function incidentLines(standing: Standing, at: At): readonly Line[] {
  const { view } = standing;
  return [
    headline(standing),
    ...needsOf(standing).flatMap(needLines),
    ...(view?.trusted.map(({ target, pin, by }) => text`${target} is trusted under the key ${pin}, by ${by}`) ?? []),
    ...(view?.added.map(({ by, targets, state }) => text`${targets} targets ${ADDED[state]} by ${by}`) ?? []),
    ...(view === null ? [] : containmentLines(view, at)),
    { rows: view?.phases.map((phase) => phaseRow(phase, at)) ?? [] },
    { rows: view?.gates.map((gate) => gateRow(gate, at)) ?? [] },
    ...(view === null ? [] : releaseLines(view)),
  ];
}

const ADDED = { asked: 'wait for co-signers, asked for', in: 'were added', denied: 'were not added, asked for' } as const;

function headline({ incident, opened, view }: Standing): Text {
  const { launch } = opened;
  const state = view === null ? (opened.ended ? 'ended' : 'silent') : view.state === 'ended' ? (view.outcome ?? 'ended') : view.state;
  return text`${styled('bold', incident)}  ${stateText(state)}  ${view?.targets ?? launch.targets.length} targets, opened by ${launch.by}: ${launch.reason}`;
}

function needLines({ kind, what, commands }: Need): readonly Text[] {
  const mark = styled(kind === 'gate' || kind === 'not-isolated' ? 'yellow' : 'red', '!');
  return [text`${mark} ${what}`, ...commands.map((command) => text`    ${styled('cyan', command)}`)];
}

function phaseRow(phase: PhaseView, at: At): readonly Text[] {
  const settled = phase.settled.map(({ verdict, targets }) => text`${verdictText(verdict)} ${targets.length}`);
  const parked = phase.parked > 0 ? [styled('red', `parked ${String(phase.parked)}`)] : [];
  const began = phase.startedAt === null ? '' : `began ${at(phase.startedAt)}`;
  const time = phase.endedAt === null ? began : `ended ${at(phase.endedAt)}`;
  return [
    text`${phase.step}`,
    stateText(phase.state),
    joined([...settled, ...parked], ', '),
    styled('dim', time),
    styled('dim', phase.background ? 'in the background' : phase.title),
  ];
}

export function gateRow(gate: GateView, at: At): readonly Text[] {
  const signers = [...gate.approvals.map(({ person }) => `${person} approved`), ...gate.denials.map(({ person }) => `${person} denied`)];
  return [
    text`gate ${gate.gate}`,
    text`round ${gate.round}`,
    stateText(gate.state),
    text`${gate.targets} targets: ${gate.counts.change} change, ${gate.counts.destroy} destroy`,
    safe(signers.join(', ')),
    styled('dim', gate.state === 'open' ? `due ${at(gate.decideBy)}` : ''),
  ];
}

export function verdictText(verdict: Verdict): Text {
  return 'code' in verdict ? text`${stateText(verdict.is)} ${verdict.code}` : stateText(verdict.is);
}

const GOOD: ReadonlySet<string> = new Set(['done', 'approved', 'settled']);
const BAD: ReadonlySet<string> = new Set([
  'failed',
  'unknown',
  'unverifiable',
  'refused',
  'silent',
  'denied',
  'expired',
  'parked',
  'cancelled',
]);
const LATER: ReadonlySet<string> = new Set([
  'waiting',
  'open',
  'gate',
  'unsupported',
  'skipped',
  'not-started',
  'done-with-exceptions',
  'cancelling',
]);

/** A state by its word, which colour only repeats. */
export function stateText(state: string): Text {
  if (GOOD.has(state)) return styled('green', state);
  if (BAD.has(state)) return styled('red', state);
  return LATER.has(state) ? styled('yellow', state) : safe(state);
}
