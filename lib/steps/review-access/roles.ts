import { at, textAt } from '../../redfish/json.js';
import type { Account } from '../accounts.js';
import { finding, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/**
 * Roles that somebody made and an account holds, unless the inventory names them. Those that no account holds are left alone: iLO shows one
 * for each directory group.
 */
export function reviewRoles(survey: Survey, accounts: readonly Account[], roles: readonly Reading[]): Proposal {
  const held = new Set(accounts.flatMap((account) => account.roles));
  const named = new Set(survey.target.allow.accounts.map(({ roleId }) => roleId));
  const findings = roles.flatMap((role) => {
    const body = role.json ?? undefined;
    const name = textAt(body, 'RoleId') ?? textAt(body, 'Id') ?? '';
    if (at(body, 'IsPredefined') !== false || !held.has(name) || named.has(name)) return [];
    return [
      finding(survey, 'CUSTOM_ROLE', role, `role ${quoted(name)} was made here and is held; compare its privileges with its purpose`),
    ];
  });
  return { findings, operations: [] };
}
