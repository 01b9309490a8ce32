import { keyOf } from './content.js';
import type { Log } from './log.js';
import { messageReply, type Reply } from './reply.js';
import type { Caller, Request } from './service.js';
import type { State } from './state.js';

/** Whether a URI is one of the actions that change what the BMC remembers. */
export function isAction(state: State, uri: string): boolean {
  return logOf(state, uri) !== null || isReset(uri);
}

/** Clears a log, or resets the BMC; an administrator's alone. */
export function runAction(state: State, request: Request, caller: Caller): Reply {
  const { vendor } = state;
  if (caller.account.roleId !== 'Administrator')
    return messageReply(
      vendor,
      403,
      'InsufficientPrivilege',
      'There are insufficient privileges for the account to perform the operation.',
    );
  const log = logOf(state, request.uri);
  if (log === null) state.reset();
  else log.clear(caller.account.userName);
  return messageReply(vendor, 200, 'Success', 'The request completed successfully.');
}

function isReset(uri: string): boolean {
  return /^\/redfish\/v1\/managers\/[^/]+\/actions\/manager\.reset$/.test(keyOf(uri));
}

/** A lifecycle log of Dell offers no such action. */
function logOf(state: State, uri: string): Log | null {
  return (
    state.logs.find((log) => !log.service.endsWith('/Lclog') && keyOf(uri) === keyOf(`${log.service}/Actions/LogService.ClearLog`)) ?? null
  );
}
