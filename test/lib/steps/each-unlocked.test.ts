import { expect, test } from 'vitest';
import type { Json } from '../../../lib/model/json.js';
import { removal } from '../../../lib/steps/review-access/removal.js';
import { eachUnlocked } from '../../../lib/steps/makers-lock.js';
import type { Numberless, Survey } from '../../../lib/steps/planning.js';
import type { Reading } from '../../../lib/steps/reader.js';
import { aReading } from '../../support/a-reading.js';
import { plainTarget } from '../../support/plain-target.js';

const ROOT = '/redfish/v1';
const MANAGER = `${ROOT}/Managers/1`;
const LOCK = `${MANAGER}/Oem/Supermicro/SysLockdown`;
const link = (uri: string): Json => ({ '@odata.id': uri });

const RESOURCES: Readonly<Record<string, Json>> = {
  [ROOT]: { Vendor: 'Supermicro', Managers: link(`${ROOT}/Managers`) },
  [`${ROOT}/Managers`]: { Members: [link(MANAGER)] },
  [MANAGER]: { Oem: { Supermicro: { SysLockdown: link(LOCK) } } },
  [LOCK]: { SysLockdownEnabled: true },
};

function reading(uri: string): Reading {
  return aReading(uri, RESOURCES[uri] ?? null);
}

const survey: Survey = {
  reader: { get: (uri) => Promise.resolve(reading(uri)) },
  own: { userName: 'us', session: null, also: [] },
  target: plainTarget(),
};

const taken = (where: string, count: number): readonly Numberless[] =>
  Array.from({ length: count }, (_, n) => removal(reading(`${ROOT}/${where}/${String(n)}`), 'it')).flat();

test('however many things somebody left to take out, up to 150 go through one gate, each under a lifted lock, and sessions under the lock', async () => {
  for (const [keys, sessions, hooks] of [
    [1, 0, 0],
    [40, 1, 20],
    [66, 0, 0],
    [67, 0, 0],
    [64, 1, 20],
    [60, 30, 60],
    [100, 1, 50],
  ] as const) {
    const operations = [...taken('Keys', keys), ...taken('SessionService/Sessions', sessions), ...taken('Subscriptions', hooks)];
    const proposal = await eachUnlocked(survey, reading(ROOT), { findings: [], operations });
    const { sections = [] } = proposal;
    const all = sections.flatMap((section) => [...section.operations, ...section.always]);
    expect([proposal.operations, all.length <= 200]).toEqual([[], true]);
    expect(all.filter((one) => operations.includes(one))).toEqual(operations);
    const bare = sections.filter(({ always }) => always.length === 0).flatMap((section) => section.operations);
    expect(bare).toEqual(operations.slice(keys, keys + sessions));
    const most = Math.max(...sections.map((section) => section.operations.length + section.always.length));
    if (operations.length <= 66) expect(most).toBe(3);
  }
});
