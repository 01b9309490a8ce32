import { REFUSALS, type Refusal } from '../lib/model/refusals.js';
import { CliError } from './error.js';

/** A statement that did not count, told with what to do next. */
export function refusedStatement(type: string, why: string, incident: string): CliError {
  if (!isRefusal(type))
    return new CliError('REFUSED', 'the statement was refused', { why: `${type}: ${why}`, see: `cofferdam incident show ${incident}` });
  return new CliError(type, 'the statement does not count', {
    why,
    fix: FIXES[type].replaceAll('INC', incident),
    see: `cofferdam incident show ${incident}`,
  });
}

export function isRefusal(code: string): code is Refusal {
  return REFUSALS.some((refusal) => refusal === code);
}

const LOOK_AGAIN = 'look again with: cofferdam gate show INC, then decide on what is there now';
const OTHER_KEY = 'use the key that the policy lists for you (--key), or have it listed and the policy signed again for the next incident';
const UPDATE = 'run the same version of cofferdam at the desk and in the workers';

const FIXES: Readonly<Record<Refusal, string>> = {
  STATEMENT_MALFORMED: UPDATE,
  STATEMENT_TOO_LARGE: 'name fewer targets in one statement',
  STATEMENT_NOT_CANONICAL: UPDATE,
  WRONG_INCIDENT: 'check the id with: cofferdam incident list',
  WRONG_LAUNCH: 'wait until the incident is open, then send it again',
  WRONG_POLICY: 'check out the site directory as it was when the incident was opened (--site); a running incident keeps its policy',
  WRONG_GATE: 'list the gates with: cofferdam gate list INC',
  WRONG_ROUND: LOOK_AGAIN,
  WRONG_ROOT: LOOK_AGAIN,
  WRONG_COUNTS: LOOK_AGAIN,
  GATE_CLOSED: 'nothing to do; see how it was decided with: cofferdam gate list INC',
  REQUESTER_EXCLUDED: 'have somebody else of the roles of this gate decide',
  ALREADY_DECIDED: 'nothing to do; one decision a person and round counts',
  NOT_IN_KEYRING: OTHER_KEY,
  SIGNATURE_UNREADABLE: UPDATE,
  SIGNATURE_CLASS: UPDATE,
  SIGNATURE_HASH: UPDATE,
  SIGNATURE_IN_FUTURE: 'set the clock of this machine, or of the workers',
  SIGNATURE_PURPOSE: UPDATE,
  SIGNATURE_INVALID: OTHER_KEY,
  KEY_UNSUPPORTED: OTHER_KEY,
  KEY_UNUSABLE: OTHER_KEY,
  KEY_EXPIRED: OTHER_KEY,
  KEY_REVOKED: OTHER_KEY,
  NOT_ALLOWED: 'have somebody with one of the roles that the policy names do it',
  NOT_YET_VALID: 'set the clock of this machine, or of the workers',
  NO_LONGER_VALID: 'run the command again, which signs a new statement',
  WRONG_RETRY: 'run the command again; somebody else resolved these targets meanwhile',
  WRONG_PIN: 'look at the keys again with: cofferdam target trust INC TARGET; somebody else trusted one meanwhile',
  NOT_PARKED: 'see which targets wait with: cofferdam incident show INC',
  NOT_OFFERED: 'choose one of those that cofferdam incident show INC lists',
  NOT_HELD: 'see what is contained or frozen with: cofferdam incident show INC',
  UNKNOWN_TARGET: 'see the targets of this incident with: cofferdam incident show INC',
  INCIDENT_ENDED: 'nothing to do; see how it ended with: cofferdam incident show INC',
  NOT_AUTHENTIC: 'desk and worker need the same codec.key in their state folders; copy it, with the workers stopped',
  ALREADY_IN: 'nothing to do; see the targets of this incident with: cofferdam incident show INC',
  LEASE_HELD: 'work in the incident that holds it, or have it released first',
  OTHER_ZONE: 'open an incident of its own for the targets of that zone: cofferdam incident open TARGET...',
  RECORD_DIFFERS:
    'check out the inventory as it was when the incident was opened (--site), or open another incident for what was changed or added since',
  WRONG_TURN: 'run the command again; somebody else added targets meanwhile',
  OFF_SCHEDULE: 'compare the times with: cofferdam schedule list; set the clocks of engine and workers',
};
