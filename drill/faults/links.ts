import { keyOf } from '../content.js';
import { link, type JsonObject } from '../json.js';
import type { Reply } from '../reply.js';
import { DONE, type Asked, type Fault } from './fault.js';
import { AT, edited, either, isAt, many, ok, raw, reads, readsBelow, redirect, says } from './tell.js';

const spot = reads(AT.chassis);
const TRAP = '/redfish/v1/Trap';
const trap = either(spot, readsBelow(TRAP));

/** Where an owned BMC leads a crawler. */
export const LINKS = {
  'link-cycle': {
    line: 'resources that link to each other in a circle, with and without slashes and fragments',
    expect: DONE,
    on: trap,
    answer: (asked) => trapped(asked, ['/a'], (uri) => circle(uri)),
  },
  'links-elsewhere': {
    line: 'links to other hosts, over every scheme',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, More: ELSEWHERE.map(link), Location: ELSEWHERE.map((Uri) => ({ Uri })) })),
  },
  'links-encoded': {
    line: 'percent-encoding tricks that lead out of /redfish',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, More: ENCODED.map(link) })),
  },
  'links-too-long': {
    line: 'links of 100,000 characters',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, More: many(20, (n) => link(`${TRAP}/${'x'.repeat(100_000)}${String(n)}`)) })),
  },
  'links-of-wrong-type': {
    line: 'numbers, lists and objects where links are due',
    expect: DONE,
    on: spot,
    answer: (asked) =>
      edited(asked, (body) => ({
        ...body,
        Members: [{ '@odata.id': 7 }, { '@odata.id': [TRAP] }, null, 3, { '@odata.id': { uri: TRAP } }],
      })),
  },
  'link-to-action': {
    line: 'the targets of actions and a log out page dressed up as links',
    expect: DONE,
    on: spot,
    answer: (asked) =>
      edited(asked, (body) => ({
        ...body,
        Actions: { '#Manager.Reset': { target: '/redfish/v1/Managers/1/Actions/Manager.Reset' } },
        More: [link('/logout'), link('/cgi/reset.cgi')],
      })),
  },
  maze: {
    line: 'resources that each link to two more, for ever',
    expect: DONE,
    on: trap,
    answer: (asked) => trapped(asked, ['/0'], (uri) => maze(uri, asked.volume)),
  },
  'link-flood': {
    line: 'distinct links by the thousand in one resource, each answered 404',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, More: many(asked.volume, (n) => link(`${TRAP}/${String(n)}`)) })),
  },
  'bottomless-path': {
    line: 'resources that go ever deeper',
    expect: DONE,
    on: trap,
    answer: (asked) => trapped(asked, ['/d'], (uri) => [`${uri}/d`]),
  },
  'redirect-loop': {
    line: 'a resource that redirects to itself in a circle',
    expect: DONE,
    on: trap,
    answer: (asked) => redirect(307, isAt(asked, AT.chassis) ? `${TRAP}/loop` : AT.chassis),
  },
  'redirect-off-origin': {
    line: 'a redirect to another host, which would get our token',
    expect: DONE,
    on: spot,
    answer: () => redirect(302, 'https://collector.example.net/redfish/v1/Chassis'),
  },
  'redirect-in-clear': {
    line: 'a redirect to the same host over plain HTTP',
    expect: DONE,
    on: spot,
    answer: () => redirect(301, 'http://127.0.0.1/redfish/v1/Chassis'),
  },
  'redirect-to-host-by-slashes': {
    line: 'a redirect to //host',
    expect: DONE,
    on: spot,
    answer: () => redirect(308, '//collector.example.net/redfish/v1/Chassis'),
  },
  'redirect-out-of-redfish': {
    line: 'a redirect to a page of the web interface',
    expect: DONE,
    on: spot,
    answer: () => redirect(302, '/login.html'),
  },
  'location-twice': {
    line: 'a redirect with two Location headers',
    expect: DONE,
    on: spot,
    answer: () => raw(['HTTP/1.1 302 Found', 'Location: /redfish/v1/Chassis/1', 'Location: https://evil.example/', 'Content-Length: 0']),
  },
  'location-of-a-megabyte': {
    line: 'a redirect to a URI of 20,000 characters',
    expect: DONE,
    on: spot,
    answer: () => redirect(302, `/redfish/v1/${'y'.repeat(20_000)}`),
  },
  'token-in-link': {
    line: 'our token in a link and in the body, to have it written down',
    expect: DONE,
    on: spot,
    answer: (asked) =>
      edited(asked, (body) => ({
        ...body,
        Name: `token ${asked.request.token ?? ''}`,
        More: [link(`${TRAP}?token=${asked.request.token ?? ''}`)],
      })),
  },
  'another-resource': {
    line: 'one resource is answered with the body of another',
    expect: DONE,
    on: spot,
    answer: (asked) => says(asked, '{"@odata.id":"/redfish/v1/AccountService/Accounts","Members":[],"Members@odata.count":0}'),
  },
  'spelling-flood': {
    line: 'one resource under a hundred spellings',
    expect: DONE,
    on: spot,
    answer: (asked) => edited(asked, (body) => ({ ...body, More: many(100, (n) => link(spelled(AT.roles, n))) })),
  },
} as const satisfies Record<string, Fault>;

const ELSEWHERE = [
  'https://collector.example.net/redfish/v1/x',
  'http://169.254.169.254/latest/meta-data',
  '//collector.example.net/redfish/v1/x',
  '\\\\collector.example.net\\redfish\\v1',
  '/\\collector.example.net/redfish/v1',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:application/json,{}',
  'gopher://127.0.0.1:25/redfish/v1',
  'https://user:pass@127.0.0.1/redfish/v1/x',
];

const ENCODED = [
  '/redfish/v1/../../etc/passwd',
  '/redfish/v1/%2e%2e/%2e%2e/etc/passwd',
  '/redfish/v1/%252e%252e/%252e%252e/etc/passwd',
  '/redfish/v1/Chassis%2f1',
  '/redfish/v1/Chassis%00.json',
  '/redfish/v1/Chassis%0d%0aX-Evil:%201',
  '/redfish/v1/Chassis%zz',
  '/redfish/v1/%C0%AE%C0%AE/x',
  '/redfish/v1/Chassis;jsessionid=1',
  '/REDFISH/v1/Chassis',
  '/redfish/v1/Chassis 1',
  '/redfish/v1/Chassis\u202e1',
];

/** The chassis collection with these links more, and below the trap whatever `next` leads to. */
function trapped(asked: Asked, first: readonly string[], next: (uri: string) => readonly string[]): Reply {
  if (isAt(asked, AT.chassis)) return edited(asked, (body) => ({ ...body, More: first.map((path) => link(TRAP + path)) }));
  const uri = asked.request.uri.replace(/\/$/, '');
  return ok({ '@odata.id': uri, Next: next(uri).map(link) } satisfies JsonObject);
}

function circle(uri: string): string[] {
  const other = keyOf(uri) === keyOf(`${TRAP}/a`) ? 'b' : 'a';
  return [`${TRAP}/${other}`, `${TRAP}/${other}/`, `${TRAP}/${other}#x`, `${TRAP}/./${other}`, AT.chassis, `${TRAP}/%61`];
}

function maze(uri: string, volume: number): string[] {
  const here = Number(uri.split('/').at(-1)) || 0;
  return [2 * here + 1, 2 * here + 2].filter((n) => n < volume).map((n) => `${TRAP}/${String(n)}`);
}

/** Encoding of letters that need none, by the bits of `n`. */
function spelled(uri: string, n: number): string {
  return uri.replace(/[A-Za-z]/g, (letter, place: number) =>
    place > 12 && ((n >> ((place - 12) % 7)) & 1) === 1 ? `%${letter.charCodeAt(0).toString(16)}` : letter,
  );
}
