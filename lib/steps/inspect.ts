import type { Json } from '../model/json.js';
import { plain } from '../model/text.js';
import { at, linkAt, membersOf, textAt } from '../redfish/json.js';
import { readIdentity } from '../redfish/identity.js';
import type { Answer, Connection } from '../redfish/types.js';

/** The most members that are looked at of any collection: an inspection is a look, not a capture. */
const MEMBERS = 32;

/** What a BMC says of itself, for a person: identity, manager, firmware, accounts and sessions. Reads only; nothing is kept. */
export async function inspect(connection: Pick<Connection, 'get' | 'session'>): Promise<Json> {
  const root = await connection.get('/redfish/v1');
  const managers = await members(connection, root, ['Managers']);
  const systems = await members(connection, root, ['Systems']);
  const firmware = await firmwareOf(connection, root);
  const accountService = await follow(connection, root, ['AccountService']);
  const accounts = accountService === null ? [] : await members(connection, accountService, ['Accounts']);
  const sessions = await members(connection, root, ['Links', 'Sessions']);
  return {
    identity: { ...(await readIdentity(connection.get)) },
    product: shown(root, 'Product'),
    vendor: shown(root, 'Vendor'),
    redfish: shown(root, 'RedfishVersion'),
    managers: managers.map((manager) => ({
      model: shown(manager, 'Model'),
      firmware: shown(manager, 'FirmwareVersion'),
      state: shown(manager, 'Status', 'State'),
    })),
    systems: systems.map((system) => ({
      manufacturer: shown(system, 'Manufacturer'),
      model: shown(system, 'Model'),
      power: shown(system, 'PowerState'),
      bios: shown(system, 'BiosVersion'),
    })),
    firmware: firmware.map((part) => ({ name: shown(part, 'Name'), version: shown(part, 'Version') })),
    accounts: accounts
      .filter((account) => (textAt(account.json ?? undefined, 'UserName') ?? '') !== '')
      .map((account) => ({
        userName: shown(account, 'UserName'),
        role: shown(account, 'RoleId'),
        enabled: enabled(account),
      })),
    sessions: sessions.map((session) => ({
      userName: shown(session, 'UserName'),
      from: shown(session, 'ClientOriginIPAddress'),
      ours: session.uri === connection.session,
    })),
  };
}

async function firmwareOf(connection: Pick<Connection, 'get'>, root: Answer): Promise<Answer[]> {
  const updates = await follow(connection, root, ['UpdateService']);
  return updates === null ? [] : members(connection, updates, ['FirmwareInventory']);
}

async function members(connection: Pick<Connection, 'get'>, from: Answer, path: readonly string[]): Promise<Answer[]> {
  const collection = await follow(connection, from, path);
  const found: Answer[] = [];
  for (const { uri } of collection === null ? [] : membersOf(collection).slice(0, MEMBERS)) {
    const member = await connection.get(uri);
    if (member.status === 200) found.push(member);
  }
  return found;
}

async function follow(connection: Pick<Connection, 'get'>, from: Answer, path: readonly string[]): Promise<Answer | null> {
  const uri = linkAt(from, ...path);
  if (uri === null) return null;
  const answer = await connection.get(uri);
  return answer.status === 200 ? answer : null;
}

function shown(answer: Answer, ...path: readonly string[]): string | null {
  const text = textAt(answer.json ?? undefined, ...path);
  return text === undefined ? null : plain(text, 120);
}

function enabled(account: Answer): boolean | null {
  const value = at(account.json ?? undefined, 'Enabled');
  return typeof value === 'boolean' ? value : null;
}
