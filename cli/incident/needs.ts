import type { GateView, IncidentView, ParkedView } from '../../lib/model/incident.js';
import { AWAITS_PERSON } from '../../lib/model/verdict.js';
import type { Opened } from '../desk.js';
import { named, troubleOf } from './containment.js';
import type { Standing } from './standing.js';

/** Something that waits for a human, and what to type. */
export interface Need {
  readonly kind: 'refused' | 'no-worker' | 'parked' | 'gate' | 'not-isolated' | 'not-authentic';
  readonly what: string;
  readonly commands: readonly string[];
}

/** What an incident needs from people, most pressing first. */
export function needsOf({ incident, opened, view, workers }: Standing): readonly Need[] {
  if (opened.ended) return view?.outcome === 'refused' ? [refused(opened, view)] : [];
  const parked = view === null ? [] : parkedGroups(view.parked).map((group) => parkedNeed(incident, group));
  const gates = view === null ? [] : view.gates.filter((gate) => gate.state === 'open').map((gate) => gateNeed(incident, gate));
  return [
    ...workers.flatMap(workerNeed),
    ...unheard(view, workers),
    ...uncontained(view),
    ...parked,
    ...gates,
    ...foreign(view),
    ...notIsolated(opened, view),
  ];
}

/** True when nothing goes on before somebody acts. */
export function waitsForPeople(view: IncidentView): boolean {
  const busy = view.phases.some(({ state, sweeps }) => (state === 'running' || state === 'planning') && sweeps.length > 0);
  return view.state === 'waiting' && !busy;
}

function refused({ launch }: Opened, view: IncidentView): Need {
  const { code, message } = view.refusal ?? { code: 'UNKNOWN', message: 'no reason given' };
  const commands = launch.repeats === undefined ? [] : [`cofferdam schedule add ${launch.incident} --replace ...`];
  return { kind: 'refused', what: `the workers refused the launch: ${code}: ${message}`, commands };
}

type Worker = Standing['workers'][number];

function workerNeed({ queue, lastPoll }: Worker): readonly Need[] {
  if (lastPoll !== null) return [];
  const flags = queue.kind === 'control' ? '--control' : `--zone ${queue.zone}`;
  const role =
    queue.kind === 'control' ? 'no control worker polls; nothing is decided' : `no worker of zone ${queue.zone} polls; its targets wait`;
  return [{ kind: 'no-worker', what: role, commands: [`cofferdam-worker --site DIR ${flags}`] }];
}

function unheard(view: IncidentView | null, workers: readonly Worker[]): readonly Need[] {
  if (view !== null || workers.some(({ queue, lastPoll }) => queue.kind === 'control' && lastPoll === null)) return [];
  return [{ kind: 'no-worker', what: 'a control worker polls, but does not answer for this incident; look at its log', commands: [] }];
}

/** Codes that are about the key of a target. */
const KEY_CODES: ReadonlySet<string> = new Set(['PIN_MISMATCH', 'CA_MISMATCH', 'NO_TRUST', 'TRUST_CONFLICT']);

function parkedGroups(parked: readonly ParkedView[]): readonly (readonly [ParkedView, ...ParkedView[]])[] {
  const groups = new Map<string, [ParkedView, ...ParkedView[]]>();
  for (const one of parked) {
    // A reason with keys in it is about one target, and the next person compares just those keys; so is an instruction.
    const reason = KEY_CODES.has(one.state.code) || one.state.code === AWAITS_PERSON ? `${one.target} ${one.state.why}` : '';
    const key = JSON.stringify([one.step, one.state.code, one.state.offers, reason]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

function parkedNeed(incident: string, group: readonly [ParkedView, ...ParkedView[]]): Need {
  const [{ step, state }] = group;
  const names = group.map(({ target }) => target);
  const targets = names.join(' ');
  return {
    kind: 'parked',
    what: `parked at ${step}: ${named(names)}: ${state.code}: ${state.why}`,
    commands: [
      ...waysBack(incident, state.code, names),
      ...byHand(incident, group),
      ...state.offers.map(
        (choice) =>
          `cofferdam incident resolve ${incident} ${targets} --step ${step} --choice ${choice} --reason TEXT --as PERSON --key FILE`,
      ),
    ],
  };
}

const SECRET_CODES: ReadonlySet<string> = new Set(['LOGIN_REFUSED', 'UNAUTHORIZED']);

/** What comes before a retry of a target that is closed to our secrets; the other ways are the host's side, and somebody who goes there. */
function waysBack(incident: string, code: string, targets: readonly string[]): readonly string[] {
  const key = targets.map((target) => `cofferdam target trust ${incident} ${target} --pin KEY --reason TEXT --as PERSON --key FILE`);
  const secret = ['cofferdam-worker put-secret NAME --user NAME --site DIR   # another login, on the zone’s host; then resolve with retry'];
  if (KEY_CODES.has(code)) return key;
  if (SECRET_CODES.has(code)) return secret;
  return code === 'SECRET_BURNED' ? [...secret, ...key] : [];
}

/** What a person types once it is done by hand: the proof of it, where the store lies, then the signed word that names it. */
function byHand(incident: string, group: readonly ParkedView[]): readonly string[] {
  return group.flatMap(({ target, state }) =>
    state.code === AWAITS_PERSON && state.order !== undefined
      ? [
          `cofferdam evidence add ${incident} FILE --series ${target} --from WHERE --taken-at TIME --reason TEXT --as PERSON   # on the zone’s host`,
          `cofferdam incident complete ${incident} --order ${state.order} --evidence CAPTURE --reason TEXT --as PERSON --key FILE`,
        ]
      : [],
  );
}

function gateNeed(incident: string, gate: GateView): Need {
  const missing = Math.max(0, gate.policy.quorum - gate.approvals.length);
  const who = gate.policy.roles.join(' or ');
  const others = gate.policy.requesterExcluded ? ', not the requester' : '';
  return {
    kind: 'gate',
    what: `gate ${gate.gate}, round ${String(gate.round)}, waits for ${String(missing)} more of ${who}${others}, until ${gate.decideBy}`,
    commands: [
      `cofferdam gate show ${incident} ${gate.gate}`,
      `cofferdam gate approve ${incident} ${gate.gate} --reason TEXT --as PERSON --key FILE`,
    ],
  };
}

function foreign(view: IncidentView | null): readonly Need[] {
  if (view === null || view.refusedMessages === 0) return [];
  const what = `${String(view.refusedMessages)} messages did not authenticate and were dropped: somebody else writes to this engine`;
  return [{ kind: 'not-authentic', what, commands: [] }];
}

function uncontained(view: IncidentView | null): readonly Need[] {
  const troubles = view?.containment.map(troubleOf).filter((trouble) => trouble !== null) ?? [];
  return troubles.map((what) => ({ kind: 'not-isolated', what, commands: [] }));
}

/** Said as long as nothing isolates: a responder must not believe that the network is closed. */
function notIsolated(opened: Opened, view: IncidentView | null): readonly Need[] {
  const around = `around ${String(view?.targets ?? opened.launch.targets.length)} targets`;
  const what =
    view === null
      ? `nobody can say whether the network is closed ${around}`
      : view.phases.some(({ step }) => step === 'isolate')
        ? `not isolated: no enforcer has closed the network ${around} yet`
        : `not isolated: this runbook does not close the network ${around}; do it by hand`;
  return view !== null && view.containment.length > 0 ? [] : [{ kind: 'not-isolated', what, commands: [] }];
}
