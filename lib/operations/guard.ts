import type { Send } from '../model/operation.js';
import { secretPlaceIn } from '../model/secret-reference.js';
import { isObject, textAt } from '../redfish/json.js';
import { accountOf, isEnabledAdministrator, ownAccount, type Account } from '../steps/accounts.js';
import { readMembers } from '../steps/collection.js';
import type { Reader, Reading } from '../steps/reader.js';
import { refuse } from './error.js';

/**
 * Whatever a plan says: our own account is never touched, and the last enabled administrator never disabled, demoted, renamed or removed.
 * Judged on the accounts as they are now.
 */
export async function guardAccounts(send: Send & { kind: 'redfish' }, fresh: Reading, own: string | null, reader: Reader): Promise<void> {
  if (send.method === 'POST' || !isAccount(send.uri, fresh)) return;
  const accounts = await accountsBeside(send.uri, reader);
  const touched = accounts.find(({ uri }) => uri === send.uri);
  if (touched === undefined) return;
  // A new password that this very section proves before it is relied on.
  if (ownAccount(accounts, own)?.uri === touched.uri && !isRotation(send, touched))
    refuse('OWN_ACCOUNT', `${send.uri} is the account that this worker logs in with; use another account to change it`);
  const others = accounts.filter((account) => account.uri !== touched.uri && isEnabledAdministrator(account));
  if (isEnabledAdministrator(touched) && others.length === 0 && !keepsPower(send) && !isRotation(send, touched))
    refuse('LAST_ADMINISTRATOR', `${send.uri} is the last enabled administrator; enable another one first, or nobody can set things right`);
}

/** By address as standard and Dell have it, and by what the resource says it is, since links may lead anywhere. */
function isAccount(uri: string, fresh: Reading): boolean {
  return /\/accounts\/[^/]+$/i.test(uri) || (textAt(fresh.json ?? undefined, '@odata.type') ?? '').startsWith('#ManagerAccount.');
}

async function accountsBeside(uri: string, reader: Reader): Promise<readonly Account[]> {
  const readings = await readMembers(reader, uri.slice(0, uri.lastIndexOf('/')));
  return readings.flatMap((reading) => accountOf(reading) ?? []);
}

/** Nothing but a new secret; some BMCs want the name repeated beside it. */
function isRotation({ method, body }: Send & { kind: 'redfish' }, { userName }: Account): boolean {
  if (method !== 'PATCH' || secretPlaceIn(body)?.place !== 'password' || !isObject(body)) return false;
  return Object.entries(body).every(([name, value]) => name === 'Password' || (name === 'UserName' && value === userName));
}

/** Being enabled takes nobody's power away. */
function keepsPower({ method, body }: Send & { kind: 'redfish' }): boolean {
  if (method !== 'PATCH' || !isObject(body)) return false;
  return Object.entries(body).every(([name, value]) => name === 'Enabled' && value === true);
}
