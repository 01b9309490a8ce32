import { linkAt } from '../../redfish/json.js';
import { ownAccount, type Account } from '../accounts.js';
import { finding, NOTHING, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Ground } from './ground.js';

/**
 * Whether the account that we log in with is one of the BMC's own: enabled, and with the role that the inventory lists, or Administrator where it
 * lists none. A login that a directory decides ends when the directory is cut off, and then nobody gets in.
 */
export async function localResponder(survey: Survey, { root }: Pick<Ground, 'root'>, accounts: readonly Account[]): Promise<Proposal> {
  const own = ownAccount(accounts, survey.own.userName);
  if (own === undefined) return missing(survey, await listOf(survey, root), 'is no account of the BMC itself');
  const problem = problemOf(survey, own);
  return problem === null ? NOTHING : missing(survey, own.reading, problem);
}

function problemOf({ target }: Survey, { userName, enabled, locked, roles }: Account): string | null {
  if (!enabled || locked) return `is ${enabled ? 'locked' : 'disabled'} there, and yet we are in`;
  const expected = target.allow.accounts.find((allowed) => allowed.userName === userName)?.roleId ?? 'Administrator';
  if (roles.length > 0 && roles.every((role) => role === expected)) return null;
  return `has role ${roles.map((role) => quoted(role)).join(' and ') || 'none'} there, expected ${quoted(expected)}`;
}

function missing(survey: Survey, shown: Reading, problem: string): Proposal {
  const advice = `our login ${quoted(survey.own.userName ?? '')} ${problem}; once its directory is cut off nobody gets in: make a local account for the responders, and enter it in the vault`;
  return { operations: [], findings: [finding(survey, 'NO_LOCAL_RESPONDER', shown, advice)] };
}

/** The list that does not name us, as evidence. */
async function listOf({ reader }: Survey, root: Reading): Promise<Reading> {
  const service = linkAt(root, 'AccountService');
  const collection = service === null ? null : linkAt(await reader.get(service), 'Accounts');
  return collection === null ? root : reader.get(collection);
}
