import type { Finding } from '../../model/finding.js';
import { linkAt, textAt } from '../../redfish/json.js';
import type { DoorKind } from '../../redfish/vendors/access/setting.js';
import { accountOf, isOwnSession, ourAccounts } from '../accounts.js';
import { readMembers } from '../collection.js';
import { StepError } from '../error.js';
import type { Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { follow } from '../review-access.js';
import { enter } from '../review-access/rooms.js';
import { sessionAddress } from '../review-access/sessions.js';
import { settingsOf } from '../review-access/settings.js';
import type { Shown } from './log-traces.js';
import type { Trace } from './match.js';

/** What the BMC shows of accounts, sessions, keys, subscriptions and settings. Throws when accounts or sessions cannot be read: a miss would pass for clean. */
export async function accessTraces(survey: Survey): Promise<{ readonly shown: readonly Shown[]; readonly unread: readonly Finding[] }> {
  const { reader } = survey;
  const root = await reader.get('/redfish/v1');
  const service = await follow(survey, root, ['AccountService']);
  const accountsUri = service === null ? null : linkAt(service, 'Accounts');
  const sessionsUri = linkAt(root, 'Links', 'Sessions') ?? linkAt((await follow(survey, root, ['SessionService'])) ?? root, 'Sessions');
  if (accountsUri === null || sessionsUri === null)
    throw new StepError('UNSUPPORTED', `${survey.target.id} offers no accounts or no sessions over Redfish; look at it by hand`);
  const slots = await readMembers(reader, accountsUri);
  const events = await follow(survey, root, ['EventService']);
  const subscriptions = events === null ? null : linkAt(events, 'Subscriptions');
  const rooms = await enter(survey, root);
  const shown = [
    ...accountTraces(survey, slots),
    ...(await keyTraces(survey, slots)),
    ...(await sessionTraces(survey, sessionsUri)),
    ...(subscriptions === null ? [] : await readMembers(reader, subscriptions)).flatMap((one) =>
      show(one, 'the event subscription', 'place', textAt(one.json ?? undefined, 'Destination')),
    ),
    ...(await settingsOf(rooms)).flatMap(({ setting, reading, value }) => {
      const kind = KINDS[setting.kind];
      return kind === null ? [] : show(reading, setting.name, kind, value);
    }),
  ];
  return { shown, unread: rooms.unreadable() };
}

/** A community is a secret and is not looked for; how many use a console names nobody. */
const KINDS: Readonly<Record<DoorKind, Trace['kind'] | null>> = {
  directory: 'place',
  destination: 'place',
  community: null,
  'snmp-user': 'account',
  image: 'image',
  trust: 'key',
  mapping: 'key',
  key: 'key',
  console: null,
};

/** Our own login is the site's, whatever a list says. */
function accountTraces({ own }: Survey, slots: readonly Reading[]): readonly Shown[] {
  const accounts = slots.flatMap((slot) => accountOf(slot) ?? []);
  const ours = ourAccounts(accounts, own);
  return accounts
    .filter((account) => !ours.has(account.uri))
    .flatMap(({ reading, userName, enabled }) => show(reading, enabled ? 'the account' : 'the disabled account', 'account', userName));
}

async function keyTraces({ reader }: Survey, slots: readonly Reading[]): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  for (const slot of slots)
    for (const property of ['Keys', 'Certificates']) {
      const collection = linkAt(slot, property);
      for (const key of collection === null ? [] : await readMembers(reader, collection))
        for (const name of ['KeyString', 'CertificateString'])
          shown.push(...show(key, 'the key', 'key', textAt(key.json ?? undefined, name)));
    }
  return shown;
}

async function sessionTraces({ reader, own }: Survey, collection: string): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  for (const session of await readMembers(reader, collection)) {
    if (isOwnSession(session.uri, own.session)) continue;
    shown.push(...show(session, 'a session of', 'account', textAt(session.json ?? undefined, 'UserName')));
    shown.push(...show(session, 'a session from', 'address', sessionAddress(session) ?? undefined));
  }
  return shown;
}

function show(at: Reading, what: string, kind: Trace['kind'], text: string | undefined): readonly Shown[] {
  return text === undefined || text === '' ? [] : [{ at, what, trace: { kind, text } }];
}
