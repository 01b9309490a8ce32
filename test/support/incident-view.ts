import type { Opened } from '../../cli/desk.js';
import type { GateView, IncidentView } from '../../lib/model/incident.js';
import type { Containment } from '../../lib/model/isolation.js';
import { id, time, type Digest } from '../../lib/model/json.js';
import { NO_COUNTS } from '../../lib/model/plan.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { NOW } from './desk.js';

export const INCIDENT = id<'incident'>('inc-1');
export const LAUNCH: Digest<'statement'> = sha256('launch');

/** An incident over r1 and r2 in zone a, waiting for nothing. */
export function viewOf(change: Partial<IncidentView> = {}): IncidentView {
  return {
    incident: INCIDENT,
    launch: LAUNCH,
    requester: id('alice'),
    reason: 'beacon',
    state: 'running',
    outcome: null,
    refusal: null,
    targets: 2,
    phases: [],
    gates: [],
    parked: [],
    containment: [],
    trusted: [],
    added: [],
    turn: 0,
    refusedMessages: 0,
    ...change,
  };
}

export function openedOf(change: Partial<Opened> = {}): Opened {
  return {
    input: { incident: INCIDENT, launch: { text: 'launch', signature: '' }, zones: [{ zone: id('a'), targets: [id('r1'), id('r2')] }] },
    launch: {
      type: 'cofferdam/statement',
      version: 1,
      incident: INCIDENT,
      by: id('alice'),
      reason: 'beacon',
      notBefore: time(NOW),
      notAfter: time(NOW + 1),
      verb: 'launch',
      site: sha256('site'),
      policy: sha256('policy'),
      runbook: sha256('runbook'),
      stepTable: 1,
      targets: [id('r1'), id('r2')],
    },
    digest: LAUNCH,
    added: [],
    ended: false,
    ...change,
  };
}

/** A segment that is closed as it must be. */
export function containmentOf(change: Partial<Containment> = {}): Containment {
  return {
    zone: id('a'),
    enforcer: id('gw'),
    state: 'contained',
    rules: 'in-force',
    paths: [
      { id: 'responder-to-gateway', state: 'open', must: 'reach' },
      { id: 'office-to-r1', state: 'closed', must: 'blocked' },
    ],
    unprobed: ['same-segment'],
    checkedAt: time(NOW),
    ...change,
  };
}

export function gateOf(change: Partial<GateView> = {}): GateView {
  return {
    gate: id('change'),
    step: id('review-access'),
    round: 1,
    root: sha256('index'),
    counts: NO_COUNTS,
    targets: 2,
    state: 'open',
    policy: { roles: [id('lead')], quorum: 1, requesterExcluded: true, decisionExpiresAfter: 60, executionExpiresAfter: 120 },
    openedAt: time(NOW),
    decideBy: time(NOW + 3_600_000),
    executeBy: time(NOW + 7_200_000),
    approvals: [],
    denials: [],
    ...change,
  };
}
