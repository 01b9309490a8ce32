import { createHash } from 'node:crypto';
import type { CustodyLine } from '../../../../../lib/evidence/format.js';
import { digest, id } from '../../../../../lib/model/json.js';
import { canonical, sha256 } from '../../../../../lib/trust/canonical.js';
import { aDecision } from '../../../../support/a-launch.js';
import type { Event, Hooks, Story } from '../../../../support/evidence-bag.js';
import type { Mutation } from './mutation.js';
import { bagWith, inBag, keeps, launched, occurrence, WEEKLY } from './mutation.js';
import { writeTar } from '../../../../support/evidence-bag.js';

const AN_HOUR = 3_600_000;
const DECISION = canonical(aDecision(id('inc-1'), digest('a'.repeat(64))));
const OTHER = digest<'statement'>('9'.repeat(64));

/** What the line of a file that a person brought has in place of an answer's. */
const BROUGHT = { method: 'ADDED', uri: 'added:/acl.txt', answeredBy: 'added:/acl.txt', httpStatus: null, headers: {}, peer: null };

/** Here the one who signs lies, or somebody has the collector's key. */
export const CONTENT: readonly Mutation[] = [
  inBag('SEAL_FORM', 'no JSON', { sealText: () => 'sealed, honestly\n' }),
  inBag('SEAL_FORM', 'another type', { seal: (seal) => ({ ...seal, type: 'application/json' }) }),
  inBag('SEAL_FORM', 'a field more', { seal: (seal) => ({ ...seal, note: 'x' }) }),
  inBag('SEAL_FORM', 'a field less', { seal: ({ launch: _launch, ...seal }) => seal }),
  inBag('SEAL_FORM', 'a field twice', { sealText: (text) => text.replace('"final": false', '"final": true, "final": false') }),
  inBag('IDENTITY', 'another incident in SEAL.json', {
    seal: (seal) => ({ ...seal, incident: 'inc-2' }),
    notations: of('incident', 'inc-2'),
  }),
  inBag('IDENTITY', 'the name of another seal in SEAL.json', {
    seal: (seal) => ({ ...seal, name: 'inc-1-bmc-1-S00000002' }),
    notations: of('seal', 'inc-1-bmc-1-S00000002'),
  }),
  inBag('IDENTITY', 'a custody log opened for another launch', { events: (events) => withData(events, 0, { launch: 'c'.repeat(64) }) }),
  inBag('SEAL_COUNTS', 'fewer payload files sealed', { seal: (seal) => ({ ...seal, payload: { ...seal.payload, files: 2 } }) }),
  inBag('SEAL_COUNTS', 'a failed capture counted as complete', {
    seal: (seal) => ({ ...seal, captures: { complete: 4, failed: 0 } }),
  }),
  inBag('SEAL_CLASSES', 'a class that was never captured', { seal: (seal) => ({ ...seal, classes: ['sessions', 'flash'] }) }),
  inBag('SEAL_CLASSES', 'a class that nobody knows', {
    events: (events) => [...events, { type: 'class.complete', data: { class: 'everything' } }],
  }),
  inBag('SEAL_CLASSES', 'classes in another order', {
    events: (events) => [...events, { type: 'class.complete', data: { class: 'accounts' } }],
    seal: (seal) => ({ ...seal, classes: ['accounts', 'sessions'] }),
  }),
  inBag('STATEMENT_CHANGED', 'a decision under the digest of another', {
    events: (events) => [...events, { type: 'statement.stored', data: { statement: 'd'.repeat(64) } }],
    files: (files) => files.set(`statements/${'d'.repeat(64)}.json`, Buffer.from('{"verb":"approve"}')),
  }),
  inBag('STATEMENT_CHANGED', 'a signature of nothing', {
    files: (files) => files.set(`statements/${'d'.repeat(64)}.json.asc`, Buffer.from('x')),
  }),
  inBag('STATEMENT_MISSING', 'a decision that only the log has', {
    events: (events) => [...events, { type: 'statement.stored', data: { statement: 'd'.repeat(64) } }],
  }),
  inBag('STATEMENT_MISSING', 'a log line that names no decision', {
    events: (events) => [...events, { type: 'statement.stored', data: {} }],
  }),
  inBag('STATEMENT_UNSIGNED', 'a decision without a signature', keeps(DECISION, null)),
  inBag('STATEMENT_UNSIGNED', 'a decision with a text for a signature', keeps(DECISION, 'signed, honestly\n')),
  inBag('STATEMENT_FORM', 'a text that is no statement', keeps('{"verb":"approve"}')),
  inBag('STATEMENT_FORM', 'bytes that are no text', keeps(Buffer.from(DECISION.replace('test', 'te\xff'), 'latin1'))),
  inBag('STATEMENT_FORM', 'a decision in another spelling', keeps(JSON.stringify(JSON.parse(DECISION), null, 1))),
  inBag('STATEMENT_FOREIGN', 'a decision of another incident', keeps(canonical(aDecision(id('inc-2'), OTHER)))),
  inBag('STATEMENT_FOREIGN', 'a decision under another launch', keeps(canonical(aDecision(id('inc-1'), OTHER)))),
  ...['{"verb":"launch"}', 'launch inc-1, please'].map((text) =>
    inBag('STATEMENT_FORM', `as the launch of the case: ${text}`, keeps(text), { series: 'case', launch: sha256(text) }),
  ),
  inBag('LAUNCH_FOREIGN', 'another decision in the place of the launch', keeps(DECISION), { series: 'case', launch: sha256(DECISION) }),
  inBag('LAUNCH_MISSING', 'a case without its launch', {}, { series: 'case' }),
  inBag('TAG_UNKNOWN', 'a file that no version so far has', { files: (files) => files.set('redactions.jsonl', Buffer.from('{}\n')) }),
  inBag('STATEMENT_CHANGED', 'a decision that the log never saw', {
    files: (files) => files.set(`statements/${createHash('sha256').update('{}').digest('hex')}.json`, Buffer.from('{}')),
  }),
  inBag('STATEMENT_CHANGED', 'another file among the decisions', {
    files: (files) => files.set('statements/README.txt', Buffer.from('x')),
  }),
  inBag('LAUNCH_FOREIGN', 'the launch of another incident', ...launched('inc-1', 'inc-2')),
  inBag('LAUNCH_FOREIGN', 'a launch that repeats, for an incident of its own name', ...launched('keys', 'keys', WEEKLY)),
  inBag('LAUNCH_FOREIGN', 'a day between two occurrences', ...launched(occurrence(-6), 'keys', WEEKLY)),
  inBag('LAUNCH_FOREIGN', 'an occurrence that had not come when it was sealed', ...launched(occurrence(7), 'keys', WEEKLY)),
  inBag(
    'LAUNCH_FOREIGN',
    'a second launch, which is not the one that the seal names',
    ...launched('inc-1', 'inc-1', undefined, 'a'.repeat(64)),
  ),
  inBag('DRILL', 'a drill as a real incident', {}, { drill: true }),
  { ...inBag('NOT_A_DRILL', 'a real incident as a drill', {}), drill: true },

  inBag('CUSTODY_LINE', 'no JSON', { custodyLines: (lines) => [...lines, 'captured everything\n'] }),
  inBag('CUSTODY_LINE', 'white space', { custodyLines: (lines) => lines.map((line) => line.replace('"seq":1,', '"seq": 1,')) }),
  inBag('CUSTODY_LINE', 'a key twice', { custodyLines: (lines) => lines.map((line) => line.replace('"host":', '"host":"ops-2","host":')) }),
  inBag('CUSTODY_LINE', 'an unknown type', { custodyLine: (line) => ({ ...line, type: 'all.good' }) }),
  inBag('CUSTODY_LINE', 'keys in another order', { custodyLine: ({ seq, prev, ...line }) => ({ prev, seq, ...line }) }),
  inBag('CUSTODY_LINE', 'raw characters beyond ASCII', { custodyLines: (lines) => lines.map((line) => line.replace('ops-1', 'öps-1')) }),
  inBag('CUSTODY_TORN', 'no last line feed', { custodyText: (text) => text.slice(0, -1) }),
  inBag('CUSTODY_SEQ', 'a line dropped', { custodyLines: (lines) => lines.filter((_line, index) => index !== 2) }),
  inBag('CUSTODY_SEQ', 'two lines swapped', { custodyLines: ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest] }),
  inBag('CUSTODY_SEQ', 'a line twice', { custodyLines: ([a = '', ...rest]) => [a, a, ...rest] }),
  inBag('CUSTODY_PREV', 'a line rewritten', {
    custodyLines: (lines) => lines.map((line, index) => (index === 1 ? line.replace('ops-1', 'ops-2') : line)),
  }),
  inBag('CUSTODY_TIME', 'the clock an hour back', {
    events: (events) => events.map((event, index) => (index === 2 ? { ...event, time: Date.now() - AN_HOUR } : event)),
  }),
  inBag('CUSTODY_TIME', 'a seal made an hour before its last line', {
    events: (events) => events.map((event, index) => ({ ...event, time: Date.now() + (index === 4 ? AN_HOUR : 0) })),
  }),
  inBag('CUSTODY_SUMMARY', 'the last line dropped', { custodyText: (text) => text.replace(/[^\n]+\n$/, '') }),
  inBag('CUSTODY_SUMMARY', 'another head', { seal: (seal) => ({ ...seal, custody: { ...seal.custody, head: 'e'.repeat(64) } }) }),
  inBag('CUSTODY_SUMMARY', 'another number of entries', { seal: (seal) => ({ ...seal, custody: { ...seal.custody, entries: 9 } }) }),
  inBag('CUSTODY_BREAK', 'a first line of another type', { events: ([_opened, ...events]) => events }),
  inBag('CUSTODY_BREAK', 'a second line that opens the series', {
    events: ([opened, ...events]) => [opened, ...events, opened].flatMap((event) => event ?? []),
  }),
  inBag('CUSTODY_BREAK', 'a first seal that starts at line 5', {
    custodyLine: renumberFrom(5),
    seal: (seal) => ({ ...seal, custody: { ...seal.custody, firstSeq: 5 } }),
  }),

  inBag('CAPTURE_LINE', 'no JSON', { captureText: (text) => `{\n${text}` }),
  inBag('CAPTURE_LINE', 'a field more', { captures: (lines) => lines.map((line) => ({ ...line, note: 'x' })) }),
  inBag('CAPTURE_LINE', 'complete without an answer', { captures: (lines) => lines.map((line) => ({ ...line, httpStatus: null })) }),
  inBag('CAPTURE_LINE', 'an IPMI command with an HTTP status', {
    captures: (lines) => lines.map((line) => ({ ...line, method: 'IPMI' })),
  }),
  inBag('CAPTURE_LINE', 'a GET that names an IPMI command', {
    captures: (lines) => lines.map((line) => ({ ...line, uri: 'ipmi:/mc/guid' })),
  }),
  inBag('CAPTURE_LINE', 'an answer passed off as a certificate', { captures: ([a, b, c]) => [{ ...a, method: 'TLS' }, b, c] }),
  inBag('CAPTURE_LINE', 'a certificate as the answer to a request', {
    captures: ([a, b, c]) => [{ ...a, uri: 'tls:/certificate/0', answeredBy: 'tls:/certificate/0' }, b, c],
    events: (events) => withData(events, 1, { uri: 'tls:/certificate/0' }),
  }),
  inBag('CAPTURE_LINE', 'a certificate with an HTTP status', {
    captures: ([a, b, c]) => [{ ...a, method: 'TLS', uri: 'tls:/certificate/0', answeredBy: 'tls:/certificate/0', headers: {} }, b, c],
    events: (events) => withData(events, 1, { uri: 'tls:/certificate/0' }),
  }),
  inBag('CAPTURE_LINE', 'a certificate of nobody', {
    captures: ([a, b, c]) => [
      { ...a, method: 'TLS', uri: 'tls:/certificate/0', answeredBy: 'tls:/certificate/0', headers: {}, httpStatus: null, peer: null },
      b,
      c,
    ],
    events: (events) => withData(events, 1, { uri: 'tls:/certificate/0' }),
  }),
  inBag('CAPTURE_LINE', 'an answer passed off as brought by a person', { captures: ([a, b, c]) => [{ ...a, method: 'ADDED' }, b, c] }),
  inBag('CAPTURE_LINE', 'brought by a person, with an HTTP status', {
    captures: ([a, b, c]) => [{ ...a, ...BROUGHT, httpStatus: 200 }, b, c],
    events: (events) => withData(events, 1, { uri: BROUGHT.uri }),
  }),
  inBag('CAPTURE_LINE', 'brought by a person, from a BMC', {
    captures: ([a, b, c]) => [{ ...a, ...BROUGHT, peer: 'b'.repeat(64) }, b, c],
    events: (events) => withData(events, 1, { uri: BROUGHT.uri }),
  }),
  inBag('CAPTURE_LINE', 'brought under a name with two spellings', {
    captures: ([a, b, c]) => [{ ...a, ...BROUGHT, uri: 'added:/a b', answeredBy: 'added:/a b' }, b, c],
    events: (events) => withData(events, 1, { uri: 'added:/a b' }),
  }),
  inBag('CAPTURE_LINE', 'failed with bytes', {
    captures: (lines) => lines.map((line) => ({ ...line, status: 'failed', error: 'TIMEOUT' })),
  }),
  inBag('CAPTURE_LINE', 'two captures with one file', { captures: ([a, b, c]) => [a, { ...b, path: a?.path }, c] }),
  inBag('CAPTURE_LINE', 'a path outside data', { captures: ([a, b, c]) => [{ ...a, path: 'SEAL.json' }, b, c] }),
  inBag('CAPTURE_TORN', 'no last line feed', { captureText: (text) => text.slice(0, -1) }),
  inBag('CAPTURE_ORDER', 'a line dropped', { captures: ([a, , c]) => [a, c] }),
  inBag('CAPTURE_ORDER', 'two lines swapped', { captures: ([a, b, c]) => [b, a, c] }),
  inBag('CAPTURE_FILE_MISSING', 'a capture without its file', {
    payload: (files) => files.delete('data/00000003-redfish_v1_Empty.json'),
  }),
  inBag('CAPTURE_FILE_UNNAMED', 'a file without a capture', {
    payload: (files) => files.set('data/00000004-planted.json', Buffer.from('{}')),
  }),
  inBag('CAPTURE_DIFFERS', 'another hash recorded', {
    captures: ([a, b, c]) => [{ ...a, sha256: 'f'.repeat(64) }, b, c],
    events: (events) => withData(events, 1, { sha256: 'f'.repeat(64) }),
  }),
  inBag('CAPTURE_DIFFERS', 'another size recorded', {
    captures: ([a, b, c]) => [{ ...a, size: 3 }, b, c],
    events: (events) => withData(events, 1, { size: 3 }),
  }),
  inBag('CAPTURE_NOT_IN_CUSTODY', 'a capture that the log never saw', {
    events: (events) => events.filter((_event, index) => index !== 3),
  }),
  inBag('CAPTURE_NOT_IN_CUSTODY', 'brought by nobody', {
    captures: ([a, b, c]) => [{ ...a, ...BROUGHT }, b, c],
    events: (events) => withData(events, 1, { uri: BROUGHT.uri }),
  }),
  inBag('CAPTURE_NOT_IN_CUSTODY', 'brought by somebody who does not say who', {
    captures: ([a, b, c]) => [{ ...a, ...BROUGHT }, b, c],
    events: ([opened, ...events]) => {
      const sha = String(events[0]?.data['sha256']);
      const added: Event = { type: 'evidence.added', data: { sha256: sha, size: 15, name: 'acl.txt' } };
      return withData(
        [opened, ...events, added].flatMap((event) => event ?? []),
        1,
        { uri: BROUGHT.uri },
      );
    },
  }),
  inBag('CUSTODY_WITHOUT_CAPTURE', 'a capture that the log adopted twice, with other bytes', {
    events: (events) => [...events, ...withData(events.slice(1, 2), 0, { sha256: 'f'.repeat(64) })],
  }),
  inBag('CUSTODY_WITHOUT_CAPTURE', 'a capture dropped from the list and the payload', {
    captures: ([a, b]) => [a, b],
    payload: (files) => files.delete('data/00000003-redfish_v1_Empty.json'),
    seal: (seal) => ({ ...seal, captures: { complete: 2, failed: 0 } }),
  }),
  inBag('CUSTODY_CAPTURE_DIFFERS', 'bytes swapped after the log recorded them', {
    events: (events) => withData(events, 1, { sha256: 'f'.repeat(64) }),
  }),
  inBag('SERIES_PREVIOUS', 'a first seal with one before it', {
    seal: (seal) => ({ ...seal, previousSeal: { name: 'inc-1-bmc-1-S00000000', tagmanifestSha256: '1'.repeat(64) } }),
  }),
  { code: 'SERIES_PREVIOUS', title: 'another seal before it than the log says', make: otherPrevious },
  inBag('HEADS_MISMATCH', 'heads in a seal that closes nothing', { seal: (seal) => ({ ...seal, seriesHeads: [] }) }),
  inBag('HEADS_MISMATCH', 'a closing seal without heads', ...closing()),
];

/** The final seal of the case, with its launch. */
function closing(): [Hooks, Partial<Story>] {
  const [hooks, story] = launched('inc-1', 'inc-1');
  return [hooks, { ...story, series: 'case', final: true }];
}

function of(name: string, value: string): (notations: Record<string, string>) => Record<string, string> {
  return (notations) => ({ ...notations, [`${name}@cofferdam.example`]: value });
}

function withData(events: readonly Event[], index: number, data: CustodyLine['data']): Event[] {
  return events.map((event, at) => (at === index ? { ...event, data: { ...event.data, ...data } } : event));
}

function renumberFrom(seq: number): (line: CustodyLine, index: number) => CustodyLine {
  return (line, index) => ({ ...line, seq: seq + index });
}

async function otherPrevious(folder: string): Promise<string> {
  const previous = await bagWith();
  const seal = await bagWith({ events: (events) => withData(events, 0, { tagmanifestSha256: digest('2'.repeat(64)) }) }, { previous });
  return writeTar(folder, seal);
}
