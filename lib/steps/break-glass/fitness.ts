import type { Finding } from '../../model/finding.js';
import { at, textAt } from '../../redfish/json.js';
import type { Account } from '../accounts.js';
import { finding, quoted, type Survey } from '../planning.js';

/**
 * Break-glass accounts that would not open the BMC on the day that everything else is down. One that is gone is ALLOWED_ACCOUNT_MISSING like any other;
 * whether its secret works is seen when it is rotated, since a check of it would send it to a suspect.
 */
export function judgeFitness(survey: Survey, accounts: readonly Account[]): readonly Finding[] {
  return breakGlass(survey, accounts).flatMap((account) => {
    const why = unfitness(account);
    if (why.length === 0) return [];
    const advice = `break-glass account ${quoted(account.userName)} ${why.join(', ')}; mend it before you need it`;
    return [finding(survey, 'BREAK_GLASS_UNFIT', account.reading, advice)];
  });
}

/** The accounts that the inventory keeps for the worst day. */
export function breakGlass({ target }: Survey, accounts: readonly Account[]): readonly Account[] {
  const names = target.allow.accounts.filter(({ holders }) => holders !== undefined).map(({ userName }) => userName);
  return accounts.filter(({ userName }) => names.includes(userName));
}

function unfitness({ enabled, locked, roles, reading }: Account): readonly string[] {
  const body = reading.json ?? undefined;
  const expires = Date.parse(textAt(body, 'PasswordExpiration') ?? '');
  return [
    ...(enabled ? [] : ['is disabled']),
    ...(locked ? ['is locked'] : []),
    ...(roles.includes('Administrator') ? [] : ['is no Administrator']),
    ...(at(body, 'PasswordChangeRequired') === true ? ['must change its password first'] : []),
    // By our clock as it was when we read: a BMC's may stand anywhere.
    ...(expires <= Date.parse(reading.endedAt) ? ['has a password that has expired'] : []),
  ];
}
