import { createHash } from 'node:crypto';
import { digest, type Digest } from '../lib/model/json.js';
import { Accounts, type Account } from './accounts.js';
import { keyOf, type Content } from './content.js';
import type { FaultName } from './faults.js';
import { link, memberUris, parseObject, textAt, withMembers, type JsonObject } from './json.js';
import type { AuditEvent, Log } from './log.js';
import { bytesReply, emptyReply, jsonReply, messageReply, type Reply } from './reply.js';
import { Resources } from './resources.js';
import { Sessions, type Session } from './sessions.js';
import type { Vendor } from './vendor.js';

export interface Request {
  readonly method: string;
  /** Path and query, as they came. */
  readonly uri: string;
  readonly token: string | null;
  readonly basic: { readonly userName: string; readonly password: string } | null;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly body: string;
  readonly address: string;
}

/** Who asks: an account, and the session it asks in (null under Basic). */
interface Caller {
  readonly account: Account;
  readonly session: Session | null;
}

const OPEN = ['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'];
const SUBSCRIPTIONS = '/redfish/v1/EventService/Subscriptions';

/** One BMC without its sockets: requests in, answers out, state between. Every request is answered in one synchronous step. */
export class Service {
  readonly vendor: Vendor;
  readonly resources: Resources;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly #logs: readonly Log[];

  /** The first of `logs` is the audit log. */
  constructor(options: { vendor: Vendor; content: Content; logs: readonly Log[]; idleMs: number | null }) {
    this.vendor = options.vendor;
    this.resources = new Resources(options.content, options.vendor);
    const root = this.resources.json('/redfish/v1') ?? {};
    this.sessions = new Sessions(
      this.resources,
      textAt(root, 'Links', 'Sessions', '@odata.id') || '/redfish/v1/SessionService/Sessions',
      options.idleMs,
    );
    const accountService = this.resources.json(textAt(root, 'AccountService', '@odata.id') || '/redfish/v1/AccountService') ?? {};
    this.accounts = new Accounts(this.resources, textAt(accountService, 'Accounts', '@odata.id') || '/redfish/v1/AccountService/Accounts');
    this.#logs = options.logs;
  }

  handle(request: Request, fault: FaultName | null): { reply: Reply; userName: string | null } {
    const key = keyOf(request.uri);
    if (request.method === 'POST' && key === keyOf(this.sessions.collection)) return { reply: this.#login(request, fault), userName: null };
    const caller = fault === 'unauthorized' && request.token === null ? null : this.#callerOf(request);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (caller === null && !(reads && OPEN.includes(key))) {
      return { reply: this.#no(401, 'NoValidSession', 'There is no valid session established with the implementation.'), userName: null };
    }
    const userName = caller?.account.userName ?? null;
    if (reads) return { reply: this.#read(request, caller), userName };
    if (caller === null) return { reply: this.#no(405, 'OperationNotAllowed', 'Not allowed.'), userName };
    return { reply: this.#write(request, caller, fault), userName };
  }

  /** True for a request that opens or ends the caller's own session: faults that meddle with changes let it pass. */
  isOwnSession(request: Request): boolean {
    if (keyOf(request.uri) === keyOf(this.sessions.collection)) return request.method === 'POST';
    const session = request.token === null ? null : this.sessions.byToken(request.token);
    return session !== null && request.method === 'DELETE' && keyOf(session.uri) === keyOf(request.uri);
  }

  addSubscription(destination: string, id: string): string {
    const uri = `${SUBSCRIPTIONS}/${id}`;
    this.#join(SUBSCRIPTIONS, uri, {
      '@odata.id': uri,
      '@odata.type': '#EventDestination.v1_8_0.EventDestination',
      Id: id,
      Name: `EventSubscription ${id}`,
      Destination: destination,
      Context: '',
      Protocol: 'Redfish',
      EventFormatType: 'Event',
      SubscriptionType: 'RedfishEvent',
      Status: { Health: 'OK', State: 'Enabled' },
    });
    return uri;
  }

  /** Adds an SSH key to an account; null where this BMC shows no keys. */
  addKey(account: Account, keyString: string): string | null {
    const collection = this.#keysOf(account);
    if (collection === null) return null;
    const last = memberUris(this.resources.json(collection)).map((uri) => Number(uri.split('/').at(-1)) || 0);
    const id = String(Math.max(0, ...last) + 1);
    const uri = `${collection}/${id}`;
    this.#join(collection, uri, {
      '@odata.id': uri,
      '@odata.type': '#Key.v1_2_0.Key',
      Id: id,
      Name: 'User Key',
      KeyType: 'SSH',
      KeyString: keyString,
      UserDescription: keyString.split(' ').at(2) ?? '',
    });
    return uri;
  }

  /** Digests of the keys of all accounts, as allow-lists name them. */
  keyDigests(): Digest<'key'>[] {
    const collections = this.accounts.all().map((account) => this.#keysOf(account));
    const uris = collections.flatMap((uri) => (uri === null ? [] : memberUris(this.resources.json(uri))));
    return uris.map((uri) => keyDigest(textAt(this.resources.json(uri) ?? undefined, 'KeyString')));
  }

  hasKeys(account: Account): boolean {
    return this.#keysOf(account) !== null;
  }

  record(event: AuditEvent): void {
    this.#logs[0]?.record(event);
  }

  #keysOf(account: Account): string | null {
    const collection = textAt(this.resources.json(account.uri) ?? undefined, 'Keys', '@odata.id');
    return collection !== '' && this.resources.json(collection) !== null ? collection : null;
  }

  #login(request: Request, fault: FaultName | null): Reply {
    const body = parseObject(request.body);
    const userName = textAt(body ?? undefined, 'UserName');
    const account = fault === 'unauthorized' ? null : this.accounts.authenticate(userName, textAt(body ?? undefined, 'Password'));
    if (account === null) {
      this.record({ what: 'login-failed', userName, address: request.address });
      return this.#no(
        401,
        this.vendor.name === 'hpe' ? 'iLO.2.23.UnauthorizedLoginAttempt' : 'ResourceAtUriUnauthorized',
        'The login was refused.',
      );
    }
    const session = fault === 'out-of-sessions' ? 'full' : this.sessions.login(userName, request.address);
    if (session === 'full') {
      const { status, messageId, message } = this.vendor.sessionLimitError;
      return this.#no(status, messageId, message);
    }
    this.record({ what: 'login', userName, address: request.address });
    const shown = this.resources.json(session.uri) ?? {};
    return jsonReply(201, shown, { Location: session.uri, 'X-Auth-Token': session.token ?? '' });
  }

  #callerOf(request: Request): Caller | null {
    if (request.token !== null) {
      const session = this.sessions.byToken(request.token);
      const account = session === null ? null : this.accounts.byName(session.userName);
      return account === null ? null : { account, session };
    }
    if (request.basic === null) return null;
    const { userName, password } = request.basic;
    const account = this.accounts.authenticate(userName, password);
    // Each request under Basic is a login in the log of a real BMC.
    this.record({ what: account === null ? 'login-failed' : 'login', userName, address: request.address });
    return account === null ? null : { account, session: null };
  }

  #read(request: Request, caller: Caller | null): Reply {
    for (const log of this.#logs) {
      const body = log.read(request.uri);
      if (body === 'out-of-range') return this.#no(500, 'InternalError', 'The value of $skip is out of range.');
      if (body !== null) return this.#shown(request, jsonReply(200, body, this.#tagOf(body)));
    }
    const viewer = caller?.session ?? null;
    const key = keyOf(request.uri);
    const rendered =
      key === keyOf(this.sessions.collection) ? this.sessions.render(viewer) : this.sessions.renderMember(request.uri, viewer);
    if (rendered !== null) return this.#shown(request, jsonReply(200, rendered, this.#tagOf(rendered)));
    const stored = this.resources.read(request.uri);
    if (stored !== null) {
      const etag = this.resources.etagOf(stored);
      return this.#shown(
        request,
        bytesReply(stored.status, stored.bytes, stored.type, {
          Allow: this.#allowed(request.uri).join(', '),
          ...(etag === null ? {} : { ETag: etag }),
        }),
      );
    }
    if (key.includes('?') && this.resources.read(key.slice(0, key.indexOf('?'))) !== null) {
      return this.#no(501, 'QueryNotSupported', 'Querying is not supported by the implementation.');
    }
    return this.#no(404, this.vendor.name === 'openbmc' ? 'ResourceNotFound' : 'ResourceMissingAtURI', 'The resource was not found.');
  }

  #shown(request: Request, reply: Reply): Reply {
    const etag = reply.headers['ETag'];
    const same = etag !== undefined && request.ifNoneMatch === etag && reply.status === 200;
    return same ? emptyReply(304, { ETag: etag }) : reply;
  }

  #tagOf(body: JsonObject): { ETag?: string } {
    const etag = this.resources.etagOf({ status: 200, bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' });
    return etag === null ? {} : { ETag: etag };
  }

  #write(request: Request, caller: Caller, fault: FaultName | null): Reply {
    const key = keyOf(request.uri);
    const session = this.sessions.byUri(request.uri);
    if (request.method === 'DELETE' && session !== null) return this.#endSession(session, caller, request);
    if (!this.#exists(request.uri)) return this.#no(404, 'ResourceMissingAtURI', 'The resource was not found.');
    const allowed = this.#allowed(request.uri);
    if (!allowed.includes(request.method))
      return this.#no(405, 'OperationNotAllowed', 'The HTTP method is not allowed on this resource.', { Allow: allowed.join(', ') });
    const account = this.accounts.byUri(request.uri);
    if (!mayChange(caller.account, account, parseObject(request.body), request.method)) {
      return this.#no(403, 'InsufficientPrivilege', 'There are insufficient privileges for the account to perform the operation.');
    }
    if (request.method === 'PATCH' && account !== null) return this.#patchAccount(account, request, caller, fault !== 'ignores-patch');
    if (request.method === 'POST' && key === keyOf(this.accounts.collection)) return this.#createAccount(request, caller);
    if (request.method === 'POST') return this.#createMember(request, caller);
    if (account !== null) return this.#deleteAccount(account, caller, request.address);
    return this.#deleteMember(request.uri, caller, request.address);
  }

  #endSession(session: Session, caller: Caller, request: Request): Reply {
    const own = session.userName === caller.account.userName;
    if (!own && caller.account.roleId !== 'Administrator')
      return this.#no(403, 'InsufficientPrivilege', 'Only an administrator ends sessions of others.');
    this.sessions.end(session);
    this.record({
      what: session === caller.session ? 'logout' : 'session-ended',
      userName: caller.account.userName,
      address: request.address,
      about: session.id,
    });
    return this.vendor.name === 'generic' ? emptyReply(204) : this.#yes(200, 'Success', 'The request completed successfully.');
  }

  #patchAccount(account: Account, request: Request, caller: Caller, apply: boolean): Reply {
    const stale = this.#precondition(account.uri, request.ifMatch);
    if (stale !== null) return stale;
    const change = parseObject(request.body);
    if (change === null) return this.#no(400, 'MalformedJSON', 'The request body is not a JSON object.');
    const refused = this.accounts.patch(account, change, apply);
    if (refused !== null) return this.#no(refused.status, refused.messageId, refused.message);
    if (apply) this.#afterChange(account, change, caller);
    this.record({ what: 'account-changed', userName: caller.account.userName, address: request.address, about: account.userName });
    if (this.vendor.accountPatchStatus === 204) return emptyReply(204);
    return this.#yes(200, this.vendor.name === 'hpe' ? 'AccountModified' : 'Success', 'The request completed successfully.');
  }

  /** As bmcweb: a new password ends the account's other sessions; a disabled or renamed account has none. */
  #afterChange(account: Account, change: JsonObject, caller: Caller): void {
    if (change['Enabled'] === false || 'UserName' in change) this.sessions.endOf(account.userName, null);
    else if ('Password' in change) this.sessions.endOf(account.userName, caller.session);
  }

  #precondition(uri: string, ifMatch: string | null): Reply | null {
    if (this.vendor.ifMatch === 'ignored') return null;
    const stored = this.resources.read(uri);
    const etag = stored === null ? null : this.resources.etagOf(stored);
    if (ifMatch === null) {
      return this.vendor.ifMatch === 'required' ? this.#no(428, 'PreconditionRequired', 'The request needs an If-Match header.') : null;
    }
    const fits = ifMatch === '*' || etag === null || ifMatch === etag;
    return fits ? null : this.#no(412, 'PreconditionFailed', 'The ETag supplied did not match the ETag required to change this resource.');
  }

  #createAccount(request: Request, caller: Caller): Reply {
    const body = parseObject(request.body) ?? undefined;
    const created = this.accounts.create({
      userName: textAt(body, 'UserName'),
      password: textAt(body, 'Password'),
      roleId: textAt(body, 'RoleId') || 'ReadOnly',
      enabled: body?.['Enabled'] !== false,
    });
    if ('status' in created) return this.#no(created.status, created.messageId, created.message);
    this.record({ what: 'account-changed', userName: caller.account.userName, address: request.address, about: created.userName });
    return jsonReply(201, this.resources.json(created.uri) ?? {}, { Location: created.uri });
  }

  #createMember(request: Request, caller: Caller): Reply {
    const body = parseObject(request.body) ?? undefined;
    const by = { userName: caller.account.userName, address: request.address };
    if (keyOf(request.uri) === keyOf(SUBSCRIPTIONS)) {
      const destination = textAt(body, 'Destination');
      if (destination === '') return this.#no(400, 'PropertyMissing', 'Destination is missing.');
      const uri = this.addSubscription(destination, String(Date.now()));
      this.record({ what: 'subscription-changed', ...by, about: destination });
      return jsonReply(201, this.resources.json(uri) ?? {}, { Location: uri });
    }
    const owner = this.accounts.all().find((account) => keyOf(this.#keysOf(account) ?? '') === keyOf(request.uri));
    const uri = owner === undefined ? null : this.addKey(owner, textAt(body, 'KeyString'));
    if (uri === null) return this.#no(400, 'PropertyMissing', 'The key has no place here.');
    this.record({ what: 'key-changed', ...by, about: owner?.userName ?? '' });
    return jsonReply(201, this.resources.json(uri) ?? {}, { Location: uri });
  }

  #deleteAccount(account: Account, caller: Caller, address: string): Reply {
    this.accounts.remove(account);
    this.sessions.endOf(account.userName, null);
    this.record({ what: 'account-changed', userName: caller.account.userName, address, about: account.userName });
    return this.#yes(200, this.vendor.name === 'hpe' ? 'AccountRemoved' : 'Success', 'The account was removed.');
  }

  #deleteMember(uri: string, caller: Caller, address: string): Reply {
    const collection = uri.slice(0, uri.replace(/\/$/, '').lastIndexOf('/'));
    const left = memberUris(this.resources.json(collection)).filter((member) => keyOf(member) !== keyOf(uri));
    this.resources.put(
      collection,
      withMembers(
        this.resources.json(collection) ?? {},
        left.map((member) => link(member)),
      ),
    );
    this.resources.remove(uri);
    const what = keyOf(uri).includes('/keys/') ? 'key-changed' : 'subscription-changed';
    this.record({ what, userName: caller.account.userName, address, about: uri });
    return this.#yes(200, 'Success', 'The request completed successfully.');
  }

  #join(collection: string, uri: string, body: JsonObject): void {
    const members = [...memberUris(this.resources.json(collection)), uri];
    this.resources.put(
      collection,
      withMembers(
        this.resources.json(collection) ?? { '@odata.id': collection },
        members.map((member) => link(member)),
      ),
    );
    this.resources.put(uri, body);
  }

  #exists(uri: string): boolean {
    return this.resources.read(uri) !== null || this.#logs.some((log) => log.read(uri) !== null);
  }

  #allowed(uri: string): string[] {
    const key = keyOf(uri);
    const reads = ['GET', 'HEAD'];
    const deletes = this.vendor.accounts === 'create-delete';
    if (key === keyOf(this.sessions.collection)) return [...reads, 'POST'];
    if (key === keyOf(this.accounts.collection)) return deletes ? [...reads, 'POST'] : reads;
    if (this.accounts.byUri(uri) !== null) return [...reads, 'PATCH', ...(deletes ? ['DELETE'] : [])];
    if (key === keyOf(SUBSCRIPTIONS) || /\/accounts\/[^/]+\/keys$/.test(key)) return [...reads, 'POST'];
    if (key.startsWith(`${keyOf(SUBSCRIPTIONS)}/`) || /\/accounts\/[^/]+\/keys\/[^/]+$/.test(key)) return [...reads, 'DELETE'];
    if (key.startsWith(`${keyOf(this.sessions.collection)}/`)) return [...reads, 'DELETE'];
    return reads;
  }

  #no(status: number, messageId: string, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
    return messageReply(this.vendor, status, messageId, message, headers);
  }

  #yes(status: number, messageId: string, message: string): Reply {
    return messageReply(this.vendor, status, messageId, message);
  }
}

/** Administrators change anything; the others their own password and nothing else. */
function mayChange(caller: Account, account: Account | null, body: JsonObject | null, method: string): boolean {
  if (caller.roleId === 'Administrator') return true;
  const ownPassword = body !== null && Object.keys(body).every((name) => name === 'Password');
  return method === 'PATCH' && account?.uri === caller.uri && ownPassword;
}

/** SHA-256 of a key's text as the BMC shows it, white space around it trimmed. */
export function keyDigest(text: string): Digest<'key'> {
  return digest<'key'>(createHash('sha256').update(text.trim()).digest('hex'));
}
