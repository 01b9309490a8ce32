import type { Kept } from '../../evidence/kept.js';
import type { IndicatorKind } from '../../model/hunt.js';
import { linkAt, textAt } from '../../redfish/json.js';
import { accountOf, isOwnSession, isSessionUri, ourAccounts, type Account } from '../accounts.js';
import { foreignRecords, recordsOf } from '../attribution.js';
import { listMembers, readMembers } from '../collection.js';
import { StepError } from '../error.js';
import { lookFor } from '../hunt/match.js';
import type { Leaver, Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { follow } from '../review-access.js';
import { enter } from '../review-access/rooms.js';
import { settingsOf } from '../review-access/settings.js';

/** Everything on one BMC by which a person gets in, or is told what happens there. */
export interface Doors {
  readonly root: Reading;
  /** All of the BMC. */
  readonly all: readonly Account[];
  /** Theirs alone, enabled or not. */
  readonly accounts: readonly Account[];
  /** Under one of their names, and ours or somebody else's as well. */
  readonly shared: readonly Account[];
  readonly keys: readonly Key[];
  readonly sessions: readonly Reading[];
  /** The collection that they are in. */
  readonly sessionList: Reading;
  /** Event subscriptions that they made, as far as the BMC's own logs say so. */
  readonly subscriptions: readonly Reading[];
}

export interface Key {
  readonly reading: Reading;
  /** For people, as `SSH key of account "bob"`. */
  readonly what: string;
  /** Whether one request takes it out: a key below an account. Certificates and settings are taken out by hand. */
  readonly isMember: boolean;
}

/** Throws when accounts or sessions cannot be read: what was not seen would pass for gone. */
export async function doorsOf(survey: Survey, leaver: Leaver, list: () => Promise<Kept>): Promise<Doors> {
  const { reader } = survey;
  const root = await reader.get('/redfish/v1');
  const service = await follow(survey, root, ['AccountService']);
  const accountsUri = service === null ? null : linkAt(service, 'Accounts');
  const sessionsUri = linkAt(root, 'Links', 'Sessions') ?? linkAt((await follow(survey, root, ['SessionService'])) ?? root, 'Sessions');
  if (accountsUri === null || sessionsUri === null)
    throw new StepError('UNSUPPORTED', `${survey.target.id} offers no accounts or no sessions over Redfish; take the person out by hand`);
  const slots = await readMembers(reader, accountsUri);
  const all = slots.flatMap((slot) => accountOf(slot) ?? []);
  const ours = ourAccounts(all, survey.own);
  const isTheirs = namesOf(leaver.person);
  const isOthers = leaver.others.map(namesOf);
  const named = all.filter(({ userName }) => isTheirs(userName));
  const shared = named.filter(({ uri, userName }) => ours.has(uri) || isOthers.some((is) => is(userName)));
  const accounts = named.filter((account) => !shared.includes(account));
  const isOnlyTheirs = (name: string): boolean => isTheirs(name) && !shared.some(({ userName }) => folded(userName) === folded(name));
  return {
    root,
    all,
    accounts,
    shared,
    keys: [...(await keysOf(survey, slots, leaver, accounts)), ...(await keysInSettings(survey, root, leaver))],
    ...(await sessionsOf(survey, sessionsUri, isOnlyTheirs)),
    subscriptions: await subscriptionsOf(survey, root, list, isOnlyTheirs),
  };
}

/** BMCs differ in whether case counts in a login. */
export function namesOf({ accounts = [] }: Leaver['person']): (userName: string) => boolean {
  const names = new Set(accounts.map(folded));
  return (userName) => names.has(folded(userName));
}

function folded(name: string): string {
  return name.toLowerCase();
}

/** Their keys wherever they lie, and every key of their accounts, whosever it is. */
async function keysOf(survey: Survey, slots: readonly Reading[], leaver: Leaver, accounts: readonly Account[]): Promise<readonly Key[]> {
  const isKnown = knownKeys(leaver);
  const found: Key[] = [];
  for (const slot of slots) {
    const owner = textAt(slot.json ?? undefined, 'UserName') ?? '';
    for (const property of ['Keys', 'Certificates']) {
      const collection = linkAt(slot, property);
      for (const reading of collection === null ? [] : await readMembers(survey.reader, collection)) {
        const text = textAt(reading.json ?? undefined, 'KeyString') ?? textAt(reading.json ?? undefined, 'CertificateString') ?? '';
        if (!isKnown(text) && !accounts.some(({ uri }) => uri === slot.uri)) continue;
        const isMember = property === 'Keys';
        found.push({ reading, what: `${isMember ? 'SSH key' : 'certificate'} of account ${JSON.stringify(owner.slice(0, 64))}`, isMember });
      }
    }
  }
  return found;
}

/** Makers keep keys and mapped certificates in settings as well. */
async function keysInSettings(survey: Survey, root: Reading, leaver: Leaver): Promise<readonly Key[]> {
  const isKnown = knownKeys(leaver);
  const shown = await settingsOf(await enter(survey, root));
  return shown
    .filter(({ setting, value }) => (setting.kind === 'key' || setting.kind === 'mapping') && isKnown(value))
    .map(({ setting, reading }) => ({ reading, what: setting.name, isMember: false }));
}

function knownKeys({ person: { sshKeys = [] } }: Leaver): (text: string) => boolean {
  const kind: IndicatorKind = 'key';
  const look = lookFor(sshKeys.map((value) => ({ kind, value })));
  return (text) => look({ kind: 'key', text }).length > 0;
}

async function sessionsOf(
  { reader, own }: Survey,
  collection: string,
  isTheirs: (name: string) => boolean,
): Promise<Pick<Doors, 'sessions' | 'sessionList'>> {
  const { members, first } = await listMembers(reader, collection);
  const strange = members.find((uri) => !isSessionUri(uri));
  if (strange !== undefined) throw new StepError('UNREADABLE', `${collection} lists what is no session; to end it could destroy anything`);
  const all = await readMembers(reader, collection);
  const sessions = all.filter(({ uri, json }) => !isOwnSession(uri, own.session) && isTheirs(textAt(json ?? undefined, 'UserName') ?? ''));
  return { sessions, sessionList: first };
}

async function subscriptionsOf(
  survey: Survey,
  root: Reading,
  list: () => Promise<Kept>,
  isTheirs: (name: string) => boolean,
): Promise<readonly Reading[]> {
  const service = await follow(survey, root, ['EventService']);
  const collection = service === null ? null : linkAt(service, 'Subscriptions');
  const subscriptions = collection === null ? [] : await readMembers(survey.reader, collection);
  if (subscriptions.length === 0) return [];
  const kept = await list();
  const records = await foreignRecords(survey, root, kept, kept);
  return subscriptions.filter((one) => recordsOf(records, one).some(({ user }) => user !== null && isTheirs(user)));
}
