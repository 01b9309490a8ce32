import { describe, test } from 'vitest';
import { LINKS } from '../../../../drill/faults/links.js';
import { LISTS } from '../../../../drill/faults/lists.js';
import { LOGINS } from '../../../../drill/faults/logins.js';
import { MOMENTS } from '../../../../drill/faults/moments.js';
import { NAMES } from '../../../../drill/faults/names.js';
import { PASSWORDS } from '../../../../drill/faults/passwords.js';
import { claim, LARGE, rows, SERVICES, type Outcome, type Outcomes } from './outcome.js';

const CHASSIS = '/redfish/v1/Chassis';
const ACCOUNTS = [1, 2, 3, 4, 5].map((n) => `/redfish/v1/AccountService/Accounts/${String(n)}`);
const ROLES = ['Administrator', 'Operator', 'ReadOnly'].map((role) => `/redfish/v1/AccountService/Roles/${role}`);
const ACCOUNT_SERVICE = ['', '/Accounts', '/Roles'].map((path) => `/redfish/v1/AccountService${path}`).concat(ACCOUNTS, ROLES);
const NOT_FOLLOWED: Outcome = { failures: [`${CHASSIS} REDIRECT`] };
const notAll = (code: string): Outcome => ({ gaps: [`accounts ${code}`] });

describe('hostile links', () => {
  const outcomes: Outcomes = {
    'bottomless-path': { failures: ['LIMIT_DEPTH'] },
    'redirect-loop': NOT_FOLLOWED,
    'redirect-off-origin': NOT_FOLLOWED,
    'redirect-in-clear': NOT_FOLLOWED,
    'redirect-to-host-by-slashes': NOT_FOLLOWED,
    'redirect-out-of-redfish': NOT_FOLLOWED,
    'location-twice': NOT_FOLLOWED,
    'location-of-a-megabyte': NOT_FOLLOWED,
    'token-in-link': { failures: [`${CHASSIS} SECRET_ECHOED`] },
    maze: { options: { crawl: { resources: 300 } }, failures: ['LIMIT_RESOURCES'] },
    'link-flood': { options: { volume: 100_000, crawl: { resources: 300 } }, failures: ['LIMIT_RESOURCES'], lost: 'most' },
  };
  test.each(rows(LINKS))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('a hostile list', () => {
  const outcomes: Outcomes = {
    'million-members': LARGE,
    'count-too-high': notAll('HTTP_501'),
    'member-twice': notAll('COUNT_DIFFERS'),
    'next-page-itself': notAll('TOO_MANY_PAGES'),
    'next-page-circle': notAll('TOO_MANY_PAGES'),
    'next-page-endless': {
      ...notAll('TOO_MANY_PAGES'),
      options: { volume: 1_000_000, crawl: { pages: 200 } },
      failures: ['LIMIT_PAGES'],
    },
    'next-page-elsewhere': notAll('NEXT_PAGE_ELSEWHERE'),
    'accounts-by-thousands': {
      ...notAll('TOO_MANY_MEMBERS'),
      options: { crawl: { resources: 500 } },
      failures: ['LIMIT_RESOURCES'],
      lost: 'most',
    },
    'sessions-by-thousands': {
      gaps: ['sessions TOO_MANY_MEMBERS'],
      options: { volume: 10_000, crawl: { resources: 500 } },
      failures: ['LIMIT_RESOURCES'],
      lost: 'most',
    },
    'member-broken': notAll('HTTP_500'),
    'list-that-changes': notAll('HTTP_501'),
    'no-content-account': notAll('HTTP_204'),
    'no-account-service': { ...notAll('NOT_ADVERTISED'), lost: ACCOUNT_SERVICE },
  };
  test.each(rows(LISTS))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('hostile names', () => {
  const outcomes: Outcomes = {
    'etag-with-control-characters': {
      gaps: ['accounts DROPPED', 'accounts NOT_ADVERTISED', 'configuration DROPPED', 'configuration NOT_ADVERTISED', 'sessions DROPPED'],
      failures: SERVICES.map((name) => `/redfish/v1/${name} DROPPED`),
      lost: 'most',
    },
  };
  test.each(rows(NAMES))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('a hostile login', () => {
  test.each(rows(LOGINS))('%s: %s', (name, _line) => claim(name));
});

describe('an account that resists a rotation', () => {
  const restricted = {
    gaps: ['accounts HTTP_403', 'accounts NOT_ADVERTISED', 'configuration HTTP_403', 'configuration NOT_ADVERTISED', 'sessions HTTP_403'],
    lost: 'most',
  } as const;
  const outcomes: Outcomes = { 'password-must-change': restricted, 'password-must-change-again': restricted };
  test.each(rows(PASSWORDS))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});

describe('a hostile moment', () => {
  const outcomes: Outcomes = {
    'busy-for-ever': { ...notAll('HTTP_503'), lost: ACCOUNTS },
    'everything-missing': {
      gaps: ['accounts HTTP_404', 'accounts NOT_ADVERTISED', 'configuration HTTP_404', 'configuration NOT_ADVERTISED', 'sessions HTTP_404'],
      lost: 'most',
    },
  };
  test.each(rows(MOMENTS))('%s: %s', (name, _line) => claim(name, outcomes[name]));
});
