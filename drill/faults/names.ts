import { link, listAt } from '../json.js';
import { anyPassword } from '../password-rules.js';
import type { State } from '../state.js';
import type { Planted } from '../truth.js';
import { DONE, unplanned, type Fault } from './fault.js';
import { AT, edited, rawHonest, reads, readsInside } from './tell.js';

/** What an owned BMC writes where people, terminals and later requests will read it. */
export const NAMES = {
  'terminal-escapes': {
    line: 'an administrator whose name moves the cursor, sets the title and clears the screen',
    expect: DONE,
    plant: (state) => rogue(state, '\u001b]0;owned\u0007\u001b[2J\u001b[1;1Hroot\u009b31m'),
  },
  'bidi-text': {
    line: 'an administrator whose name reads backwards and hides characters',
    expect: DONE,
    plant: (state) => rogue(state, '\u202etoor\u202c\u200b\u2066x\u2069\u00ad'),
  },
  'lines-in-names': {
    line: 'an administrator whose name forges further lines of output',
    expect: DONE,
    plant: (state) => rogue(state, 'x\r\nDRILL OK\u2028verdict: done\u0085'),
  },
  'look-alike': {
    line: 'an administrator whose name looks like ours, with a Cyrillic letter',
    expect: DONE,
    plant: (state) => rogue(state, 'r\u0435sponder'),
  },
  'other-case': {
    line: 'an administrator with our name in capitals',
    expect: DONE,
    plant: (state) => rogue(state, 'RESPONDER'),
  },
  'blank-name': {
    line: 'an administrator whose name is a blank',
    expect: DONE,
    plant: (state) => rogue(state, ' '),
  },
  'name-of-a-prototype': {
    line: 'administrators named __proto__ and constructor',
    expect: DONE,
    plant: (state) => [...rogue(state, '__proto__'), ...rogue(state, 'constructor')],
  },
  'name-of-a-megabyte': {
    line: 'an administrator with a name of a million characters',
    expect: DONE,
    plant: (state) => rogue(state, 'n'.repeat(1_000_000)),
  },
  'twin-of-ours': {
    line: 'a second account with our own name',
    expect: DONE,
    on: reads(AT.accounts, `${AT.accounts}/twin`),
    answer: (asked) =>
      asked.reply.status === 200
        ? edited(asked, (body) => ({ ...body, Members: [...listAt(body, 'Members'), link(`${AT.accounts}/twin`)] }))
        : { ...asked.reply, status: 200, body: Buffer.from('{"UserName":"responder","RoleId":"Administrator","Enabled":true}') },
  },
  'role-of-many-names': {
    line: 'an account that is read-only by name and administrator by link',
    expect: DONE,
    plant: (state) => twoRoles(state),
  },
  'etag-with-line-break': {
    line: 'an entity tag that would put a header of its own into our requests',
    expect: DONE,
    on: readsInside,
    answer: (asked) => edited(asked, (body) => ({ ...body, '@odata.etag': 'W/"1"\r\nX-Injected: yes' })),
  },
  'etag-with-control-characters': {
    line: 'control characters in the ETag header of every answer',
    expect: unplanned('DROPPED'),
    on: readsInside,
    answer: (asked) => rawHonest(asked, ['ETag: "\x01\x1b[31m"']),
  },
  'etag-of-a-megabyte': {
    line: 'an entity tag of 100,000 characters in every body',
    expect: DONE,
    on: readsInside,
    answer: (asked) => edited(asked, (body) => ({ ...body, '@odata.etag': `"${'e'.repeat(100_000)}"` })),
  },
  'another-serial': {
    line: 'another serial number at every read',
    expect: unplanned('WRONG_DEVICE'),
    on: (request) => /^\/redfish\/v1\/Systems\/[^/]+\/?$/.test(request.uri) && request.method === 'GET',
    answer: (asked) => edited(asked, (body) => ({ ...body, SerialNumber: `S${String(asked.nth)}` })),
  },
} as const satisfies Record<string, Fault>;

function rogue(state: State, userName: string): Planted[] {
  const created = state.accounts.create({
    userName,
    password: anyPassword(),
    roleId: 'Administrator',
    enabled: true,
  });
  return 'status' in created ? [] : [{ kind: 'rogue-administrator', uri: created.uri, finding: 'UNKNOWN_ACCOUNT', userName }];
}

function twoRoles(state: State): Planted[] {
  const account = state.accounts.byName('metrics');
  const body = account === null ? null : state.resources.json(account.uri);
  if (account === null || body === null) return [];
  state.resources.put(account.uri, { ...body, Links: { Role: link('/redfish/v1/AccountService/Roles/Administrator') } });
  return [{ kind: 'raised-role', uri: account.uri, finding: 'ROLE_RAISED', userName: 'metrics' }];
}
