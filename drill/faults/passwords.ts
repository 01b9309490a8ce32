import { emptyKeys } from '../accounts.js';
import { link, memberUris, parseObject } from '../json.js';
import { accountsOf, RESPONDER } from '../profiles/access.js';
import type { Request } from '../service.js';
import type { State } from '../state.js';
import type { Planted } from '../truth.js';
import { DONE, unplanned, type Fault, type Raw } from './fault.js';

/**
 * What a BMC does to a rotation, in whose row of `expect` it shows; `rotates` is what must log in after a rotation that met it. Those without `password` break no change of a password, and what stands around it.
 */
export const PASSWORDS = {
  'password-refused': {
    line: 'every new password is refused, though it follows the rules that are shown',
    expect: { ...DONE, rotate: 'HTTP_400' },
    password: { refuses: () => true },
    rotates: 'old',
  },
  'password-symbols-refused': {
    line: 'a new password with anything but letters and digits is refused, and no rule says so',
    expect: { ...DONE, rotate: 'HTTP_400' },
    password: { refuses: (text) => /[^A-Za-z\d]/.test(text) },
    rotates: 'old-or-new',
  },
  'password-kept': {
    line: 'a new password is answered with success, and the old one stays',
    expect: { ...DONE, rotate: 'NOT_APPLIED' },
    password: { takes: 'old' },
    rotates: 'old',
  },
  'password-answer-lost': {
    line: 'a new password is taken, and the connection reset before the answer',
    expect: DONE,
    on: isPasswordChange,
    answer: lost,
    rotates: 'new',
  },
  'password-kept-answer-lost': {
    line: 'a new password is not taken, and the connection reset before any answer',
    expect: { ...DONE, rotate: 'NOT_APPLIED' },
    password: { takes: 'old' },
    on: isPasswordChange,
    answer: lost,
    rotates: 'old',
  },
  'password-starts-again': {
    line: 'a new password is taken and answered, and the BMC starts again: 503 for a while, its sessions gone',
    expect: { ...DONE, rotate: 'OLD_TOKEN_UNTRIED' },
    password: { then: 'starts-again' },
    rotates: 'new',
  },
  'password-starts-again-unanswered': {
    line: 'a new password is taken, and the BMC starts again before it answers',
    expect: { ...DONE, rotate: 'OLD_TOKEN_UNTRIED' },
    password: { then: 'starts-again' },
    on: isPasswordChange,
    answer: lost,
    rotates: 'new',
  },
  'password-both-work': {
    line: 'a new password is taken, and the old one works as well',
    expect: { ...DONE, rotate: 'BOTH_ACCEPTED' },
    password: { takes: 'both' },
    rotates: 'both',
  },
  'password-neither-works': {
    line: 'after a new password neither that nor the old one works',
    // Nobody gets in any more, the release least of all.
    expect: { ...DONE, rotate: 'BOTH_REFUSED', release: 'BOTH_REFUSED', login: 'BOTH_REFUSED' },
    password: { takes: 'neither' },
    rotates: 'none',
  },
  'password-late': {
    line: 'a new password is answered with success and taken seconds later; until then the old one works',
    expect: { ...DONE, rotate: 'OLD_TOKEN_UNTRIED' },
    password: { takes: 'late' },
    rotates: 'new',
  },
  'password-by-task': {
    line: 'a new password is answered 202 with a task, and taken when that ends, seconds later',
    expect: { ...DONE, rotate: 'OLD_TOKEN_UNTRIED' },
    password: { takes: 'late', then: 'tells-a-task' },
    rotates: 'new',
  },
  'password-cut-at-16': {
    line: 'a new password is cut at 16 bytes in silence, as IPMI 1.5 stores it',
    expect: DONE,
    password: { takes: { cutAt: 16 } },
    rotates: 'none',
  },
  'password-cut-at-20': {
    line: 'a new password is cut at 20 bytes in silence, as IPMI 2.0 stores it',
    expect: DONE,
    password: { takes: { cutAt: 20 } },
    rotates: 'new-to-20-bytes',
  },
  'password-must-change': {
    line: 'our own login may change its own password and do nothing else',
    expect: { ...unplanned('PASSWORD_CHANGE_REQUIRED'), rotate: 'PLAN_AGAIN' },
    plant: demandChange,
    rotates: 'new',
  },
  'password-must-change-again': {
    line: 'our own login may change its own password and do nothing else, however often it does',
    // What works and may do nothing is pending.
    expect: { ...unplanned('PASSWORD_CHANGE_REQUIRED'), login: 'SECRET_IN_DOUBT' },
    password: { then: 'demands-another' },
    plant: demandChange,
    rotates: 'new-restricted',
  },
  'lockout-of-three': {
    line: 'an account is locked for five minutes after three refused logins, and the account service says so',
    expect: DONE,
    plant: (state) => locks(state, THREE),
    rotates: 'new',
  },
  'lockout-unsaid': {
    line: 'an account is locked for five minutes after three refused logins, and the account service says never',
    expect: DONE,
    plant: (state) => {
      state.lockout.enforce(THREE);
      return locks(state, { threshold: 0, duration: 0, resetAfter: 0 });
    },
    rotates: 'new',
  },
  'only-administrator': {
    line: 'the maker’s own administrator is disabled: ours is the only one that was meant to be',
    expect: DONE,
    plant: (state) => {
      const [maker] = accountsOf(state.vendor);
      const account = maker === undefined ? null : state.accounts.byName(maker.userName);
      if (account !== null) state.accounts.patch(account, { Enabled: false }, true);
      return [];
    },
    rotates: 'new',
  },
  'certificate-uri-as-text': {
    line: 'a certificate is replaced only by who names it as text, as in firmware of years ago',
    expect: DONE,
    plant: (state) => {
      state.identity.uriIsText = true;
      const [manager = ''] = memberUris(state.resources.json('/redfish/v1/Managers'));
      const body = state.resources.json(manager);
      if (state.vendor.name === 'dell' && body !== null) state.resources.put(manager, { ...body, FirmwareVersion: '5.00.00.00' });
      return [];
    },
  },
  'own-key-planted': {
    line: 'our own account has an SSH key that is not ours',
    expect: DONE,
    plant: plantKey,
    rotates: 'new',
  },
  'lockdown-on': {
    // The small BMC has no lock.
    line: 'the lock of its maker was set before we came, where it has one',
    expect: DONE,
    plant: (state) => {
      state.settings.setLock();
      return [];
    },
    rotates: 'new',
  },
} as const satisfies Record<string, Fault>;

const THREE = { threshold: 3, duration: 300, resetAfter: 300 };

function isPasswordChange({ method, body }: Request): boolean {
  return method === 'PATCH' && typeof parseObject(body)?.['Password'] === 'string';
}

function lost(): Raw {
  return { parts: [], end: 'reset' };
}

function demandChange(state: State): readonly Planted[] {
  const own = state.accounts.byName(RESPONDER);
  if (own !== null) state.accounts.demandChange(own);
  return [];
}

function locks(state: State, { threshold, duration, resetAfter }: typeof THREE): readonly Planted[] {
  const uri = '/redfish/v1/AccountService';
  const shown = { AccountLockoutThreshold: threshold, AccountLockoutDuration: duration, AccountLockoutCounterResetAfter: resetAfter };
  state.resources.put(uri, { ...state.resources.json(uri), ...shown });
  return [];
}

function plantKey(state: State): readonly Planted[] {
  const own = state.accounts.byName(RESPONDER);
  if (own === null) return [];
  if (!state.extras.hasKeys(own)) {
    const keys = `${own.uri}/Keys`;
    state.resources.put(keys, emptyKeys(keys));
    state.resources.put(own.uri, { ...state.resources.json(own.uri), Keys: link(keys) });
  }
  const uri = state.extras.addKey(own, `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'Q'.repeat(43)} spare@laptop`);
  return uri === null ? [] : [{ kind: 'added-key', uri, finding: 'UNKNOWN_KEY', userName: own.userName }];
}
