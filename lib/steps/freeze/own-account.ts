import type { Finding } from '../../model/finding.js';
import type { Json } from '../../model/json.js';
import type { Send } from '../../model/operation.js';
import { readSecretReference, withSecretOf } from '../../model/secret-reference.js';
import { destroysOf } from '../../operations/effect.js';
import { at, linkAt, membersOf, textAt } from '../../redfish/json.js';
import { digestOf } from '../../trust/canonical.js';
import { readMembers } from '../collection.js';
import {
  finding,
  NOTHING,
  quoted,
  type Numberless,
  type OwnSecret,
  type Proposal,
  type SectionProposal,
  type Survey,
} from '../planning.js';
import { patientOperation } from '../patient-operation.js';
import type { Reading } from '../reader.js';
import { passwordRules } from '../rotate/rules.js';
import type { Ground } from './ground.js';
import { takes } from './setting.js';

/** What is made, and where. */
interface Wanted {
  readonly list: Reading;
  /** An empty slot; null where an account is added by POST. */
  readonly slot: Reading | null;
  readonly userName: string;
  readonly ref: string;
}

/**
 * Gives the incident an account of its own before any other is disabled, and logs in with it from then on: whoever has the inventory's secret does not
 * have this one. The inventory's login stays enabled, as the way back: the release proves it before it takes ours out again. Where a BMC has no room or no
 * way, that is a finding, and the freeze goes on with the inventory's login.
 */
export async function makeOwnAccount(survey: Survey, ground: Ground, secret: OwnSecret): Promise<Proposal> {
  const { account, incident } = secret;
  if (account?.state === 'used') return NOTHING;
  const mine = account?.incident === incident ? account : null;
  const service = linkAt(ground.root, 'AccountService');
  const uri = service === null ? null : linkAt(await survey.reader.get(service), 'Accounts');
  // The freeze has no accounts to disable there either, and says so itself.
  if (uri === null) return NOTHING;
  const list = await survey.reader.get(uri);
  const slots = await readMembers(survey.reader, uri);
  if (mine?.state === 'made') return { ...NOTHING, first: [taking(mine)] };
  if (mine?.state === 'left') return without(survey, list, `account ${quoted(mine.userName)} of this incident is still to be taken out`);
  if (mine?.state === 'refused') return without(survey, list, `the BMC did not take it (${String(mine.code)})`);
  const names = new Set(slots.map(({ json }) => (textAt(json ?? undefined, 'UserName') ?? '').toLowerCase()));
  const begun = mine?.state === 'sent' ? mine.userName : null;
  const [userName, taken] = nameFor(incident, names, begun, mine?.state === 'lost' ? mine.userName : null);
  const ref = referenceFor(survey, secret, userName);
  if (userName === null || ref === null) return without(survey, list, 'no name for it, or for its secret, is free');
  const place = await placeFor(survey, ground, { list, slots });
  if ('why' in place) return without(survey, list, place.why);
  const section = await making(survey, ground, { list, slot: place.slot, userName, ref });
  return { ...NOTHING, findings: taken.map((name) => nameTaken(survey, slots, list, name)), first: [section] };
}

/** Names that this incident may choose: what is there and not known to be ours is never adopted. */
const NAMES = 16;
/** With the digits within what IPMI carries (16 bytes) and every maker takes: a letter first, then letters, digits and a hyphen. */
const PREFIX = 'cofferdam-';
const DIGITS = 5;

function nameFor(
  incident: string,
  there: ReadonlySet<string>,
  begun: string | null,
  lost: string | null,
): readonly [string | null, readonly string[]] {
  if (begun !== null) return [begun, []];
  const names = Array.from({ length: NAMES }, (_, n) => `${PREFIX}${digestOf<'name'>({ incident, n }).slice(0, DIGITS)}`);
  const free = names.findIndex((name) => !there.has(name) && name !== lost);
  return [names[free] ?? null, names.slice(0, free).filter((name) => there.has(name) && name !== lost)];
}

/** In the store of the target's own secret, beside it, and of this incident and this target alone. */
function referenceFor({ target }: Survey, { ref, sharedWith }: OwnSecret, userName: string | null): string | null {
  const own = readSecretReference(ref);
  if (own === null || userName === null) return null;
  const path = `vault://${own.store}/${own.path}.${userName}`;
  const reference = sharedWith.length === 0 ? path : `${path}.${target.id}`;
  return readSecretReference(reference) === null ? null : reference;
}

type Place = { readonly slot: Reading | null } | { readonly why: string };

/** An empty slot where the list has slots, else a POST where the BMC takes one. */
async function placeFor(
  { reader }: Survey,
  { vendor }: Ground,
  { list, slots }: { readonly list: Reading; readonly slots: readonly Reading[] },
): Promise<Place> {
  const empty = slots.filter(({ json }) => textAt(json ?? undefined, 'UserName') === '');
  if (empty.length === 0)
    return takes(list, 'POST', vendor.accounts.model !== 'slots') ? { slot: null } : { why: `${list.uri} takes no new account` };
  for (const slot of empty) {
    const number = Number(slot.uri.split('/').at(-1));
    const isUsable = Number.isInteger(number) && number >= vendor.accounts.slots.first && takes(slot, 'PATCH', true);
    // Whoever left keys in a slot, or one enabled that has no name, would be let in as us.
    if (!isUsable || at(slot.json ?? undefined, 'Enabled') === true) continue;
    const keys = linkAt(slot, 'Keys');
    if (keys === null || membersOf(await reader.get(keys)).length === 0) return { slot };
  }
  return { why: `none of the slots in ${list.uri} is free` };
}

async function making(survey: Survey, ground: Ground, { list, slot, userName, ref }: Wanted): Promise<SectionProposal> {
  const rules = await passwordRules(survey, ground);
  const { names, slots } = ground.vendor.accounts;
  const body = withSecretOf(ref, {
    ...names.reduce<Readonly<Record<string, Json>>>((all, path) => ({ ...all, ...nested(path, userName) }), {}),
    UserName: userName,
    RoleId: 'Administrator',
    Enabled: true,
  });
  const create: Numberless = {
    ...patientOperation({ kind: 'vault', act: 'create', ref, userName, rules }, `keep a new secret for ${userName} as ${ref}, pending`),
    undo: { send: { kind: 'vault', act: 'set-aside', ref }, after: [] },
  };
  const method = slot === null ? 'POST' : 'PATCH';
  const uri = slot?.uri ?? list.uri;
  const send: Send = { kind: 'account', act: 'make', method, uri, body, list: list.uri, userName, ref };
  const make: Numberless = {
    ...patientOperation(send, `make account ${userName}, the incident's own, an administrator, and see by a login that it works`),
    before: slot === null ? [] : [{ uri, pointer: '/UserName', equals: '' }],
    proof: { by: 'act', witness: 'login' },
    destroys: destroysOf(send),
    undo: {
      send: { kind: 'account', act: 'remove', list: list.uri, userName, ref, slot: slot === null ? null : [...slots.empties] },
      after: [],
    },
  };
  const setAside = patientOperation(
    { kind: 'vault', act: 'set-aside', ref },
    `take a secret that the BMC did not take out of the way of ${ref}`,
  );
  const { operations } = taking({ userName, ref });
  return { operations: [create, make, ...operations], always: [setAside] };
}

/** From the proof on. */
function taking({ userName, ref }: Pick<Wanted, 'userName' | 'ref'>): SectionProposal {
  const promote = patientOperation({ kind: 'vault', act: 'promote', ref }, `make it the current secret of ${ref}`);
  const use: Numberless = {
    ...patientOperation(
      { kind: 'account', act: 'use', ref },
      `log in as ${userName} from now on; the inventory's login stays enabled as the way back, and is proven before the release takes ${userName} out`,
    ),
    undo: { send: { kind: 'account', act: 'leave', ref }, after: [] },
  };
  return { operations: [promote, use], always: [] };
}

function nested(path: readonly string[], value: string): Readonly<Record<string, Json>> {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : nested(rest, value) };
}

function without(survey: Survey, shown: Reading, why: string): Proposal {
  const advice = `the incident has no account of its own: ${why}; the freeze goes on with the inventory's login, which whoever has its secret has too`;
  return { operations: [], findings: [finding(survey, 'NO_OWN_ACCOUNT', shown, advice)] };
}

function nameTaken(survey: Survey, slots: readonly Reading[], list: Reading, name: string): Finding {
  const shown = slots.find(({ json }) => (textAt(json ?? undefined, 'UserName') ?? '').toLowerCase() === name) ?? list;
  const advice = `account ${quoted(name)} has the name that this incident would choose, and no record says that it made it; another one is used: find out who knew the name`;
  return finding(survey, 'OWN_NAME_TAKEN', shown, advice);
}
