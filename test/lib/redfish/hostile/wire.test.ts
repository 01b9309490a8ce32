import { describe, test } from 'vitest';
import { BODIES } from '../../../../drill/faults/bodies.js';
import { CONNECTION } from '../../../../drill/faults/connection.js';
import { DEVICE } from '../../../../drill/faults/device.js';
import { HTTP } from '../../../../drill/faults/http.js';
import { claim, LARGE, rows, SERVICES, WAITING, type Outcome, type Outcomes } from './outcome.js';

const CHASSIS = '/redfish/v1/Chassis';
const ACCOUNTS = [1, 2, 3, 4, 5].map((n) => `/redfish/v1/AccountService/Accounts/${String(n)}`);
/** One resource stays without an answer, is told as such, and the rest is read. */
const without = (code: string): Outcome => ({ failures: [`${CHASSIS} ${code}`] });
/** The account list is kept as it came, its accounts cannot be reached, and the class does not count as read. */
const noAccounts = (code: string): Outcome => ({ gaps: [`accounts ${code}`], lost: ACCOUNTS });
/** The same, and the capture says of the list that it was none. */
const noJson: Outcome = { ...noAccounts('NOT_JSON'), failures: ['/redfish/v1/AccountService/Accounts NOT_JSON'] };
/** One resource is kept as bytes that are no resource, and told as such. */
const noJsonBelow: Outcome = { failures: [`${CHASSIS} NOT_JSON`], lost: [] };

describe('trouble with the device', () => {
  test.each(rows(DEVICE))('%s: %s', (name, _line) => claim(name));
});

describe('a hostile connection', () => {
  const outcomes: Outcomes = {
    mute: { options: WAITING },
    'never-answers': { ...without('TIMEOUT'), options: WAITING },
    'slow-drip': { ...without('TIMEOUT'), options: WAITING },
    'stalls-in-body': { ...without('TIMEOUT'), options: WAITING },
    'reset-in-body': without('DROPPED'),
  };
  test.each(rows(CONNECTION))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('hostile HTTP', () => {
  const outcomes: Outcomes = {
    'header-flood': without('DROPPED'),
    'endless-head': without('DROPPED'),
    'huge-header': without('DROPPED'),
    'continues-unasked': without('DROPPED'),
    'switches-protocol': without('DROPPED'),
    'chunk-too-short': without('DROPPED'),
    'chunk-of-exabytes': without('DROPPED'),
    'length-too-long': without('DROPPED'),
    'length-twice': without('DROPPED'),
    'length-and-chunks': without('DROPPED'),
    'length-negative': without('DROPPED'),
    'length-of-exabytes': without('DROPPED'),
    'status-of-zero': without('DROPPED'),
    'status-of-thousands': without('DROPPED'),
    'no-content-with-content': without('DROPPED'),
    'header-with-control-characters': without('DROPPED'),
    'header-line-split': without('DROPPED'),
    'chunk-extension-flood': noJsonBelow,
    'length-too-short': noJsonBelow,
    'status-line-of-a-megabyte': noJsonBelow,
    'not-modified-unasked': { gaps: ['accounts HTTP_304'], lost: ACCOUNTS },
  };
  test.each(rows(HTTP))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('a hostile body', () => {
  const outcomes: Outcomes = {
    'endless-body': without('BODY_TOO_LARGE'),
    'deep-nesting': { failures: ['LIMIT_JSON'] },
    'keys-by-thousands': LARGE,
    'giant-string': LARGE,
    'giant-number': LARGE,
    'gzip-bomb': noJsonBelow,
    'gzip-torn': noJsonBelow,
    'encoding-unknown': noJsonBelow,
    'utf-16': noJsonBelow,
    'not-a-number': noJson,
    'comments-in-json': noJson,
    'login-page': noJson,
    'login-page-everywhere': {
      gaps: ['accounts NOT_ADVERTISED', 'accounts NOT_JSON', 'configuration NOT_ADVERTISED', 'configuration NOT_JSON', 'sessions NOT_JSON'],
      failures: SERVICES.map((name) => `/redfish/v1/${name} NOT_JSON`),
      lost: 'most',
    },
    'error-with-status-200': noAccounts('ERROR_BODY'),
    'empty-body': noJson,
    'null-body': noJson,
    'list-body': { ...noAccounts('NO_MEMBERS'), lost: ACCOUNTS.slice(1) },
    'members-no-list': { ...noAccounts('NO_MEMBERS'), lost: ACCOUNTS.slice(1) },
  };
  test.each(rows(BODIES))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});
