import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RefusalCode } from '../../../../../lib/evidence/verify/codes.js';
import type { Bag, Story } from '../../../../support/evidence-bag.js';
import { tarOf, writeTar } from '../../../../support/evidence-bag.js';
import type { Mutation } from './mutation.js';
import { bagWith, launched } from './mutation.js';

const AN_HOUR = 3_600_000;

/** Each seal is good by itself; together they are not one case. */
export const SERIES: readonly Mutation[] = [
  inCase('SERIES_GAP', 'the first seal dropped', async () => (await threeSeals()).slice(1)),
  inCase('SERIES_GAP', 'a seal dropped from the middle', async () => (await threeSeals()).filter((_bag, index) => index !== 1)),
  inCase('SERIES_PREVIOUS', 'the first seal replaced by another one', async () => {
    const [, ...rest] = await threeSeals();
    return [await bagWith({}, { captures: { '/redfish/v1': '{"Name":"nothing to see"}' } }), ...rest];
  }),
  inCase('SERIES_AFTER_FINAL', 'a seal after the final one', async () => {
    const last = await bagWith({}, { final: true });
    return [last, await bagWith({}, { previous: last })];
  }),
  inCase('SERIES_MIXED', 'a series of another incident', async () => [
    await bagWith({}, { final: true }),
    await bagWith({}, { incident: 'inc-2', series: 'bmc-2', final: true }),
  ]),
  inCase('SERIES_MIXED', 'a series of another launch', async () => [
    await bagWith({}, { final: true }),
    await bagWith({}, { series: 'bmc-2', launch: '9'.repeat(64), final: true }),
  ]),
  inCase('CUSTODY_BREAK', 'a seal that drops the tail of the log before it', async () => {
    const first = await bagWith({}, {});
    return [first, await bagWith({}, { previous: { ...first, nextSeq: first.nextSeq - 1 } })];
  }),
  inCase('CAPTURE_ORDER', 'a seal that leaves out captures of the series', async () => {
    const first = await bagWith({}, {});
    return [first, await bagWith({}, { previous: { ...first, nextCapture: 7 } })];
  }),
  inCase('HEADS_MISMATCH', 'the last seal of a series dropped', async () =>
    (await wholeCase()).filter(({ name }) => !name.endsWith('bmc-1-S00000002')),
  ),
  inCase('HEADS_MISMATCH', 'a whole series dropped', async () => (await wholeCase()).filter(({ series }) => series !== 'bmc-1')),
  inCase('HEADS_MISMATCH', 'a series that the closing seal does not name', async () => {
    const [, { launch = '' }] = launched('inc-1', 'inc-1');
    return [...(await wholeCase()), await bagWith({}, { series: 'bmc-9', launch })];
  }),
  inCase('HEADS_MISMATCH', 'a series that the closing seal names twice', () => wholeCase((last) => [last])),
  inCase('CUSTODY_TIME', 'a seal an hour before the one that it continues', async () => {
    const first = await bagWith();
    return [first, await bagWith({}, { previous: first, at: Date.now() - AN_HOUR })];
  }),
  { code: 'SERIES_FORK', title: 'two seals with one number', make: forked },
];

/** `also`: heads that the closing seal names besides, of the last seal of bmc-1. */
export async function wholeCase(also: (last: Bag | undefined) => readonly (Bag | undefined)[] = () => []): Promise<Bag[]> {
  const [keepsLaunch, { launch }] = launched('inc-1', 'inc-1');
  const story = launch === undefined ? {} : { launch };
  const [first, second] = await threeSeals(story);
  const other = await bagWith({}, { ...story, series: 'bmc-2' });
  const heads = [second, other, ...also(second)].filter((bag) => bag !== undefined);
  const closing = await bagWith(keepsLaunch, { ...story, series: 'case', final: true, captures: {}, heads });
  return [first, second, other, closing].filter((bag) => bag !== undefined);
}

async function threeSeals(story: Partial<Story> = {}): Promise<Bag[]> {
  const first = await bagWith({}, story);
  const second = await bagWith({}, { ...story, previous: first });
  return [first, second, await bagWith({}, { ...story, previous: second, final: true })];
}

function inCase(code: RefusalCode, title: string, bags: () => Promise<readonly Bag[]>): Mutation {
  return {
    code,
    title,
    make: async (folder) => {
      for (const bag of await bags()) await writeTar(folder, bag);
      return folder;
    },
  };
}

async function forked(folder: string): Promise<string> {
  await writeTar(folder, await bagWith({}, { final: true }));
  const other = await bagWith({}, { final: true, captures: { '/redfish/v1': '{"Name":"the other story"}' } });
  await writeFile(join(folder, 'zz.tar'), await tarOf(other));
  return folder;
}
