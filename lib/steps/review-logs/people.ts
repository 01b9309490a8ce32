import { quoted } from '../planning.js';
import { lead, type Lead } from './lead.js';
import type { ShownRecord } from './logs.js';
import type { Known } from './site.js';

/** A record that is not of our own doing. */
export type Foreign = ShownRecord;

/** Addresses and user names in the logs that the site does not know, each told once, where it first appears. */
export function judgeStrangers(records: readonly Foreign[], known: Known): readonly Lead[] {
  const addresses = groups(records, ({ address }) => (address === null || known.isAddress(address) ? null : address));
  const users = groups(records.filter(isActor), ({ user }) => (user === null || known.isUser(user) ? null : user.toLowerCase()));
  return [
    ...addresses.map(([address, [first, ...rest]]): Lead => {
      const as = first.user === null ? '' : ` as ${quoted(first.user)}`;
      const advice = `${address} appears ${times(rest.length + 1)}, first with ${said(first)}${as}; find out who sits there, or list it under allow.addresses`;
      return { ...lead('LOG_UNKNOWN_ADDRESS', first, advice), trace: { kind: 'address', value: address } };
    }),
    ...users.map(([, [first, ...rest]]): Lead => {
      const advice = `user ${quoted(first.user ?? '')} acts ${times(rest.length + 1)}, first with ${said(first)}, and is no account that the inventory allows; find out who made it, and when it went`;
      return { ...lead('LOG_UNKNOWN_ACCOUNT', first, advice), trace: { kind: 'account', value: first.user ?? '' } };
    }),
  ];
}

/** Changes of accounts, unless somebody allowed made them from a known place. */
export function judgeAccountChanges(records: readonly Foreign[], known: Known): readonly Lead[] {
  return records
    .filter(({ event, user, address }) => event === 'account-changed' && !isExplained(user, address, known))
    .map((record) => {
      const advice = `${said(record)}${dated(record)}: nobody that the inventory allows explains it; ask who ordered it, and compare the accounts`;
      return lead('LOG_ACCOUNT_CHANGED', record, advice);
    });
}

/** Failed logins in bulk, and then one that worked, for the same user or from the same address. */
export function judgeGuessing(records: readonly Foreign[]): readonly Lead[] {
  const leads: Lead[] = [];
  const failures: ShownRecord[] = [];
  for (const record of records) {
    if (record.event === 'login-failed') failures.push(record);
    if (record.event !== 'login' || record.at === null) continue;
    const before = failures.filter((failed) => isBefore(failed, record) && isSame(failed, record));
    const tries = before.reduce((sum, { count }) => sum + count, 0);
    if (tries < TRIES) continue;
    const advice = `${String(tries)} refused logins within ten minutes, and then ${said(record)}${dated(record)}; take this password for guessed`;
    leads.push(lead('LOG_PASSWORD_GUESSED', record, advice));
    // The next success needs failures of its own.
    failures.length = 0;
  }
  return leads;
}

/** What the record says, in quotes. */
export function said({ message }: Pick<ShownRecord, 'message'>): string {
  return quoted(message, 160);
}

export function dated({ at }: Pick<ShownRecord, 'at'>): string {
  return at === null ? '' : ` at ${new Date(at).toISOString()} by the BMC's clock`;
}

/** A person who types a wrong password rarely does so more often. */
const TRIES = 6;
const WITHIN_MS = 600_000;

/** The name in a refused login is what was typed, and nobody's. */
function isActor({ event, address }: ShownRecord): boolean {
  return event !== 'login-failed' && (event !== null || address !== null);
}

function isExplained(user: string | null, address: string | null, known: Known): boolean {
  return user !== null && known.isUser(user) && (address === null || known.isAddress(address));
}

function isBefore({ at }: ShownRecord, login: ShownRecord): boolean {
  return at !== null && login.at !== null && login.at - at >= 0 && login.at - at <= WITHIN_MS;
}

function isSame(failed: ShownRecord, login: ShownRecord): boolean {
  const sameUser = failed.user !== null && failed.user.toLowerCase() === login.user?.toLowerCase();
  return sameUser || (failed.address !== null && failed.address === login.address);
}

function groups(
  records: readonly Foreign[],
  keyOf: (record: ShownRecord) => string | null,
): readonly (readonly [string, readonly [ShownRecord, ...ShownRecord[]]])[] {
  const byKey = new Map<string, [ShownRecord, ...ShownRecord[]]>();
  for (const record of records) {
    const key = keyOf(record);
    if (key === null) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [record]);
    else same.push(record);
  }
  return [...byKey];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${String(count)} times`;
}
