import { keyOf } from './content.js';
import type { Kept, Lockout } from './lockout.js';
import { passwordProblem } from './password-rules.js';
import { Passwords, type Taking } from './passwords.js';
import { link, memberUris, textAt, withMembers, without, type JsonObject } from './json.js';
import type { Resources } from './resources.js';

/** Why an account change is refused; the service turns it into the vendor's answer. */
export interface Refused {
  readonly status: number;
  readonly messageId: string;
  readonly message: string;
  /** What the message's registry entry has places for. */
  readonly args?: readonly string[];
}

/** An account as logins and role checks need it. */
export interface Account {
  readonly uri: string;
  readonly userName: string;
  readonly roleId: string;
  readonly enabled: boolean;
}

const SETTABLE = ['UserName', 'Password', 'RoleId', 'Enabled', 'Locked'];

/** The accounts of one BMC over its Accounts collection, and their passwords, which no resource ever shows. */
export class Accounts {
  readonly collection: string;
  readonly #resources: Resources;
  readonly #service: string;
  readonly #passwords = new Passwords();
  readonly #lockout: Lockout;
  #list: Account[];

  constructor(resources: Resources, { service, collection, lockout }: { service: string; collection: string; lockout: Lockout }) {
    this.#resources = resources;
    this.#service = service;
    this.#lockout = lockout;
    this.collection = collection;
    this.#list = memberUris(resources.json(collection)).map((uri) => accountOf(uri, resources.json(uri) ?? {}));
  }

  all(): readonly Account[] {
    return this.#list;
  }

  byUri(uri: string): Account | null {
    return this.#list.find((account) => keyOf(account.uri) === keyOf(uri)) ?? null;
  }

  byName(userName: string): Account | null {
    return this.#list.find((account) => account.userName === userName && userName !== '') ?? null;
  }

  /** The account behind a login, or why there is none: `wrong` when name or password is, the account is disabled, or it has no password here. Each failure is counted. */
  authenticate(userName: string, password: string, address: string): Account | Kept | 'wrong' {
    const account = this.byName(userName);
    const kept = this.#lockout.keeps(account?.uri ?? null, address);
    const good = account !== null && this.works(userName, password);
    if (kept === null && good) {
      this.#lockout.succeeded(account.uri, address);
      return account;
    }
    // A disabled account has nothing to guess, and whoever is kept out by address is not asked for a password.
    if (account?.enabled !== false && (kept === null || kept === 'locked')) this.#lockout.failed(account?.uri ?? null, address);
    return kept ?? 'wrong';
  }

  /** Whether this would log in now if nothing locked it; nothing is counted. */
  works(userName: string, password: string): boolean {
    const account = this.byName(userName);
    return account?.enabled === true && this.#passwords.works(account.uri, password);
  }

  /** Whether whoever logs in with this may change the password and nothing else. */
  mustChange(account: Account): boolean {
    return this.#resources.json(account.uri)?.['PasswordChangeRequired'] === true;
  }

  demandChange({ uri }: Account): void {
    this.#resources.put(uri, { ...this.#resources.json(uri), PasswordChangeRequired: true });
  }

  /** Why this BMC does not take a password; null when it does. */
  problemOf(userName: string, password: string): Refused | null {
    return passwordProblem(this.#resources, this.#service, userName, password);
  }

  /** Every password that an account was ever given. */
  passwords(): readonly string[] {
    return this.#passwords.all();
  }

  setPassword(account: Account, password: string): void {
    this.#passwords.set(account.uri, password);
  }

  /** Changes an account as a PATCH does; checks only when `apply` is false. */
  patch(account: Account, change: JsonObject, apply: boolean, taking: Taking = 'new'): Refused | null {
    const refused = this.#problemOf(change, account);
    if (refused !== null || !apply) return refused;
    const { Password, ...fields } = change;
    if (typeof Password === 'string') this.#passwords.take(account.uri, Password, taking);
    const changed = typeof Password === 'string' && taking !== 'old' && this.mustChange(account) ? { PasswordChangeRequired: false } : {};
    const emptied = change['UserName'] === '' ? { Enabled: false, RoleId: 'None' } : {};
    if (change['UserName'] === '') this.#forget(account.uri);
    if (change['Locked'] === false) this.#lockout.unlock(account.uri);
    this.#write(account.uri, { ...this.#resources.json(account.uri), ...fields, ...changed, ...emptied });
    return null;
  }

  /** Adds an account: into a free slot, or as a new member. Its password is taken as it is. */
  create(fields: { userName: string; password: string; roleId: string; enabled: boolean }): Account | Refused {
    const change = { UserName: fields.userName, Password: fields.password, RoleId: fields.roleId, Enabled: fields.enabled };
    const slots = this.#resources.vendor.accounts === 'slots';
    const first = this.#resources.vendor.slots?.first ?? 1;
    const free = this.#list.find((account) => account.userName === '' && Number(account.uri.split('/').at(-1)) >= first);
    if (slots && free === undefined) return { status: 400, messageId: 'CreateLimitReachedForResource', message: 'No free slot is left.' };
    const uri = slots && free !== undefined ? free.uri : `${this.collection}/${this.#freshId(fields.userName)}`;
    const refused = this.#problemOf(change, null);
    if (refused !== null) return refused;
    this.#passwords.set(uri, fields.password);
    if (!slots) this.#join(uri);
    this.#write(uri, {
      ...(slots ? this.#resources.json(uri) : newAccount(uri, this.#resources.vendor.name)),
      ...without(change, 'Password'),
    });
    if (this.#resources.vendor.name === 'hpe') this.#resources.put(`${uri}/Keys`, emptyKeys(`${uri}/Keys`));
    return this.byUri(uri) ?? { status: 500, messageId: 'InternalError', message: 'The account was lost.' };
  }

  remove(account: Account): void {
    const members = this.#list.filter((candidate) => candidate !== account);
    const collection = this.#resources.json(this.collection) ?? {};
    this.#resources.put(
      this.collection,
      withMembers(
        collection,
        members.map(({ uri }) => link(uri)),
      ),
    );
    this.#resources.remove(account.uri);
    this.#forget(account.uri);
    this.#list = members;
  }

  #forget(uri: string): void {
    this.#passwords.remove(uri);
    this.#lockout.forget(uri);
  }

  #join(uri: string): void {
    const collection = this.#resources.json(this.collection) ?? {};
    const uris = [...memberUris(collection), uri];
    this.#resources.put(
      this.collection,
      withMembers(
        collection,
        uris.map((member) => link(member)),
      ),
    );
    this.#list = [...this.#list, accountOf(uri, {})];
  }

  #write(uri: string, body: JsonObject): void {
    const roleId = textAt(body, 'RoleId');
    const hpe = this.#resources.vendor.name === 'hpe' ? { Oem: { Hpe: hpeAccount(textAt(body, 'UserName'), roleId) } } : {};
    const Links = { Role: link(`/redfish/v1/AccountService/Roles/${roleId}`) };
    this.#resources.put(uri, { ...body, ...hpe, Links, Password: null });
    this.#list = this.#list.map((account) => (account.uri === uri ? accountOf(uri, this.#resources.json(uri) ?? {}) : account));
  }

  #problemOf(change: JsonObject, account: Account | null): Refused | null {
    if (Object.keys(change).every((name) => name.startsWith('@odata.')))
      return { status: 400, messageId: 'NoOperation', message: 'The request changes nothing.' };
    for (const [name, value] of Object.entries(change)) {
      if (!SETTABLE.includes(name))
        return { status: 400, messageId: 'PropertyUnknown', message: `The property ${name} is not known or cannot be set.`, args: [name] };
      const wanted = name === 'Enabled' || name === 'Locked' ? 'boolean' : 'string';
      if (typeof value !== wanted)
        return { status: 400, messageId: 'PropertyValueTypeError', message: `${name} takes a ${wanted}.`, args: [typeof value, name] };
    }
    if (change['Locked'] === true) return { status: 400, messageId: 'PropertyValueNotInList', message: 'Locked can only be set false.' };
    const password = change['Password'];
    const bad = account === null || typeof password !== 'string' ? null : this.#badPassword(account, change, password);
    if (bad !== null) return bad;
    const role = change['RoleId'];
    const roles = memberUris(this.#resources.json('/redfish/v1/AccountService/Roles')).map((uri) => uri.split('/').at(-1));
    if (typeof role === 'string' && !roles.includes(role)) {
      return { status: 400, messageId: 'PropertyValueNotInList', message: 'RoleId names no role of this BMC.', args: [role, 'RoleId'] };
    }
    return this.#nameProblem(change, account);
  }

  #badPassword({ userName }: Account, change: JsonObject, password: string): Refused | null {
    const name = typeof change['UserName'] === 'string' ? change['UserName'] : userName;
    if (name === '')
      return { status: 400, messageId: 'PropertyValueConflict', message: 'An account without a UserName takes no Password.' };
    return this.problemOf(name, password);
  }

  #nameProblem(change: JsonObject, account: Account | null): Refused | null {
    const name = change['UserName'];
    if (typeof name !== 'string') return null;
    const taken = this.byName(name);
    if (taken !== null && taken !== account)
      return { status: 400, messageId: 'ResourceAlreadyExists', message: 'Another account has this UserName.' };
    const emptying =
      name === '' && (this.#resources.vendor.accounts !== 'slots' || (account?.enabled === true && change['Enabled'] !== false));
    return emptying
      ? { status: 400, messageId: 'PropertyValueFormatError', message: 'UserName can be emptied in a disabled slot only.' }
      : null;
  }

  #freshId(userName: string): string {
    if (this.#resources.vendor.name === 'openbmc') return userName;
    return String(Math.max(0, ...this.#list.map((account) => Number(account.uri.split('/').at(-1)) || 0)) + 1);
  }
}

function accountOf(uri: string, body: JsonObject): Account {
  return { uri, userName: textAt(body, 'UserName'), roleId: textAt(body, 'RoleId'), enabled: body['Enabled'] === true };
}

function newAccount(uri: string, vendor: string): JsonObject {
  return {
    '@odata.id': uri,
    '@odata.type': '#ManagerAccount.v1_8_0.ManagerAccount',
    Id: uri.split('/').at(-1) ?? '',
    Name: 'User Account',
    Description: 'User Account',
    AccountTypes: vendor === 'hpe' ? ['WebUI'] : ['Redfish', 'WebUI'],
    Locked: false,
    PasswordChangeRequired: false,
    ...(vendor === 'hpe' ? { Keys: link(`${uri}/Keys`) } : {}),
  };
}

function hpeAccount(LoginName: string, roleId: string): JsonObject {
  const all = roleId === 'Administrator';
  const Privileges = { LoginPriv: true, RemoteConsolePriv: all, UserConfigPriv: all, VirtualMediaPriv: all, iLOConfigPriv: all };
  return { '@odata.type': '#HpeiLOAccount.v2_2_0.HpeiLOAccount', LoginName, Privileges, ServiceAccount: false };
}

/** A KeyCollection without members. */
export function emptyKeys(uri: string): JsonObject {
  return { '@odata.id': uri, '@odata.type': '#KeyCollection.KeyCollection', Name: 'Keys', Members: [], 'Members@odata.count': 0 };
}
