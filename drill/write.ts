import type { Account, Refused } from './accounts.js';
import { keyOf } from './content.js';
import { FAULTS, type FaultName } from './faults/faults.js';
import { parseObject, textAt, type JsonObject } from './json.js';
import { isAction, runAction } from './actions.js';
import { policyRefusal } from './password-rules.js';
import type { Taking } from './passwords.js';
import { emptyReply, jsonReply, messageReply, type Reply } from './reply.js';
import type { Caller, Request } from './service.js';
import type { Session } from './sessions.js';
import type { State } from './state.js';

/** Answers POST, PATCH and DELETE of someone who is logged in. */
export function write(state: State, request: Request, caller: Caller, fault: FaultName | null): Reply {
  const { vendor } = state;
  const session = state.sessions.byUri(request.uri);
  if (request.method === 'DELETE' && session !== null) return endSession(state, request, caller, session);
  const dump =
    request.method === 'POST' && caller.account.roleId === 'Administrator' ? state.dumps.start(request.uri, request.body, fault) : null;
  if (dump !== null) return dump;
  const locked = state.settings.refusal(request.method, request.uri, request.body);
  if (locked !== null) return refuse(state, locked);
  const job = request.method === 'POST' ? state.settings.jobOf(request.uri, request.body) : null;
  if (job !== null) return cancelJob(state, request, caller, job);
  const certified = request.method === 'POST' && caller.account.roleId === 'Administrator' ? installs(state, request, caller) : null;
  if (certified !== null) return certified;
  if (isAction(state, request.uri) && request.method === 'POST') return runAction(state, request, caller);
  if (!exists(state, request.uri)) return messageReply(vendor, 404, vendor.notFound, 'The resource was not found.');
  const methods = allowed(state, request.uri);
  if (!methods.includes(request.method)) {
    return messageReply(vendor, 405, 'OperationNotAllowed', 'The HTTP method is not allowed on this resource.', {
      Allow: methods.join(', '),
    });
  }
  const account = state.accounts.byUri(request.uri);
  const body = parseObject(request.body);
  if (!mayChange(caller.account, account, body, request.method)) return lacksPrivilege(state);
  if (request.method !== 'DELETE' && body === null)
    return messageReply(vendor, 400, 'MalformedJSON', 'The request body is not a JSON object.');
  if (account !== null)
    return request.method === 'PATCH'
      ? patchAccount(state, request, caller, account, fault)
      : deleteAccount(state, request, caller, account);
  if (state.settings.isPatchable(request.uri)) return patchSetting(state, request, caller, fault);
  if (state.settings.isDeletable(request.uri)) return cancelJob(state, request, caller, request.uri);
  if (state.accessList.isRule(request.uri)) return removeRule(state, request, caller);
  if (request.method === 'DELETE') return deleteExtra(state, request, caller);
  if (state.accessList.isList(request.uri)) return addRule(state, request, caller);
  return keyOf(request.uri) === keyOf(state.accounts.collection)
    ? createAccount(state, request, caller)
    : createExtra(state, request, caller);
}

function installs(state: State, request: Request, caller: Caller): Reply | null {
  const reply = state.identity.act(request.uri, request.body, () => state.reset());
  if (reply === null || reply.status >= 400) return reply;
  note(state, request, caller, 'configuration-changed', request.uri);
  const late = Date.now() + state.pace.lateMs;
  const byTask = state.identity.tellsByTask && /\.GenerateCSR\/?$/i.test(request.uri);
  return byTask ? state.dumps.follow(request.uri, () => Date.now() >= late, reply) : reply;
}

/** Methods a URI takes, as the Allow header lists them. */
export function allowed(state: State, uri: string): string[] {
  const reads = ['GET', 'HEAD'];
  const deletes = state.vendor.accounts === 'create-delete';
  const key = keyOf(uri);
  if (key === keyOf(state.sessions.collection)) return [...reads, 'POST'];
  if (key.startsWith(`${keyOf(state.sessions.collection)}/`)) return [...reads, 'DELETE'];
  if (key === keyOf(state.accounts.collection)) return deletes ? [...reads, 'POST'] : reads;
  if (state.accounts.byUri(uri) !== null) return [...reads, 'PATCH', ...(deletes ? ['DELETE'] : [])];
  if (state.settings.isPatchable(uri)) return [...reads, 'PATCH'];
  if (state.settings.isDeletable(uri)) return [...reads, 'DELETE'];
  if (state.accessList.isList(uri)) return [...reads, 'POST'];
  if (state.accessList.isRule(uri)) return [...reads, 'DELETE'];
  const extra = state.extras.kindOf(uri);
  if (extra === null) return reads;
  return [...reads, extra.member ? 'DELETE' : 'POST'];
}

function exists(state: State, uri: string): boolean {
  return state.resources.read(uri) !== null || state.logs.some((log) => log.read(uri) !== null);
}

/** Administrators change anything; the others their own password and nothing else. */
function mayChange(caller: Account, account: Account | null, body: JsonObject | null, method: string): boolean {
  if (caller.roleId === 'Administrator') return true;
  const passwordOnly = body !== null && Object.keys(body).every((name) => name === 'Password');
  return method === 'PATCH' && account?.uri === caller.uri && passwordOnly;
}

function endSession(state: State, request: Request, caller: Caller, session: Session): Reply {
  const own = session.userName === caller.account.userName;
  if (!own && caller.account.roleId !== 'Administrator') return lacksPrivilege(state);
  state.sessions.end(session);
  note(state, request, caller, session === caller.session ? 'logout' : 'session-ended', session.id);
  return state.vendor.name === 'generic' ? emptyReply(204) : success(state);
}

function patchAccount(state: State, request: Request, caller: Caller, account: Account, fault: FaultName | null): Reply {
  const stale = precondition(state, account.uri, request.ifMatch);
  if (stale !== null) return stale;
  const change = parseObject(request.body) ?? {};
  const odd = fault !== null && 'Password' in change ? FAULTS[fault].password : undefined;
  const apply = fault !== 'ignores-patch';
  const refused = typeof change['Password'] === 'string' && odd?.refuses?.(change['Password']) === true;
  const taking = takingOf(state, odd?.takes ?? 'new');
  const problem = refused ? policyRefusal(state.resources) : state.accounts.patch(account, change, apply, taking);
  if (problem !== null) return refuse(state, problem);
  if (apply && taking !== 'old') {
    endSessionsAfter(state, account, change, caller);
    note(state, request, caller, 'account-changed', account.userName);
  }
  if (odd?.then === 'starts-again') state.reset();
  if (odd?.then === 'demands-another') state.accounts.demandChange(account);
  const late = Date.now() + state.pace.lateMs;
  if (odd?.then === 'tells-a-task') return state.dumps.follow(request.uri, () => Date.now() >= late);
  return state.vendor.accountPatchStatus === 204 ? emptyReply(204) : success(state, 'AccountModified');
}

function takingOf({ pace }: State, takes: Taking | 'late'): Taking {
  return takes === 'late' ? { afterMs: pace.lateMs } : takes;
}

/** A disabled or renamed account has no sessions; what a new password ends differs from maker to maker. */
function endSessionsAfter(state: State, account: Account, change: JsonObject, caller: Caller): void {
  const renamed = 'UserName' in change && change['UserName'] !== account.userName;
  if (change['Enabled'] === false || renamed) state.sessions.endOf(account.userName, null);
  const { ends } = state.vendor.passwords;
  if ('Password' in change) state.sessions.outdate(account.userName);
  if ('Password' in change && ends !== 'none') state.sessions.endOf(account.userName, ends === 'all' ? null : caller.session);
}

function precondition(state: State, uri: string, ifMatch: string | null): Reply | null {
  const { vendor, resources } = state;
  if (vendor.ifMatch === 'ignored') return null;
  if (ifMatch === null) {
    return vendor.ifMatch === 'required'
      ? messageReply(vendor, 428, 'PreconditionRequired', 'The request needs an If-Match header.')
      : null;
  }
  const stored = resources.read(uri);
  const etag = stored === null ? null : resources.etagOf(stored);
  const fits = ifMatch === '*' || etag === null || ifMatch === etag;
  return fits
    ? null
    : messageReply(vendor, 412, 'PreconditionFailed', 'The ETag supplied did not match the ETag required to change this resource.');
}

function createAccount(state: State, request: Request, caller: Caller): Reply {
  const body = parseObject(request.body) ?? undefined;
  const [userName, password] = [textAt(body, 'UserName'), textAt(body, 'Password')];
  if (userName === '' || password === '') return messageReply(state.vendor, 400, 'PropertyMissing', 'A required property is missing.');
  const problem = state.accounts.problemOf(userName, password);
  if (problem !== null) return refuse(state, problem);
  const created = state.accounts.create({
    userName,
    password,
    roleId: textAt(body, 'RoleId') || 'ReadOnly',
    enabled: body?.['Enabled'] !== false,
  });
  if ('status' in created) return refuse(state, created);
  note(state, request, caller, 'account-changed', created.userName);
  return jsonReply(201, state.resources.json(created.uri) ?? {}, { Location: created.uri });
}

function deleteAccount(state: State, request: Request, caller: Caller, account: Account): Reply {
  state.accounts.remove(account);
  state.sessions.endOf(account.userName, null);
  note(state, request, caller, 'account-changed', account.userName);
  return success(state, 'AccountRemoved');
}

function createExtra(state: State, request: Request, caller: Caller): Reply {
  const body = parseObject(request.body) ?? undefined;
  const subscribes = state.extras.kindOf(request.uri)?.of === 'subscriptions';
  const text = textAt(body, subscribes ? 'Destination' : 'KeyString');
  if (text === '') return messageReply(state.vendor, 400, 'PropertyMissing', 'A required property is missing.');
  const protocol = textAt(body, 'Protocol') || 'Redfish';
  if (subscribes && !PROTOCOLS.includes(protocol))
    return messageReply(state.vendor, 400, 'PropertyValueNotInList', 'Protocol is none that this BMC speaks.');
  const owner = state.extras.ownerOf(request.uri);
  const uri = owner === null ? state.extras.addSubscription(text) : state.extras.addKey(owner, text);
  note(state, request, caller, subscribes ? 'subscription-changed' : 'key-changed', subscribes ? text : (owner?.userName ?? ''));
  return jsonReply(201, state.resources.json(uri ?? '') ?? {}, { Location: uri ?? '' });
}

const PROTOCOLS = ['Redfish', 'SNMPv3', 'SyslogTLS'];

function deleteExtra(state: State, request: Request, caller: Caller): Reply {
  const kind = state.extras.kindOf(request.uri);
  state.extras.remove(request.uri);
  note(state, request, caller, kind?.of === 'keys' ? 'key-changed' : 'subscription-changed', request.uri);
  return success(state);
}

function addRule(state: State, request: Request, caller: Caller): Reply {
  const added = state.accessList.add(parseObject(request.body) ?? {});
  if (typeof added !== 'string') return refuse(state, added);
  note(state, request, caller, 'configuration-changed', added);
  return jsonReply(201, state.resources.json(added) ?? {}, { Location: added });
}

function removeRule(state: State, request: Request, caller: Caller): Reply {
  state.accessList.remove(request.uri);
  note(state, request, caller, 'configuration-changed', request.uri);
  return success(state);
}

function patchSetting(state: State, request: Request, caller: Caller, fault: FaultName | null): Reply {
  const stale = precondition(state, request.uri, request.ifMatch);
  if (stale !== null) return stale;
  const refused = state.settings.patch(request.uri, parseObject(request.body) ?? {}, fault);
  if (refused !== null) return refuse(state, refused);
  note(state, request, caller, 'configuration-changed', request.uri);
  return state.vendor.accountPatchStatus === 204 ? emptyReply(204) : success(state);
}

function cancelJob(state: State, request: Request, caller: Caller, job: string): Reply {
  if (caller.account.roleId !== 'Administrator') return lacksPrivilege(state);
  state.extras.remove(job);
  note(state, request, caller, 'configuration-changed', job);
  return success(state);
}

type Noted = 'logout' | 'session-ended' | 'account-changed' | 'subscription-changed' | 'key-changed' | 'configuration-changed';

function note(state: State, request: Request, caller: Caller, what: Noted, about: string): void {
  state.record({ what, userName: caller.account.userName, address: request.address, about });
}

function lacksPrivilege(state: State): Reply {
  return messageReply(
    state.vendor,
    403,
    'InsufficientPrivilege',
    'There are insufficient privileges for the account to perform the operation.',
  );
}

function refuse(state: State, { status, messageId, message, args }: Refused): Reply {
  return messageReply(state.vendor, status, messageId, message, {}, args);
}

/** iLO has a message of its own for some successes. */
function success(state: State, hpeId = 'Success'): Reply {
  return messageReply(state.vendor, 200, state.vendor.name === 'hpe' ? hpeId : 'Success', 'The request completed successfully.');
}
