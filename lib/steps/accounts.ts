import { at, linkAt, textAt } from '../redfish/json.js';
import type { Reading } from './reader.js';

/** What an account resource says of itself. */
export interface Account {
  readonly uri: string;
  readonly userName: string;
  /** As `RoleId` says, and as `Links.Role` says, which is the same role spelled twice unless somebody made them differ. */
  readonly roles: readonly string[];
  readonly enabled: boolean;
  readonly locked: boolean;
  readonly reading: Reading;
}

/** Null for the empty slots of BMCs that have a fixed number of them (iDRAC 8 and 9). */
export function accountOf(reading: Reading): Account | null {
  const body = reading.json ?? undefined;
  const userName = textAt(body, 'UserName') ?? '';
  if (userName === '') return null;
  const linked = linkAt(reading, 'Links', 'Role')?.split('/').at(-1);
  const roles = [textAt(body, 'RoleId'), linked];
  return {
    uri: reading.uri,
    userName,
    roles: [...new Set(roles.filter((role) => role !== undefined))],
    // A BMC that leaves the property out has no way to disable the account.
    enabled: at(body, 'Enabled') !== false,
    locked: at(body, 'Locked') === true,
    reading,
  };
}

/** Somebody who could set things right again: may do everything, and can log in now. */
export function isEnabledAdministrator(account: Account): boolean {
  return account.enabled && !account.locked && account.roles.includes('Administrator');
}

/** When disabling all of them would leave no enabled administrator, one stays: whoever set things right again would find the door shut. */
export function keptAdministrator(accounts: readonly Account[], disabled: readonly Account[]): Account | undefined {
  const administrators = accounts.filter(isEnabledAdministrator);
  const going = administrators.filter((account) => disabled.some(({ uri }) => uri === account.uri));
  return going.length === administrators.length ? going[0] : undefined;
}

/**
 * The account that we use ourselves. BMCs differ in whether case matters in a login: when no name is just ours, one that differs in case
 * only is taken for ours, since disabling it could lock us out.
 */
export function ownAccount(accounts: readonly Account[], userName: string | null): Account | undefined {
  if (userName === null) return undefined;
  const exact = accounts.find((account) => account.userName === userName);
  return exact ?? accounts.find((account) => account.userName.toLowerCase() === userName.toLowerCase());
}

/** All accounts that we log in with, or did and will again: none of them is anybody's finding, and none is disabled. */
export function ourAccounts(
  accounts: readonly Account[],
  { userName, also }: { userName: string | null; also: readonly string[] },
): ReadonlySet<string> {
  return new Set([userName, ...also].flatMap((name) => ownAccount(accounts, name)?.uri ?? []));
}

/** Whether a URI can be a session's: a BMC that lists an account, a log or itself among its sessions would have us delete that. */
export function isSessionUri(uri: string): boolean {
  return /\/Sessions\/[^/?]+$/i.test(uri);
}

/** Whether a session is the one that we hold: BMCs spell the collection in several ways (absolute, legacy), the id in one. */
export function isOwnSession(uri: string, own: string | null): boolean {
  return own !== null && uri.split('/').at(-1) === own.split('/').at(-1);
}
