import { expect, test } from 'vitest';
import type { Json } from '../../../lib/model/json.js';
import { pageAfter, skippedPageOf } from '../../../lib/redfish/pages.js';

const LOG = '/redfish/v1/Log';
const members = (first: number, count: number): Json[] => Array.from({ length: count }, (_, n) => ({ '@odata.id': `${LOG}/${first + n}` }));
const page = (uri: string, first: number, shown: number, count: Json, more: Record<string, Json> = {}) => ({
  uri,
  json: { Members: members(first, shown), 'Members@odata.count': count, ...more },
});

test.each<[string, Parameters<typeof skippedPageOf>[0], string | null]>([
  ['counts as many as it shows', page(LOG, 0, 3, 3), null],
  ['counts more', page(LOG, 0, 3, 7), `${LOG}?$skip=3`],
  ['counts more from a later page on', page(`${LOG}?$skip=3`, 3, 3, 7), `${LOG}?$skip=6`],
  ['is the last page', page(`${LOG}?$skip=6`, 6, 1, 7), null],
  ['has a next link', page(LOG, 0, 3, 7, { 'Members@odata.nextLink': `${LOG}?page=2` }), null],
  ['shows nothing and counts a million', page(LOG, 0, 0, 1_000_000), null],
  ['was asked for with another query', page(`${LOG}?$filter=a`, 0, 3, 7), null],
  ['has a count that is no number', page(LOG, 0, 3, '7'), null],
  ['has no members', { uri: LOG, json: { 'Members@odata.count': 7 } }, null],
  ['is no object', { uri: LOG, json: null }, null],
])('a collection that %s goes on with `$skip` only where members are missing', (_, answer, next) => {
  expect(skippedPageOf(answer)).toBe(next);
});

test('pages end when one brings nothing new: the service ignores `$skip`', () => {
  const first = page(LOG, 0, 3, 7);
  expect(pageAfter([first])).toBe(`${LOG}?$skip=3`);
  expect(pageAfter([first, page(`${LOG}?$skip=3`, 3, 3, 7)])).toBe(`${LOG}?$skip=6`);
  expect(pageAfter([first, page(`${LOG}?$skip=3`, 0, 3, 7)])).toBeNull();
  expect(pageAfter([])).toBeNull();
});
