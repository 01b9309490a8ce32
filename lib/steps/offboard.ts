import type { Kept } from '../evidence/kept.js';
import type { Finding } from '../model/finding.js';
import { at, textAt } from '../redfish/json.js';
import { vendorOf } from '../redfish/vendors/vendors.js';
import { keptAdministrator, type Account } from './accounts.js';
import { tryToken } from './dead-token.js';
import { StepError } from './error.js';
import { disable } from './freeze/accounts.js';
import { takes } from './freeze/setting.js';
import { doorsOf, namesOf, type Doors, type Key } from './offboard/doors.js';
import { finding, NOTHING, quoted, type Leaver, type Numberless, type OwnSecret, type Proposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';
import { removal } from './review-access/removal.js';
import { once } from './review-access/rooms.js';
import { eachUnlocked } from './makers-lock.js';

/**
 * Takes back what a person who leaves has on a BMC: disables their accounts, takes their SSH keys out, ends their sessions, and removes the event
 * subscriptions that they made by the BMC's own logs. Never our own login, never the last enabled administrator, and nothing that others share: what
 * the person knows of those has to be rotated, and that is said.
 */
export async function offboard(given: Survey, list: () => Promise<Kept>, secret: OwnSecret): Promise<Proposal> {
  const { survey, leaver } = about(given);
  const doors = await doorsOf(survey, leaver, list);
  const { going, last, fixed } = sorted(doors);
  const vendor = vendorOf(doors.root.json);
  const members = doors.keys.filter(({ isMember }) => isMember);
  const proof = doors.sessions.length === 0 ? NOTHING : tryToken(survey, doors.sessionList);
  return eachUnlocked(survey, doors.root, {
    last: proof.last ?? [],
    findings: [
      ...proof.findings,
      ...shownDoors(doors).map(({ reading, what }) =>
        finding(survey, 'LEAVER_DOOR', reading, `${what} belongs to ${leaver.person.name}; take it back`),
      ),
      ...(last === undefined ? [] : [lastAdministrator(survey, last)]),
      ...fixed.map((account) => left(survey, account.reading, `${nameOf(account)} has no switch`)),
      ...doors.keys.filter(({ isMember }) => !isMember).map(({ reading, what }) => left(survey, reading, what)),
      ...known(survey, leaver, doors, secret),
    ],
    operations: [
      ...going.map((account) => ({
        ...disable(survey, { vendor }, account),
        line: `disable ${nameOf(account)} of ${leaver.person.name} at ${account.uri}`,
        undo: null,
      })),
      ...members.flatMap(({ reading, what }) => removal(reading, what)),
      ...doors.sessions.flatMap(ending),
      ...doors.subscriptions.flatMap((one) => removal(one, `the event subscription to ${quoted(textOf(one, 'Destination'))}`)),
    ],
  });
}

/** Looks again at everything of the person, and changes nothing: what still stands is a finding each, and without one nothing is left. */
export async function offboardCheck(given: Survey, list: () => Promise<Kept>, secret: OwnSecret): Promise<Proposal> {
  const { survey, leaver } = about(given);
  const doors = await doorsOf(survey, leaver, list);
  const open = shownDoors({ ...doors, accounts: doors.accounts.filter(({ enabled }) => enabled) });
  return {
    findings: [...open.map(({ reading, what }) => left(survey, reading, what)), ...known(survey, leaver, doors, secret)],
    operations: [],
  };
}

function about(given: Survey): { readonly survey: Survey; readonly leaver: Leaver } {
  const { leaver = null } = given;
  if (leaver === null)
    throw new StepError('NOBODY_NAMED', 'the launch names nobody who leaves; open it with: cofferdam offboard run PERSON');
  return { survey: { ...given, reader: once(given.reader) }, leaver };
}

interface Sorted {
  readonly going: readonly Account[];
  readonly last: Account | undefined;
  /** Without a switch. */
  readonly fixed: readonly Account[];
}

function sorted({ all, accounts }: Doors): Sorted {
  const enabled = accounts.filter((account) => account.enabled);
  const fixed = enabled.filter(({ reading }) => at(reading.json ?? undefined, 'Enabled') !== true || !takes(reading, 'PATCH', true));
  const free = enabled.filter((account) => !fixed.includes(account));
  const last = keptAdministrator(all, free);
  return { going: free.filter(({ uri }) => uri !== last?.uri), last, fixed };
}

function shownDoors({ accounts, keys, sessions, subscriptions }: Doors): readonly Pick<Key, 'reading' | 'what'>[] {
  return [
    ...accounts.map((account) => ({ reading: account.reading, what: `${nameOf(account)}, ${account.enabled ? 'enabled' : 'disabled'},` })),
    ...keys,
    ...sessions.map((reading) => ({ reading, what: `a session of ${quoted(textOf(reading, 'UserName'))}` })),
    ...subscriptions.map((reading) => ({ reading, what: `the event subscription to ${quoted(textOf(reading, 'Destination'))}` })),
  ];
}

/** What the person knows and others use: only another secret helps. */
function known(survey: Survey, { person, readsStore }: Leaver, { root, shared }: Doors, { ref }: OwnSecret): readonly Finding[] {
  const { target } = survey;
  const isTheirs = namesOf(person);
  const called = new Set([person.id, person.name].map((name) => name.toLowerCase()));
  const held = target.allow.accounts.filter(({ holders = [] }) => holders.includes(person.id));
  const used = target.allow.accounts.filter(
    (account) => called.has(account.usedBy.toLowerCase()) && !isTheirs(account.userName) && !held.includes(account),
  );
  const advice = (what: string, how: string): Finding =>
    finding(survey, 'ROTATE_NEEDED', root, `${person.name} knows the secret of ${what}: ${how}`);
  return [
    ...shared.map(({ userName }) => advice(`account ${quoted(userName)}, which others use as well`, howTo(survey, userName))),
    ...used.map(({ userName }) => advice(`account ${quoted(userName)}, which the inventory says they use`, howTo(survey, userName))),
    ...held.map(({ userName }) => advice(`the break-glass account ${quoted(userName)}, which they hold`, BREAK_GLASS)),
    ...(readsStore && ref.startsWith('vault://file/')
      ? [advice(`our own login (${ref}), since the file store is encrypted to their keys as well`, ROTATE)]
      : []),
  ];
}

const ROTATE = 'open an incident with the runbook `rotate`';
const BREAK_GLASS = 'take them out of its holders, and open an incident with the runbook `break-glass`';

function howTo({ own, target }: Survey, userName: string): string {
  const isSame = (name: string | null): boolean => name?.toLowerCase() === userName.toLowerCase();
  const isRotated = isSame(own.userName) || target.allow.accounts.some((listed) => isSame(listed.userName) && listed.secret !== undefined);
  return isRotated ? ROTATE : 'change it by hand, or list its secret under allow.accounts for the runbook `rotate`';
}

/** The very session that was seen, and not another one that got its number since. */
function ending(session: Reading): readonly Numberless[] {
  const userName = textOf(session, 'UserName');
  return removal(session, `a session of ${quoted(userName)}`).map((one) => ({
    ...one,
    before: [{ uri: session.uri, pointer: '/UserName', equals: userName }],
  }));
}

function left(survey: Survey, reading: Reading, what: string): Finding {
  return finding(survey, 'LEAVER_LEFT', reading, `${what} is still there; take it out by hand, or plan again`);
}

function lastAdministrator(survey: Survey, account: Account): Finding {
  const advice = `${nameOf(account)} stays, since it is the last enabled administrator; enable another one, then plan again`;
  return finding(survey, 'LAST_ADMINISTRATOR', account.reading, advice);
}

function nameOf({ userName }: Account): string {
  return `account ${quoted(userName)}`;
}

function textOf({ json }: Reading, property: string): string {
  return textAt(json ?? undefined, property) ?? '';
}
