import type { Effect } from './effect.js';
import { id, type Id } from './json.js';

/** One row a step: what it is for and how the incident runs it. To add a step: its row here and a planner in `lib/steps/<id>.ts`. */
export interface StepRow {
  readonly id: Id<'step'>;
  /** The step of the seed's ten-step runbook that it belongs to. */
  readonly number: string;
  readonly title: string;
  /** What it acts on: each target's BMC, or each enforcer of the zones. */
  readonly on: 'bmc' | 'enforcer';
  /** `capture` steps only read and seal; `plan` steps read, plan, wait for their gate and carry out. */
  readonly runs: 'capture' | 'plan';
  /** The gravest effect that its operations may have; the executor refuses anything graver. */
  readonly effect: Effect;
  /** What it did stays in force until a signed release, and the incident stays open for it. */
  readonly holds: boolean;
}

/** Version of this table, bound by every launch statement. */
export const STEP_TABLE = 6;

export const STEPS: readonly StepRow[] = [
  { id: id('isolate'), number: '1', title: 'Isolate the network', on: 'enforcer', runs: 'plan', effect: 'contain', holds: true },
  { id: id('lease'), number: '3', title: 'Hold other automation off', on: 'bmc', runs: 'plan', effect: 'contain', holds: true },
  { id: id('triage'), number: '2a', title: 'Preserve what dies first', on: 'bmc', runs: 'capture', effect: 'observe', holds: false },
  { id: id('capture'), number: '2b', title: 'Preserve everything', on: 'bmc', runs: 'capture', effect: 'observe', holds: false },
  { id: id('dump'), number: '2c', title: 'Make and fetch dumps', on: 'bmc', runs: 'plan', effect: 'change', holds: false },
  { id: id('freeze'), number: '3', title: 'Freeze changes', on: 'bmc', runs: 'plan', effect: 'change', holds: true },
  { id: id('review-logs'), number: '4', title: 'Review what the logs say', on: 'bmc', runs: 'plan', effect: 'observe', holds: false },
  { id: id('review-access'), number: '4', title: 'Review accounts and access', on: 'bmc', runs: 'plan', effect: 'change', holds: false },
  { id: id('hunt'), number: '4', title: 'Look for what was found elsewhere', on: 'bmc', runs: 'plan', effect: 'observe', holds: false },
  { id: id('rotate'), number: '5', title: 'Rotate secrets', on: 'bmc', runs: 'plan', effect: 'change', holds: false },
  { id: id('break-glass'), number: '5', title: 'Rotate break-glass accounts', on: 'bmc', runs: 'plan', effect: 'change', holds: false },
  {
    id: id('certificates'),
    number: '5',
    title: 'Renew TLS keys and certificates',
    on: 'bmc',
    runs: 'plan',
    effect: 'destroy',
    holds: false,
  },
  { id: id('offboard'), number: '4', title: 'Take the keys of a person back', on: 'bmc', runs: 'plan', effect: 'change', holds: false },
  {
    id: id('offboard-check'),
    number: '4',
    title: 'See what is left of a person',
    on: 'bmc',
    runs: 'plan',
    effect: 'observe',
    holds: false,
  },
];

export function stepRow(step: string): StepRow | undefined {
  return STEPS.find((row) => row.id === step);
}

/** The seed's ten steps, for README and scorecard: which of our steps cover each, and what is still missing. */
export const SEED_STEPS: readonly {
  readonly number: number;
  readonly title: string;
  readonly steps: readonly string[];
  readonly missing: string | null;
}[] = [
  { number: 1, title: 'Isolation', steps: ['isolate'], missing: null },
  {
    number: 2,
    title: 'Preserve artifacts',
    steps: ['triage', 'capture', 'dump'],
    missing: 'dumps that may disturb the host, or that the BMC does not advertise, are reported only',
  },
  { number: 3, title: 'Freeze changes', steps: ['lease', 'freeze'], missing: null },
  {
    number: 4,
    title: 'Review accounts and access',
    steps: ['review-logs', 'review-access'],
    missing: 'acts on accounts, sessions, keys, subscriptions and directories; every other way in is found and reported only',
  },
  {
    number: 5,
    title: 'Rotate secrets',
    steps: ['rotate', 'break-glass', 'certificates'],
    missing:
      'passwords of BMC accounts only, ours and those that the inventory lists with a secret, the SNMP community of an iDRAC, TLS certificates and break-glass accounts by runbooks of their own (`certificates`, `break-glass`); other SNMP is turned off or reported; secrets of other servers are renewed there by a site command, and not installed on the BMC again; of IPMI the passwords of users of BMCs that speak nothing else; the BMC key (Kg) stays as it is',
  },
  { number: 6, title: 'Validate configuration', steps: [], missing: 'not built yet' },
  { number: 7, title: 'Validate firmware', steps: [], missing: 'not built yet' },
  { number: 8, title: 'Restore trust', steps: [], missing: 'not built yet' },
  { number: 9, title: 'Post-incident monitoring', steps: [], missing: 'not built yet' },
  { number: 10, title: 'Postmortem and improvements', steps: [], missing: 'not built yet' },
];
