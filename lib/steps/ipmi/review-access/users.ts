import type { User } from '../../../ipmi/parse/users.js';
import type { Finding } from '../../../model/finding.js';
import { finding, quoted } from '../../planning.js';
import type { IpmiSurvey } from '../plan.js';
import type { IpmiReading } from '../reader.js';

interface Access {
  readonly finding: Finding;
  /** Over Redfish there would be a plan to disable the account. */
  readonly wantsChange: boolean;
}

/** Users that nobody listed, anonymous ones, and listed ones with another privilege, as one channel shows them. */
export function reviewUsers(survey: IpmiSurvey, table: IpmiReading, users: readonly User[]): readonly Access[] {
  const { target, userName } = survey;
  return users.flatMap((user): readonly Access[] => {
    const uri = `${table.uri}/${String(user.id)}`;
    const found = (code: Finding['code'], advice: string): Finding => finding(survey, code, table, advice, uri);
    const slot = `slot ${String(user.id)} with privilege ${quoted(user.privilege)}`;
    if (user.name === '') {
      const advice = `${slot} has no name and may log in: anybody does, with its password or with none; disable it: ipmitool user disable ${String(user.id)}`;
      return user.enabled ? [{ finding: found('IPMI_ANONYMOUS_USER', advice), wantsChange: true }] : [];
    }
    if (user.name === userName) return [];
    const allowed = target.allow.accounts.find((account) => account.userName === user.name);
    if (allowed === undefined) {
      const state = user.enabled ? 'may log in' : 'may not log in';
      const advice = `user ${quoted(user.name)} in ${slot} ${state} and is not in the inventory; find its owner, disable it by hand, or list it`;
      return [{ finding: found('UNKNOWN_ACCOUNT', advice), wantsChange: user.enabled }];
    }
    if (!user.enabled || allowed.roleId.toUpperCase() === user.privilege.toUpperCase()) return [];
    const advice = `user ${quoted(user.name)} in ${slot}, and the inventory allows it ${quoted(allowed.roleId)}; find out who changed it, then set it back by hand`;
    return [{ finding: found('ROLE_RAISED', advice), wantsChange: false }];
  });
}

interface Table {
  readonly access: IpmiReading;
  readonly users: readonly User[];
}

/** Names are the same on all channels: the first one shows who is gone. */
export function missingAccounts(survey: IpmiSurvey, tables: readonly Table[]): readonly Finding[] {
  const [table] = tables;
  if (table === undefined) return [];
  return survey.target.allow.accounts
    .filter(({ userName }) => !table.users.some(({ name }) => name === userName))
    .map(({ userName, usedBy }) => {
      const advice = `account ${quoted(userName)}, used by ${quoted(usedBy)}, is in the inventory and not on the BMC; ask who removed it`;
      return finding(survey, 'ALLOWED_ACCOUNT_MISSING', table.access, advice);
    });
}
