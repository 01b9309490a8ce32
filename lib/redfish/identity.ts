import { plain } from '../model/text.js';
import type { Digest } from '../model/json.js';
import { digestOf } from '../trust/canonical.js';
import { linkAt, membersOf, textAt } from './json.js';
import { messageIdsOf, saysPasswordChange } from './messages.js';
import type { Answer, Connection } from './types.js';

/** Which device a BMC says it is. Self-reported: it tells a mix-up of addresses, not a forgery. Empty text where the BMC says nothing. */
export interface Identity {
  readonly serial: string;
  readonly uuid: string;
}

/** Collections of systems and managers are short; a hostile one is not walked. */
const MEMBERS = 8;
const CHARACTERS = 128;

/** The service's UUID, else that of its manager, and the serial number of the first system that has one. */
export async function readIdentity(get: Connection['get']): Promise<Identity> {
  const root = await get('/redfish/v1');
  const serial = await first(get, root, 'Systems', (system) => said(system, 'SerialNumber'));
  const own = said(root, 'UUID');
  const uuid = own === '' ? await first(get, root, 'Managers', (m) => said(m, 'ServiceEntryPointUUID') || said(m, 'UUID')) : own;
  return { serial, uuid };
}

/**
 * The same, and the answer by which the BMC refuses to say who it is before our login has changed its password; null: it said all that it has. With one,
 * the identity is what the service root alone shows to everybody.
 */
export async function readShownIdentity(get: Connection['get']): Promise<{ readonly identity: Identity; readonly refusal: Answer | null }> {
  const refusals: Answer[] = [];
  const identity = await readIdentity(async (uri) => {
    const answer = await get(uri);
    if (answer.status === 403 && saysPasswordChange(messageIdsOf(answer.json))) refusals.push(answer);
    return answer;
  });
  return { identity, refusal: refusals[0] ?? null };
}

/** What a plan is bound to, so that it is never carried out on another device. */
export function identityDigest(identity: Identity): Digest<'identity'> {
  return digestOf({ serial: identity.serial, uuid: identity.uuid });
}

async function first(get: Connection['get'], root: Answer, collection: string, fact: (member: Answer) => string): Promise<string> {
  const uri = linkAt(root, collection);
  if (uri === null) return '';
  for (const member of membersOf(await get(uri)).slice(0, MEMBERS)) {
    const found = fact(await get(member.uri));
    if (found !== '') return found;
  }
  return '';
}

function said(answer: Answer, property: string): string {
  return plain(textAt(answer.json ?? undefined, property) ?? '', CHARACTERS);
}
