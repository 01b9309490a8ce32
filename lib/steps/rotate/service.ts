import type { PasswordRules } from '../../model/password.js';
import type { AllowedAccount } from '../../model/site.js';
import { at, isList } from '../../redfish/json.js';
import { ownAccount, type Account } from '../accounts.js';
import type { Ground } from '../freeze/ground.js';
import { finding, quoted, type OwnSecret, type Proposal, type SectionProposal, type Survey } from '../planning.js';
import { replaceLogin } from './replace.js';

/**
 * New secrets for the accounts that the inventory lists with one, through our own login. What could not be proven by a login is not changed: whoever uses
 * the account would be shut out, and nobody the wiser.
 */
export async function rotateListed(
  survey: Survey,
  ground: Ground,
  accounts: readonly Account[],
  { secret, rules }: { readonly secret: OwnSecret; readonly rules: PasswordRules },
): Promise<Proposal> {
  const own = ownAccount(accounts, survey.own.userName);
  const sections: SectionProposal[] = [];
  const findings: Proposal['findings'][number][] = [];
  for (const known of secret.accounts) {
    const listed = survey.target.allow.accounts.find(({ userName }) => userName === known.userName);
    const account = accounts.find(({ userName }) => userName === known.userName);
    if (listed === undefined || (account !== undefined && account.uri === own?.uri)) continue;
    const why = account === undefined ? 'is not on the BMC' : unprovable(account);
    if (account !== undefined && why === null)
      sections.push(
        await replaceLogin(survey, ground, { account, secret: known, rules, users: listed.usedBy, holders: listed.holders ?? [] }),
      );
    else findings.push(stays(survey, ground, listed, known.ref, account, why ?? ''));
  }
  return { operations: [], findings, sections, ...(findings.length === 0 ? {} : { unsupported: 'SECRET_STAYS' }) };
}

/** Why a login to it would prove nothing; null when it would. */
function unprovable({ enabled, locked, reading }: Account): string | null {
  if (!enabled) return 'is disabled';
  if (locked) return 'is locked';
  const types = at(reading.json ?? undefined, 'AccountTypes');
  const logsIn = !isList(types) || types.length === 0 || types.some((type) => type === 'Redfish' || type === 'WebUI');
  return logsIn ? null : 'does not log in over Redfish';
}

function stays(
  survey: Survey,
  { root }: Ground,
  { userName, usedBy }: AllowedAccount,
  ref: string,
  account: Account | undefined,
  why: string,
): Proposal['findings'][number] {
  const advice = `account ${quoted(userName)}, used by ${quoted(usedBy)}, ${why}, so that no login could prove a new secret: ${ref} stays as it is; take it for known, put the account right or end it`;
  return finding(survey, 'SECRET_STAYS', account?.reading ?? root, advice);
}
