import { plain } from '../model/text.js';
import type { Digest } from '../model/json.js';
import { digestOf } from '../trust/canonical.js';
import { linkAt, membersOf, textAt } from './json.js';
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
