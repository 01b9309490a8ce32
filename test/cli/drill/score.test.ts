import { expect, test } from 'vitest';
import { lockedOut } from '../../../cli/drill/locked-out.js';
import type { Parked, Rehearsed } from '../../../cli/drill/score.js';
import { surprises } from '../../../cli/drill/surprises.js';
import { truthSchema } from '../../../cli/drill/truth.js';
import { id } from '../../../lib/model/json.js';
import type { Verdict } from '../../../lib/model/verdict.js';
import { Ledger } from '../../../workflows/ledger.js';

type Played = Pick<Rehearsed, 'view' | 'truth' | 'parked' | 'logins'>;

const DONE: Verdict = { is: 'done', assurance: 'self-reported' };
const STAYS: Verdict = { is: 'unsupported', code: 'SECRET_STAYS', operation: null };
const KEPT = { name: 'password-kept', rotate: 'NOT_APPLIED' };

/** One BMC through `rotate` alone. */
function played(how: {
  readonly fault?: { readonly name: string; readonly rotate: string; readonly release?: string; readonly login?: string };
  readonly verdict?: Verdict;
  readonly parked?: readonly Omit<Parked, 'target'>[];
  readonly login?: string;
  readonly oldWorks?: boolean;
}): Played {
  const { fault, verdict, parked = [], login = 'done', oldWorks = false } = how;
  const target = id<'target'>('one');
  const ledger = new Ledger({
    version: 1,
    name: id('test'),
    title: 'test',
    phases: [{ step: id('rotate'), gate: null, background: false, maxFailures: null }],
  });
  if (verdict !== undefined) ledger.settle(0, verdict, [target]);
  const expected = { triage: 'done', capture: 'done', plan: 'done', act: 'done', hides: false, ...fault };
  const truth = truthSchema.parse({
    targets: [
      {
        id: target,
        planted: [],
        ...(fault === undefined ? {} : { fault: { name: fault.name, expect: expected } }),
        rotate: { comesTo: fault?.rotate ?? 'done', findings: [] },
        oldWorks,
      },
    ],
  });
  return {
    view: { ...VIEW, phases: ledger.phases },
    truth,
    parked: parked.map((one) => ({ target, ...one })),
    logins: [{ target, came: login }],
  };
}

const VIEW: Omit<Rehearsed['view'], 'phases'> = {
  ...{ incident: id('drill'), launch: null, requester: null, reason: '', state: 'ended', outcome: 'done', refusal: null },
  ...{ targets: 1, gates: [], parked: [], containment: [], trusted: [], added: [], turn: 0, refusedMessages: 0 },
};

const NOT_APPLIED = { step: 'rotate', code: 'NOT_APPLIED', released: false };

test.each<[string, Parameters<typeof played>[0]]>([
  ['a rotation that is done', { verdict: DONE }],
  ['one that parks with the code of its fault', { fault: KEPT, parked: [NOT_APPLIED] }],
  [
    'a release for which no secret is sent, since it was lost before',
    {
      fault: { ...KEPT, rotate: 'UNAUTHORIZED' },
      parked: [
        { ...NOT_APPLIED, code: 'UNAUTHORIZED' },
        { ...NOT_APPLIED, code: 'SECRET_BURNED', released: true },
      ],
    },
  ],
  [
    'a release that fails by a fault of it',
    { fault: { ...KEPT, release: 'X' }, parked: [NOT_APPLIED, { ...NOT_APPLIED, code: 'X', released: true }] },
  ],
])('%s is no surprise', (_, how) => {
  expect(surprises(played(how))).toEqual([]);
});

test.each<[string, Parameters<typeof played>[0], string]>([
  ['a fault that nobody noticed', { fault: KEPT, verdict: DONE }, 'one (password-kept) came to done in rotate, not to NOT_APPLIED'],
  ['another code', { verdict: DONE, parked: [NOT_APPLIED] }, 'one came to NOT_APPLIED in rotate, not to done'],
  ['a rotation that never was', {}, 'one came to nothing in rotate, not to done'],
  [
    'what could not be taken back',
    { verdict: DONE, parked: [{ ...NOT_APPLIED, released: true }] },
    'one came to NOT_APPLIED when it was released, not to done',
  ],
])('%s is', (_, how, line) => {
  expect(surprises(played(how))).toEqual([{ target: 'one', line }]);
});

test.each<[string, Parameters<typeof played>[0]]>([
  ['lets in what the vault holds', { verdict: DONE }],
  ['kept its password, which the rotation did not call done', { fault: KEPT, oldWorks: true }],
  ['lets nobody in, as its fault is', { fault: { ...KEPT, login: 'SECRET_IN_DOUBT' }, login: 'SECRET_IN_DOUBT' }],
])('nobody is locked out of a BMC that %s', (_, how) => {
  expect(lockedOut(played(how))).toEqual([]);
});

test.each<[string, Parameters<typeof played>[0], string]>([
  [
    'that refuses what the vault holds',
    { verdict: DONE, login: 'LOGIN_REFUSED' },
    "one came to LOGIN_REFUSED when the vault's login was tried, not to done",
  ],
  [
    'that takes the old password after a rotation',
    { verdict: DONE, oldWorks: true },
    'one takes the password that it had before a rotation which is called done',
  ],
  [
    'of which another secret had to stay, and ours did too',
    { verdict: STAYS, oldWorks: true },
    'one takes the password that it had before a rotation which is called done',
  ],
])('a BMC %s is told of', (_, how, line) => {
  expect(lockedOut(played(how))).toEqual([{ target: 'one', line }]);
});
