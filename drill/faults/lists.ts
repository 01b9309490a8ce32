import { link, listAt, memberUris, type JsonObject } from '../json.js';
import type { Json } from '../../lib/model/json.js';
import { emptyReply, messageReply, type Reply } from '../reply.js';
import { VENDORS } from '../vendors.js';
import { DONE, unplanned, type Asked, type Fault } from './fault.js';
import { AT, bodyOf, edited, either, isAt, many, ok, reads, readsBelow } from './tell.js';

const accounts = reads(AT.accounts);
const below = readsBelow(AT.accounts);

/** How an owned BMC lies with collections. */
export const LISTS = {
  'million-members': {
    line: 'a collection of a million members that are one resource',
    expect: DONE,
    on: reads(AT.chassis),
    answer: (asked) => edited(asked, (body) => ({ ...body, Members: many(1_000_000, (n) => link(`/redfish#/${String(n)}`)) })),
  },
  'count-too-high': {
    line: 'the account list counts a thousand and shows a few',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => edited(asked, (body) => ({ ...body, 'Members@odata.count': 1000 })),
  },
  'count-too-low': {
    line: 'the account list counts none and shows all',
    expect: DONE,
    on: accounts,
    answer: (asked) => edited(asked, (body) => ({ ...body, 'Members@odata.count': 0 })),
  },
  'count-absurd': {
    line: 'the count of the account list is a negative fraction',
    expect: DONE,
    on: accounts,
    answer: (asked) => edited(asked, (body) => ({ ...body, 'Members@odata.count': -1e308 })),
  },
  'next-page-itself': {
    line: 'the account list names itself as its next page',
    expect: DONE,
    on: accounts,
    answer: (asked) => edited(asked, (body) => ({ ...body, 'Members@odata.nextLink': AT.accounts })),
  },
  'next-page-circle': {
    line: 'the pages of the account list form a circle',
    expect: DONE,
    on: reads(AT.accounts, `${AT.accounts}?$skip=1`, `${AT.accounts}?$skip=2`),
    answer: (asked) => paged(asked, (page) => `${AT.accounts}?$skip=${String((page % 2) + 1)}`),
  },
  'next-page-endless': {
    line: 'the account list has always one page more',
    expect: unplanned('UNREADABLE'),
    on: (request) => below({ ...request, uri: request.uri.replace(/\?.*$/, '') }) && (accounts(request) || request.uri.includes('$skip=')),
    answer: (asked) => paged(asked, (page) => (page < asked.volume ? `${AT.accounts}?$skip=${String(page + 1)}` : null)),
  },
  'next-page-elsewhere': {
    line: 'the next page of the account list lies on another host',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) =>
      edited(asked, (body) => ({ ...body, 'Members@odata.nextLink': `https://collector.example.net${AT.accounts}?$skip=2` })),
  },
  'accounts-by-thousands': {
    line: 'five thousand accounts',
    expect: unplanned('UNREADABLE'),
    on: below,
    answer: (asked) => crowded(asked, AT.accounts, 5_000, (n) => ({ UserName: `user${String(n)}`, RoleId: 'ReadOnly', Enabled: false })),
  },
  'sessions-by-thousands': {
    line: 'sessions by the thousand',
    expect: unplanned('UNREADABLE'),
    on: readsBelow(AT.sessions),
    answer: (asked) =>
      crowded(asked, AT.sessions, Math.min(10_000, asked.volume), (n) => ({
        UserName: 'metrics',
        ClientOriginIPAddress: `10.9.${String(n >> 8)}.1`,
      })),
  },
  'member-missing': {
    line: 'the account list names an account that answers 404',
    expect: DONE,
    on: accounts,
    answer: (asked) => edited(asked, (body) => withMore(body, [link(`${AT.accounts}/99`)])),
  },
  'member-broken': {
    line: 'the account list names an account that answers 500',
    expect: unplanned('UNREADABLE'),
    on: either(accounts, reads(`${AT.accounts}/99`)),
    answer: (asked) =>
      isAt(asked, AT.accounts)
        ? edited(asked, (body) => withMore(body, [link(`${AT.accounts}/99`)]))
        : messageReply(VENDORS.generic, 500, 'InternalError', 'The resource is not available.'),
  },
  'member-itself': {
    line: 'the account list is a member of itself',
    expect: DONE,
    on: accounts,
    answer: (asked) => edited(asked, (body) => withMore(body, [link(AT.accounts)])),
  },
  'member-twice': {
    line: 'the account list names and counts every account three times',
    expect: unplanned('UNREADABLE'),
    on: accounts,
    answer: (asked) => edited(asked, (body) => withMore(body, [...listAt(body, 'Members'), ...listAt(body, 'Members')])),
  },
  'session-that-is-an-account': {
    line: 'the session list names an account, to have it deleted with the foreign sessions',
    expect: unplanned('UNREADABLE'),
    on: reads(AT.sessions),
    answer: (asked) => edited(asked, (body) => withMore(body, [link(`${AT.accounts}/4`)])),
  },
  'session-gone-when-asked': {
    line: 'the session list names sessions that are gone when they are read',
    expect: DONE,
    on: reads(AT.sessions),
    answer: (asked) =>
      edited(asked, (body) =>
        withMore(
          body,
          many(5, (n) => link(`${AT.sessions}/gone${String(n)}`)),
        ),
      ),
  },
  'list-that-changes': {
    line: 'the role list is another one at each read',
    // A freeze and a rotation read no roles.
    expect: { ...unplanned('UNREADABLE'), freeze: 'done', rotate: 'done' },
    on: reads(AT.roles),
    answer: (asked) =>
      edited(asked, (body) => ({ ...body, Members: listAt(body, 'Members').filter((_, place) => (place + asked.nth) % 2 === 0) })),
  },
  'members-inline': {
    line: 'the accounts come whole in the list, which some vendors do for logs',
    expect: DONE,
    on: accounts,
    answer: (asked) =>
      edited(asked, (body) => ({
        ...body,
        Members: memberUris(body).map((uri) => ({ ...link(uri), UserName: 'nobody', Enabled: false })),
      })),
  },
  'no-content-account': {
    line: 'an account is answered with 204',
    expect: unplanned('UNREADABLE'),
    on: reads(`${AT.accounts}/4`, `${AT.accounts}/metrics`),
    answer: () => emptyReply(204),
  },
  'no-account-service': {
    line: 'the service root no longer leads to accounts',
    expect: unplanned('UNSUPPORTED'),
    on: reads(AT.root),
    answer: (asked) => edited(asked, ({ AccountService: _gone, ...body }) => body),
  },
} as const satisfies Record<string, Fault>;

function withMore(body: JsonObject, members: readonly Json[]): JsonObject {
  const all = [...listAt(body, 'Members'), ...members];
  return { ...body, Members: all, 'Members@odata.count': all.length };
}

/** One member on each page. */
function paged(asked: Asked, nextOf: (page: number) => string | null): Reply {
  const page = Number(/\$skip=(\d+)/.exec(asked.request.uri)?.[1] ?? 0);
  const next = nextOf(page);
  const body = page === 0 ? bodyOf(asked) : { '@odata.id': asked.request.uri, Members: [] };
  return ok({ ...body, ...(next === null ? {} : { 'Members@odata.nextLink': next }) });
}

/** The collection with `count` members more, each of which answers. */
function crowded(asked: Asked, collection: string, count: number, fields: (n: number) => JsonObject): Reply {
  if (isAt(asked, collection))
    return edited(asked, (body) =>
      withMore(
        body,
        many(count, (n) => link(`${collection}/x${String(n)}`)),
      ),
    );
  const n = /\/x(\d+)\/?$/.exec(asked.request.uri)?.[1];
  if (n === undefined) return asked.reply;
  return ok({ '@odata.id': asked.request.uri, Id: `x${n}`, Name: 'Crowd', ...fields(Number(n)) });
}
