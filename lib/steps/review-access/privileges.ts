import { at, isList, isObject, textAt } from '../../redfish/json.js';
import type { Json } from '../../model/json.js';
import type { Finding } from '../../model/finding.js';
import type { Account } from '../accounts.js';
import { finding, quoted, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** Roles of the standard and what they may do (DSP0266, privilege model): whoever wants more makes a role of their own. */
const STANDARD: Readonly<Record<string, readonly string[]>> = {
  Operator: ['Login', 'ConfigureSelf', 'ConfigureComponents'],
  ReadOnly: ['Login', 'ConfigureSelf'],
};
/** Privileges of makers that make new accounts or change the BMC, whatever the role is called. */
const POWERS: readonly string[] = ['UserConfigPriv', 'iLOConfigPriv', 'SystemRecoveryConfigPriv'];

/** Standard roles that may do more than the standard says, and accounts that may do more than their role. */
export function reviewPrivileges(survey: Survey, roles: readonly Reading[], accounts: readonly Account[]): readonly Finding[] {
  return [...roles.flatMap((role) => ofRole(survey, role)), ...accounts.flatMap((account) => ofAccount(survey, account))];
}

function ofRole(survey: Survey, role: Reading): readonly Finding[] {
  const body = role.json ?? undefined;
  const name = textAt(body, 'RoleId') ?? textAt(body, 'Id') ?? '';
  const due = Object.hasOwn(STANDARD, name) ? STANDARD[name] : undefined;
  const more = due === undefined ? [] : texts(at(body, 'AssignedPrivileges')).filter((one) => !due.includes(one));
  if (more.length === 0) return [];
  const advice = `role ${quoted(name)} may ${quoted(more.join(' '))} as well, which the standard does not give it; find out who changed it, and set it back`;
  return [finding(survey, 'ROLE_PRIVILEGES', role, advice)];
}

function ofAccount(survey: Survey, { userName, roles, reading }: Account): readonly Finding[] {
  if (!roles.some((role) => Object.hasOwn(STANDARD, role)) || roles.includes('Administrator')) return [];
  const given = at(reading.json ?? undefined, 'Oem', 'Hpe', 'Privileges');
  const more = isObject(given) ? POWERS.filter((power) => given[power] === true) : [];
  if (more.length === 0) return [];
  const advice = `account ${quoted(userName)} with role ${roles.map((role) => quoted(role)).join(' and ')} may ${quoted(more.join(' '))}, which that role does not give; find out who changed it, and set it back`;
  return [finding(survey, 'ROLE_PRIVILEGES', reading, advice)];
}

function texts(list: Json | undefined): readonly string[] {
  return (isList(list) ? list : []).filter((one) => typeof one === 'string');
}
