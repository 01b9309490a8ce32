import type { Json } from '../model/json.js';
import { plain } from '../model/text.js';
import { at, isList, textAt } from './json.js';

/** The BMC, or one of its services, cannot answer yet. */
const NOT_READY = endingIn(
  // Dell: sushy retries it (400 and 500); texts of the others in the registry of iDRAC9 6.00.
  'SYS518',
  'SWC0700',
  'RAC0508',
  // HPE iLO: the first is what sushy retries, with status 400.
  'InvalidOperationForSystemState',
  'ResourceNotReadyRetry',
  // DMTF's Base registry.
  'ServiceTemporarilyUnavailable',
);

/** No room for another session. Dell iDRAC (with 503: check_redfish#89, gofish#75); DMTF's Base registry, as HPE and OpenBMC use it. */
const SESSION_LIMIT = endingIn('RAC0218', 'SessionLimitExceeded');

/** No login for a while. HPE iLO (with 401), Dell iDRAC9: registries of the captured iLO 6 1.66 and iDRAC9 6.00. */
const LOCKED_OUT = endingIn('LoginAttemptDelayed', 'LoginAttemptDelayedSeconds', 'USR8500', 'USR0034');

/** DSP0266 13.2.6.1: until it has changed its own password, such a login is refused everything else (403). DMTF's Base registry. */
const PASSWORD_CHANGE = endingIn('PasswordChangeRequired');

/** Whether message ids say that the same request may succeed a little later. */
export function saysNotReady(ids: readonly string[]): boolean {
  return ids.some((id) => NOT_READY.test(id));
}

export function saysSessionLimit(ids: readonly string[]): boolean {
  return ids.some((id) => SESSION_LIMIT.test(id));
}

export function saysLockedOut(ids: readonly string[]): boolean {
  return ids.some((id) => LOCKED_OUT.test(id));
}

export function saysPasswordChange(ids: readonly string[]): boolean {
  return ids.some((id) => PASSWORD_CHANGE.test(id));
}

/** What the message that a password must be changed first says is to be changed: by the registry its one argument, an account. Null: it says none. */
export function accountToChange(json: Json | null): string | null {
  const infos = [at(json ?? undefined, 'error', '@Message.ExtendedInfo'), at(json ?? undefined, '@Message.ExtendedInfo')];
  const told = infos
    .flatMap((info) => (isList(info) ? info.slice(0, MAX_MESSAGES) : []))
    .find((info) => PASSWORD_CHANGE.test(textAt(info, 'MessageId') ?? ''));
  return textAt(told, 'MessageArgs', 0) ?? null;
}

/** An error in the place of a resource, whatever the HTTP status says. A success may carry messages too, but no `error` without a resource. */
export function isErrorBody(json: Json | null): boolean {
  return at(json ?? undefined, 'error') !== undefined && textAt(json ?? undefined, '@odata.id') === undefined;
}

/** Registry and version before the id differ with every firmware. */
function endingIn(...ids: readonly string[]): RegExp {
  return new RegExp(`(?:^|\\.)(?:${ids.join('|')})$`);
}

const MAX_MESSAGES = 16;
const ID_CHARACTERS = 120;

/** What an answer says in message ids: `error.code` and every `@Message.ExtendedInfo`, of errors and of successes, which may carry them too. */
export function messageIdsOf(json: Json | null): string[] {
  const body = json ?? undefined;
  const infos = [at(body, 'error', '@Message.ExtendedInfo'), at(body, '@Message.ExtendedInfo')];
  const ids = [
    textAt(body, 'error', 'code'),
    ...infos.flatMap((info) => (isList(info) ? info : [])).map((entry) => textAt(entry, 'MessageId')),
  ];
  const distinct = new Set(ids.filter((id) => id !== undefined).map((id) => plain(id, ID_CHARACTERS)));
  return [...distinct].slice(0, MAX_MESSAGES);
}
