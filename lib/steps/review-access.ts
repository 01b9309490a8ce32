import type { Kept } from '../evidence/kept.js';
import type { Finding } from '../model/finding.js';
import { linkAt } from '../redfish/json.js';
import { accountOf, ownAccount } from './accounts.js';
import { readMembers } from './collection.js';
import { foreignRecords } from './attribution.js';
import { StepError } from './error.js';
import { joined, type Proposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';
import { judgeFitness } from './break-glass/fitness.js';
import { reviewAccounts } from './review-access/accounts.js';
import { attribute } from './review-access/attribute.js';
import { reviewConsoles, reviewIpmi } from './review-access/consoles.js';
import { reviewDirectories } from './review-access/directories.js';
import { reviewAppAccounts, reviewExtensions, reviewFederation } from './review-access/groups.js';
import { reviewHost } from './review-access/host.js';
import { reviewKeys } from './review-access/keys.js';
import { madeByItself } from './review-access/lookalikes.js';
import { reviewPrivileges } from './review-access/privileges.js';
import { reviewRoles } from './review-access/roles.js';
import { enter, once, type Rooms } from './review-access/rooms.js';
import { reviewSessions } from './review-access/sessions.js';
import { reviewSettings } from './review-access/settings.js';
import { reviewSubscriptions } from './review-access/subscriptions.js';
import { eachUnlocked } from './makers-lock.js';

/**
 * Who can get in, who is in, and where the BMC sends what it knows, against what the inventory allows: accounts, and all that is called no account.
 * Proposes to disable accounts that nobody listed, then to end the sessions that nobody listed (a session outlives its account on many BMCs), and to
 * take out what one request takes out; the rest is told. Everything is found from the service root. What accounts and sessions hang on and cannot
 * be read is an error; of the rest it is a finding, and never a clean bill.
 */
export async function reviewAccess(given: Survey, list: () => Promise<Kept>): Promise<Proposal> {
  const survey = { ...given, reader: once(given.reader) };
  const { reader } = survey;
  const root = await reader.get('/redfish/v1');
  const accountService = await follow(survey, root, ['AccountService']);
  const accountsUri = accountService === null ? null : linkAt(accountService, 'Accounts');
  const sessionsUri = linkAt(root, 'Links', 'Sessions') ?? linkAt((await follow(survey, root, ['SessionService'])) ?? root, 'Sessions');
  if (accountService === null || accountsUri === null || sessionsUri === null)
    throw new StepError('UNSUPPORTED', `${survey.target.id} offers no accounts or no sessions over Redfish; review it by hand`);
  const records = later(async () => {
    const kept = await list();
    return foreignRecords(survey, root, kept, kept);
  });
  const slots = await readMembers(reader, accountsUri);
  const accounts = slots.flatMap((slot) => accountOf(slot) ?? []);
  const rolesUri = linkAt(accountService, 'Roles');
  const roles = rolesUri === null ? [] : await readMembers(reader, rolesUri);
  const eventService = await follow(survey, root, ['EventService']);
  const rooms = await enter(survey, root);
  const isLocal = ownAccount(accounts, survey.own.userName) !== undefined;
  const proposal = joined([
    await reviewAccounts(survey, accounts, root, (account) => madeByItself(account, records)),
    reviewRoles(survey, accounts, roles),
    await reviewSessions(survey, sessionsUri),
    await reviewKeys(survey, slots),
    await reviewSubscriptions(survey, eventService === null ? null : linkAt(eventService, 'Subscriptions')),
    await reviewDirectories(survey, rooms, accountService, isLocal),
    {
      findings: [
        ...judgeFitness(survey, accounts),
        ...reviewPrivileges(survey, roles, accounts),
        ...(await reviewRooms(survey, rooms, accountService)),
      ],
      operations: [],
    },
  ]);
  return attribute(survey, root, await eachUnlocked(survey, root, proposal), records);
}

/** Asked for by whoever needs it first, and made once. */
function later<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

async function reviewRooms(survey: Survey, rooms: Rooms, accountService: Reading): Promise<readonly Finding[]> {
  return [
    ...(await reviewSettings(survey, rooms)),
    ...(await reviewHost(survey, rooms)),
    ...(await reviewFederation(survey, rooms)),
    ...(await reviewAppAccounts(survey, rooms, accountService)),
    ...(await reviewExtensions(survey, rooms)),
    ...(await reviewIpmi(survey, rooms)),
    ...(await reviewConsoles(survey, rooms)),
    ...rooms.unreadable(),
  ];
}

/** What a resource links to; null where it does not. A link that leads to an error is an error. */
export async function follow({ reader }: Survey, from: Reading, path: readonly string[]): Promise<Reading | null> {
  const uri = linkAt(from, ...path);
  if (uri === null) return null;
  const reading = await reader.get(uri);
  if (reading.status !== 200) throw new StepError('UNREADABLE', `${uri} answered ${String(reading.status)}, though the BMC links to it`);
  return reading;
}
