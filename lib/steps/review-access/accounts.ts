import type { Finding } from '../../model/finding.js';
import type { Operation, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { keptAdministrator, ourAccounts, type Account } from '../accounts.js';
import { finding, quoted, traced, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** Accounts that nobody listed, roles that are not the listed ones, and listed accounts that are gone. `itself`: why an account is nobody's. */
export async function reviewAccounts(
  survey: Survey,
  accounts: readonly Account[],
  root: Reading,
  itself: (account: Account) => Promise<string | null>,
): Promise<Proposal> {
  const ours = ourAccounts(accounts, survey.own);
  const unlisted = accounts.filter((account) => !ours.has(account.uri) && !allowedRole(survey, account));
  const unknown: Account[] = [];
  const alike: Finding[] = [];
  for (const account of unlisted) {
    const why = await itself(account);
    if (why === null) unknown.push(account);
    else
      alike.push(
        finding(survey, 'LOOKALIKE', account.reading, `${describe(account)} is not in the inventory: ${why}; nothing is proposed`),
      );
  }
  const enabled = unknown.filter((account) => account.enabled);
  const kept = keptAdministrator(accounts, enabled);
  const disabled = enabled.filter((account) => account.uri !== kept?.uri);
  return {
    findings: [
      ...unknown.map((account) => unknownAccount(survey, account)),
      ...alike,
      ...(kept === undefined ? [] : [lastAdministrator(survey, kept)]),
      ...accounts.flatMap((account) => raisedRole(survey, account) ?? []),
      ...missing(survey, accounts, root),
    ],
    operations: disabled.filter(isNamed).map((account) => disable(survey, account)),
  };
}

/** No BMC takes longer names; one that shows them would have its megabyte stand in every plan. */
function isNamed({ userName }: Account): boolean {
  return userName.length <= NAME_CHARACTERS;
}

const NAME_CHARACTERS = 256;

function allowedRole({ target }: Survey, account: Account): string | undefined {
  return target.allow.accounts.find(({ userName }) => userName === account.userName)?.roleId;
}

function unknownAccount(survey: Survey, account: Account): Finding {
  const state = account.enabled ? 'enabled' : 'disabled';
  const how = isNamed(account) ? 'disable it' : 'disable it by hand, since its name is too long for a plan';
  const advice = `${describe(account)} is ${state} and not in the inventory; find its owner, ${how}, or list it`;
  return traced(finding(survey, 'UNKNOWN_ACCOUNT', account.reading, advice), 'account', account.userName);
}

function lastAdministrator(survey: Survey, account: Account): Finding {
  const advice = `${describe(account)} is not in the inventory but the last enabled administrator; enable a known one, then plan again`;
  return finding(survey, 'LAST_ADMINISTRATOR', account.reading, advice);
}

function raisedRole(survey: Survey, account: Account): Finding | null {
  const allowed = allowedRole(survey, account);
  if (allowed === undefined || account.roles.every((role) => role === allowed)) return null;
  const advice = `${describe(account)}, and the inventory allows it ${quoted(allowed)}; find out who changed it, then set it back`;
  return finding(survey, 'ROLE_RAISED', account.reading, advice);
}

/** An account that is gone leaves no resource to point at: the service root stands for the BMC. */
function missing(survey: Survey, accounts: readonly Account[], root: Reading): readonly Finding[] {
  return survey.target.allow.accounts
    .filter(({ userName }) => !accounts.some((account) => account.userName === userName))
    .map(({ userName, usedBy }) => {
      const advice = `account ${quoted(userName)}, used by ${quoted(usedBy)}, is in the inventory and not on the BMC; ask who removed it`;
      return finding(survey, 'ALLOWED_ACCOUNT_MISSING', root, advice);
    });
}

function disable({ target }: Survey, account: Account): Omit<Operation, 'n'> {
  const { uri, userName } = account;
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: false } };
  const users = target.usedBy.length === 0 ? 'nobody else is known to use this BMC' : `this BMC is used by ${target.usedBy.join(', ')}`;
  return {
    version: 1,
    send,
    line: `disable ${describe(account)} at ${uri}; ${users}`,
    limitMs: 60_000,
    before: [{ uri, pointer: '/UserName', equals: userName }],
    after: [{ uri, pointer: '/Enabled', equals: false }],
    proof: { by: 'state' },
    destroys: destroysOf(send),
    impact: 'none',
    undo: {
      send: { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: true } },
      after: [{ uri, pointer: '/Enabled', equals: true }],
    },
  };
}

function describe({ userName, roles }: Account): string {
  return `account ${quoted(userName)} with role ${roles.map((role) => quoted(role)).join(' and ') || 'unknown'}`;
}
