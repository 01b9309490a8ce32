import type { Account } from './accounts.js';
import { keyOf } from './content.js';
import type { FaultName } from './faults/faults.js';
import { at, parseObject, textAt } from './json.js';
import type { Kept } from './lockout.js';
import { read } from './read.js';
import { jsonReply, messageReply, type Reply } from './reply.js';
import type { Resources } from './resources.js';
import type { Session } from './sessions.js';
import type { State } from './state.js';
import { write } from './write.js';

export interface Request {
  /** OData-Version, as the client sent it. */
  readonly odataVersion: string | null;
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
export interface Caller {
  readonly account: Account;
  readonly session: Session | null;
}

/** What the BMC came to, and whose request it was. */
export interface Handled {
  readonly reply: Reply;
  readonly userName: string | null;
}

/** What anyone may read without a login. */
const OPEN = ['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'];

/** One BMC without its sockets: every request is answered in one synchronous step, so no two of them interleave. */
export function handle(state: State, asked: Request, fault: FaultName | null): Handled {
  // DSP0266 7.9: a POST to a collection's Members is one to the collection.
  const request = asked.method === 'POST' ? { ...asked, uri: asked.uri.replace(/\/Members\/?$/, '') } : asked;
  const { odataVersion } = request;
  if (odataVersion !== null && odataVersion !== '4.0')
    return { reply: messageReply(state.vendor, 412, 'HeaderInvalid', 'OData-Version is not supported.'), userName: null };
  state.lockout.expire();
  if (state.starting())
    return { reply: messageReply(state.vendor, 503, 'ServiceInUnknownState', 'The service is starting.'), userName: null };
  if (isLogin(state, request)) return { reply: logIn(state, request, fault), userName: null };
  const caller = callerOf(state, request, fault);
  if (caller !== null && 'status' in caller) return { reply: caller, userName: null };
  if (caller !== null && state.accounts.mustChange(caller.account) && !changesOwn(request, caller) && !isOpenRead(request))
    return { reply: mustChangeFirst(state, caller.account), userName: caller.account.userName };
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads && (caller !== null || isOpenRead(request))) {
    return { reply: read(state, request, caller), userName: caller?.account.userName ?? null };
  }
  if (caller !== null) return { reply: write(state, request, caller, fault), userName: caller.account.userName };
  const reply = messageReply(state.vendor, 401, 'NoValidSession', 'There is no valid session established with the implementation.', {
    'WWW-Authenticate': 'Basic realm="Redfish"',
  });
  return { reply, userName: null };
}

function isOpenRead({ method, uri }: Request): boolean {
  return (method === 'GET' || method === 'HEAD') && OPEN.includes(keyOf(uri));
}

/** DSP0266 13.2.6.1: its own account and its own session are all that such a login reaches. */
function changesOwn({ method, uri, body }: Request, { account, session }: Caller): boolean {
  if (method === 'DELETE') return session !== null && keyOf(session.uri) === keyOf(uri);
  if (keyOf(account.uri) !== keyOf(uri)) return false;
  return method !== 'PATCH' || Object.keys(parseObject(body) ?? {}).every((name) => name === 'Password');
}

const MUST_CHANGE = 'The password provided for this account must be changed before access is granted.';

function mustChangeFirst({ vendor }: State, { uri }: Account): Reply {
  return messageReply(vendor, 403, 'PasswordChangeRequired', MUST_CHANGE, {}, [uri]);
}

/** True for a request that opens or ends the caller's own session: faults that meddle with changes let it pass. */
export function isOwnSession(state: State, request: Request): boolean {
  if (isLogin(state, request)) return true;
  const session = request.token === null ? null : state.sessions.byToken(request.token);
  return session !== null && request.method === 'DELETE' && keyOf(session.uri) === keyOf(request.uri);
}

function isLogin(state: State, request: Request): boolean {
  return request.method === 'POST' && keyOf(request.uri) === keyOf(state.sessions.collection);
}

function logIn(state: State, request: Request, fault: FaultName | null): Reply {
  const { vendor } = state;
  const body = parseObject(request.body) ?? undefined;
  const userName = textAt(body, 'UserName');
  const account = authenticate(state, request, { userName, password: textAt(body, 'Password') }, fault);
  if (typeof account === 'string') {
    state.record({ what: 'login-failed', userName, address: request.address });
    return refusedLogin(state, account);
  }
  const session = fault === 'out-of-sessions' ? 'full' : state.sessions.login(userName, request.address);
  if (session === 'full')
    return messageReply(vendor, vendor.sessionLimitError.status, vendor.sessionLimitError.messageId, vendor.sessionLimitError.message);
  state.record({ what: 'login', userName, address: request.address });
  const hint = {
    MessageId: `${vendor.messages.registry}.PasswordChangeRequired`,
    MessageArgs: [account.uri],
    ...(vendor.name === 'hpe' ? {} : { Message: MUST_CHANGE }),
  };
  const must = state.accounts.mustChange(account) ? { '@Message.ExtendedInfo': [hint] } : {};
  const told = { ...state.resources.json(session.uri), ...must };
  return jsonReply(201, told, { Location: session.uri, 'X-Auth-Token': session.token ?? '' });
}

/** Whom the access list keeps out is refused before anything is counted. */
function authenticate(
  state: State,
  { address }: Request,
  { userName, password }: NonNullable<Request['basic']>,
  fault: FaultName | null,
): Account | Kept | 'wrong' {
  if (fault === 'unauthorized' || !state.accessList.takesLogin(address, fault)) return 'wrong';
  return state.accounts.authenticate(userName, password, address);
}

/** A locked account is refused like a wrong password: nobody who guesses is told more. */
function refusedLogin({ vendor, resources }: State, why: Kept | 'wrong'): Reply {
  if (why === 'delayed') return messageReply(vendor, 401, 'iLO.2.23.LoginAttemptDelayedSeconds', '', {}, [delayOf(resources)]);
  if (why === 'blocked') return messageReply(vendor, 401, 'IDRAC.2.7.USR0034', 'Login attempt alert: the address is blocked.');
  return messageReply(vendor, 401, vendor.loginRefused, 'The login was refused.');
}

function delayOf(resources: Resources): string {
  const seconds = at(resources.json('/redfish/v1/AccountService') ?? undefined, 'Oem', 'Hpe', 'AuthFailureDelayTimeSeconds');
  return typeof seconds === 'number' ? String(seconds) : '';
}

/** A session that ended, whose token is taken all the same. */
function survivor({ sessions }: State, token: string, fault: FaultName | null): Session | null {
  const ended = sessions.endedByToken(token);
  if (ended === null || (fault !== 'session-survives' && fault !== 'session-survives-password')) return null;
  return fault === 'session-survives' || sessions.isOutdated(ended) ? ended : null;
}

function callerOf(state: State, request: Request, fault: FaultName | null): Caller | Reply | null {
  if (request.token !== null) {
    const open = state.sessions.byToken(request.token);
    const session = open ?? survivor(state, request.token, fault);
    const account = session === null ? null : state.accounts.byName(session.userName);
    return account === null ? null : { account, session };
  }
  if (request.basic === null) return null;
  const { userName, password } = request.basic;
  const account = authenticate(state, request, { userName, password }, fault);
  const failed = typeof account === 'string';
  // Each request under Basic is a login in the log of a real BMC.
  state.record({ what: failed ? 'login-failed' : 'login', userName, address: request.address });
  if (!failed) return { account, session: null };
  return account === 'wrong' || account === 'locked' ? null : refusedLogin(state, account);
}
