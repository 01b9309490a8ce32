import { keyOf } from '../content.js';
import { link } from '../json.js';
import { bytesReply, emptyReply, messageReply } from '../reply.js';
import type { Request } from '../service.js';
import { VENDORS } from '../vendors.js';
import { DONE, never, type Fault } from './fault.js';
import { AT, edited, html, isLogin, reads, readsInside, redirect } from './tell.js';

/** What an owned BMC does with our login, our token and our changes. */
export const LOGINS = {
  'login-page-for-login': {
    line: 'the login is answered with an HTML page',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: () => html(200, 'Sign in'),
  },
  'login-without-token': {
    line: 'the login is answered 201 without a token',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: ({ reply }) => ({ ...reply, headers: { Location: reply.headers['Location'] ?? '' } }),
  },
  'login-without-session': {
    line: 'the login is answered with a token and no session',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: ({ reply }) => bytesReply(201, Buffer.from('{}'), 'application/json', { 'X-Auth-Token': reply.headers['X-Auth-Token'] ?? '' }),
  },
  'login-redirected': {
    line: 'the login is redirected to another host, which would get the password',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: () => redirect(307, 'https://collector.example.net/redfish/v1/SessionService/Sessions'),
  },
  'login-elsewhere': {
    line: 'the service root names a login page on another host',
    expect: never('LOGIN_FAILED'),
    on: reads(AT.root),
    answer: (asked) => edited(asked, (body) => ({ ...body, Links: { Sessions: link('https://collector.example.net/Sessions') } })),
  },
  'login-locked-out': {
    line: 'the login is refused because of too many failures',
    expect: never('LOCKED_OUT'),
    on: isLogin,
    answer: () => messageReply(VENDORS.hpe, 401, 'iLO.2.23.LoginAttemptDelayedSeconds'),
  },
  'login-forbidden': {
    line: 'the login is answered 403 in HTML',
    expect: never('LOGIN_REFUSED'),
    on: isLogin,
    answer: () => html(403, 'Forbidden'),
  },
  'login-broken': {
    line: 'the login is answered 500',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: () => messageReply(VENDORS.generic, 500, 'InternalError', 'The service failed.'),
  },
  'token-of-a-megabyte': {
    line: 'a token that is too long to be sent back',
    expect: never('LOGIN_FAILED'),
    on: isLogin,
    answer: ({ reply }) => ({ ...reply, headers: { ...reply.headers, 'X-Auth-Token': 't'.repeat(24_000) } }),
  },
  'session-of-somebody-else': {
    line: 'the login names the session of somebody else as ours',
    // Ours is then one of those that nobody listed, and the rule that ends them ends it.
    expect: { ...DONE, freeze: 'UNAUTHORIZED', act: 'UNAUTHORIZED', burns: true },
    // None of ours is ever ended, and how many there are is a matter of the machine's pace.
    plant: (state) => {
      state.sessions.limit = null;
      return [];
    },
    on: isLogin,
    answer: ({ reply }) => ({ ...reply, headers: { ...reply.headers, Location: `${AT.sessions}/1` } }),
  },
  'root-is-a-page': {
    line: 'the service root is an HTML page',
    expect: never('LOGIN_FAILED'),
    on: reads(AT.root),
    answer: () => html(200, 'Welcome'),
  },
  'root-is-missing': {
    line: 'the service root is not found',
    expect: never('LOGIN_FAILED'),
    on: reads(AT.root),
    answer: () => messageReply(VENDORS.generic, 404, 'ResourceMissingAtURI', 'The resource was not found.'),
  },
  'token-refused-in-the-middle': {
    line: 'the token is refused after ten reads',
    expect: never('UNAUTHORIZED'),
    on: readsInside,
    answer: (asked) => (asked.nth % 11 === 0 ? noSession() : asked.reply),
  },
  'token-refused-for-one': {
    line: 'the token is refused for one resource',
    // After a 401 a person decides whether to log in again.
    expect: { ...DONE, capture: 'UNAUTHORIZED', burns: true },
    on: reads(AT.chassis),
    answer: noSession,
  },
  'logout-refused': {
    line: 'our logout is refused',
    expect: DONE,
    on: isLogout,
    answer: () => messageReply(VENDORS.generic, 403, 'InsufficientPrivilege', 'There are insufficient privileges.'),
  },
  'session-survives': {
    line: 'a session that is ended goes from the list, and its token is taken until the BMC starts again',
    // The freeze leaves the review after it no session to end.
    expect: { ...DONE, freeze: 'TOKEN_SURVIVES', rotate: 'TOKEN_SURVIVES' },
  },
  'session-survives-password': {
    line: 'a session that was open when its account got a new password goes from the list once it ends, and its token is taken until the BMC starts again',
    expect: { ...DONE, rotate: 'TOKEN_SURVIVES' },
  },
  'changes-refused': {
    line: 'every change is refused with 403, though it was made',
    expect: DONE,
    on: isChange,
    answer: () => messageReply(VENDORS.generic, 403, 'InsufficientPrivilege', 'There are insufficient privileges.'),
  },
  'changes-redirected': {
    line: 'every change is redirected to another host after it was made',
    expect: DONE,
    on: isChange,
    answer: () => redirect(307, 'https://collector.example.net/redfish/v1/'),
  },
  'changes-accepted': {
    line: 'every change is answered 202 with a task that does not exist, after it was made',
    expect: DONE,
    on: isChange,
    answer: () => emptyReply(202, { Location: '/redfish/v1/TaskService/Tasks/0' }),
  },
} as const satisfies Record<string, Fault>;

function noSession() {
  return messageReply(VENDORS.generic, 401, 'NoValidSession', 'There is no valid session.');
}

function isChange(request: Request): boolean {
  return request.method === 'PATCH';
}

/** Ends a session, ours or another. */
function isLogout(request: Request): boolean {
  return request.method === 'DELETE' && keyOf(request.uri).startsWith(`${keyOf(AT.sessions)}/`) && request.token !== null;
}
