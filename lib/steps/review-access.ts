import { linkAt } from '../redfish/json.js';
import { accountOf } from './accounts.js';
import { readMembers } from './collection.js';
import { StepError } from './error.js';
import { joined, type Proposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';
import { reviewAccounts } from './review-access/accounts.js';
import { reviewKeys } from './review-access/keys.js';
import { reviewRoles } from './review-access/roles.js';
import { reviewSessions } from './review-access/sessions.js';
import { reviewSubscriptions } from './review-access/subscriptions.js';

/**
 * Who can get in, who is in, and where events go, against what the inventory allows. Proposes to disable accounts that nobody listed and then
 * to end the sessions that nobody listed: a session outlives its account on many BMCs. Roles, keys and subscriptions are reported only.
 * Everything is found from the service root; what cannot be read is an error, not a clean bill.
 */
export async function reviewAccess(survey: Survey): Promise<Proposal> {
  const { reader } = survey;
  const root = await reader.get('/redfish/v1');
  const accountService = await follow(survey, root, ['AccountService']);
  const accountsUri = accountService === null ? null : linkAt(accountService, 'Accounts');
  const sessionsUri = linkAt(root, 'Links', 'Sessions') ?? linkAt((await follow(survey, root, ['SessionService'])) ?? root, 'Sessions');
  if (accountService === null || accountsUri === null || sessionsUri === null)
    throw new StepError('UNSUPPORTED', `${survey.target.id} offers no accounts or no sessions over Redfish; review it by hand`);
  const slots = await readMembers(reader, accountsUri);
  const accounts = slots.flatMap((slot) => accountOf(slot) ?? []);
  const eventService = await follow(survey, root, ['EventService']);
  return joined([
    reviewAccounts(survey, accounts, root),
    await reviewRoles(survey, accounts, linkAt(accountService, 'Roles')),
    await reviewKeys(survey, slots),
    await reviewSubscriptions(survey, eventService === null ? null : linkAt(eventService, 'Subscriptions')),
    await reviewSessions(survey, sessionsUri),
  ]);
}

async function follow({ reader }: Survey, from: Reading, path: readonly string[]): Promise<Reading | null> {
  const uri = linkAt(from, ...path);
  if (uri === null) return null;
  const reading = await reader.get(uri);
  if (reading.status !== 200) throw new StepError('UNREADABLE', `${uri} answered ${String(reading.status)}, though the BMC links to it`);
  return reading;
}
