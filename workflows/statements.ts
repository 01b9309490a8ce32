import type { Refusal } from '../lib/model/refusals.js';
import type { Add, Cancel, Complete, Release, Resolve, Statement, Trust } from '../lib/model/statement.js';
import type { Opened } from '../lib/model/work.js';
import type { Gates } from './gates.js';
import type { Ledger } from './ledger.js';
import type { Phases } from './phases.js';
import type { Roster } from './roster.js';

export interface Standing {
  readonly roster: Roster;
  readonly opened: Opened | null;
  readonly gates: Gates | null;
  readonly ledger: Ledger | null;
  readonly phases: Phases | null;
}

interface Problem {
  readonly code: Refusal;
  readonly why: string;
}

/**
 * What can be said about a statement without reading its signature: synchronous and without side effects, since Temporal calls
 * validators that way. Null: it may go on to verification.
 */
export function refuseStatement(statement: Statement, standing: Standing): Problem | null {
  const { roster, opened, gates, ledger, phases } = standing;
  if (statement.incident !== roster.incident)
    return { code: 'WRONG_INCIDENT', why: `this is ${roster.incident}, the statement is about ${statement.incident}` };
  if (opened === null || gates === null || ledger === null || phases === null)
    return { code: 'WRONG_LAUNCH', why: 'the incident is not open (yet); look at it with: cofferdam incident show' };
  switch (statement.verb) {
    case 'launch':
      return { code: 'STATEMENT_MALFORMED', why: 'a launch opens an incident and is not delivered to one' };
    case 'approve':
    case 'deny':
      return gates.refuse(statement);
    case 'resolve':
      return wrongLaunch(statement, opened) ?? refuseResolve(statement, ledger);
    case 'trust':
      return wrongLaunch(statement, opened) ?? refuseTrust(statement, roster, ledger);
    case 'cancel':
      return wrongLaunch(statement, opened) ?? refuseCancel(statement, phases);
    case 'release':
      return wrongLaunch(statement, opened) ?? refuseRelease(statement, phases);
    case 'complete':
      return wrongLaunch(statement, opened) ?? refuseComplete(statement, ledger);
    case 'add':
      return wrongLaunch(statement, opened) ?? refuseAdd(statement, roster, phases);
  }
}

function wrongLaunch(statement: Resolve | Trust | Cancel | Release | Complete | Add, opened: Opened): Problem | null {
  return statement.launch === opened.launch ? null : { code: 'WRONG_LAUNCH', why: 'the statement binds another launch' };
}

/** Whoever signs for some targets must not end the response for all of them. */
function refuseCancel(statement: Cancel, phases: Phases): Problem | null {
  if (statement.subjects.length > 0)
    return { code: 'STATEMENT_MALFORMED', why: 'a cancel ends the whole incident and names no subjects; single targets are aborted' };
  return phases.cancelled ? { code: 'INCIDENT_ENDED', why: 'the incident is being cancelled already' } : null;
}

function refuseRelease(statement: Release, phases: Phases): Problem | null {
  return phases.heldBy(statement).length > 0
    ? null
    : { code: 'NOT_HELD', why: 'nothing that the statement names is in force, or a release takes it back already' };
}

/** Only what waits for it can be completed; the executor looks whether the evidence is there. */
function refuseComplete({ orders }: Complete, ledger: Ledger): Problem | null {
  const waiting = new Set(ledger.parked.flatMap(({ state }) => state.order ?? []));
  const wrong = orders.find((order) => !waiting.has(order));
  return wrong === undefined ? null : { code: 'NOT_PARKED', why: `no operation ${wrong.slice(0, 12)}… waits for a person` };
}

function refuseResolve(statement: Resolve, ledger: Ledger): Problem | null {
  for (const target of statement.targets) {
    const parked = ledger.find(target, statement.step);
    if (parked === undefined) return { code: 'NOT_PARKED', why: `${target} is not parked at ${statement.step}` };
    if (!parked.state.offers.includes(statement.choice))
      return { code: 'NOT_OFFERED', why: `${target} offers ${parked.state.offers.join(', ')}, not ${statement.choice}` };
    if (parked.retry !== statement.retry)
      return {
        code: 'WRONG_RETRY',
        why: `${target} was retried ${String(parked.retry)} times, the statement says ${String(statement.retry)}`,
      };
  }
  return null;
}

/** Whether the records are those of the launch, and whether another incident holds one of the targets, is the zones' to judge. */
function refuseAdd({ targets, turn }: Add, roster: Roster, phases: Phases): Problem | null {
  const late = refuseLate(phases);
  if (late !== null) return late;
  if (!phases.begun) return { code: 'WRONG_LAUNCH', why: 'the launch itself still waits for its co-signers' };
  if (turn !== roster.turn)
    return { code: 'WRONG_TURN', why: `${String(roster.turn)} statements asked before, this one says ${String(turn)}` };
  for (const { target, zone } of targets) {
    if (roster.has(target)) return { code: 'ALREADY_IN', why: `${target} is in this incident already` };
    if (!roster.zones.some((known) => known.zone === zone))
      return { code: 'OTHER_ZONE', why: `${target} lies in zone ${zone}, which the launch does not concern` };
  }
  return null;
}

/** To an incident that is being cancelled, or sealed, nothing is added. */
export function refuseLate(phases: Phases | null): Problem | null {
  return phases !== null && !phases.cancelled && !phases.closing
    ? null
    : { code: 'INCIDENT_ENDED', why: 'the incident is being ended already' };
}

/** Which keys it is about is the zone's to judge, which has the inventory. */
function refuseTrust({ target, turn }: Trust, roster: Roster, ledger: Ledger): Problem | null {
  if (!roster.targets.includes(target)) return { code: 'UNKNOWN_TARGET', why: `${target} is no target of this incident` };
  const before = ledger.trusted.filter((trusted) => trusted.target === target).length;
  if (turn < before)
    return { code: 'WRONG_PIN', why: `${target} was given another key ${String(before)} times, the statement says ${String(turn)}` };
  return null;
}
