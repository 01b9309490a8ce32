import { z } from 'zod';
import type { Series } from '../lib/evidence/types.js';
import type { PageRef, Planned } from '../lib/model/incident.js';
import { isDigest, type Digest, type Id } from '../lib/model/json.js';
import {
  addCounts,
  NO_COUNTS,
  OPERATIONS_PER_SHARD,
  OPERATIONS_PER_TARGET,
  PAGE_BYTES,
  type IndexPage,
  type PlanIndex,
} from '../lib/model/plan.js';
import { readStatement } from '../lib/model/read-statement.js';
import { openSettings } from '../lib/store/settings.js';
import { openStatements } from '../lib/store/statements.js';
import type { Leaver } from '../lib/steps/planning.js';
import type { Case, IndexInput, TargetInput } from '../lib/model/work.js';
import { stepRow } from '../lib/model/steps.js';
import { lockOf } from '../lib/operations/job.js';
import type { Connection } from '../lib/redfish/types.js';
import { planOverIpmi } from '../lib/steps/ipmi/plan.js';
import { LEASE_STEP, planLease } from '../lib/steps/lease.js';
import { planTarget, type PlanRequest } from '../lib/steps/plan.js';
import { triage } from '../lib/steps/triage.js';
import { openIndexes } from '../lib/store/indexes.js';
import { canonical } from '../lib/trust/canonical.js';
import { isolationOf } from './enforcers.js';
import { final } from './failures.js';
import { planEnforcer } from './isolation.js';
import { ownSecretOf } from './own-secret.js';
import { siteAuthorityOf } from './certificates.js';
import { activity } from './run.js';
import { withTarget, type RedfishHeld } from './held.js';
import type { Zone } from './zone.js';

/** Planning by reads only, and the index that a gate signs. */
export function createPlanActivities(zone: Zone) {
  return {
    /** Plans one step for one target and stores plan and findings; returns the row that the plan adds to the index. */
    planTarget: activity(async (input: TargetInput & { step: Id<'step'> }, run): Promise<Planned> => {
      if (stepRow(input.step)?.on === 'enforcer') return planEnforcer(zone, input, run.signal);
      return withTarget(zone, input, `plan ${input.step}`, run.signal, async (held) => {
        if (input.step === LEASE_STEP) return planLease(held.target, input.case.incident, { series: held.series, objects: zone.objects });
        const secret = await ownSecretOf(zone, input.case, held.target);
        const common = { step: input.step, series: held.series, objects: zone.objects, secret };
        const planned =
          held.protocol === 'ipmi'
            ? await planOverIpmi({ ...common, target: held.target, connection: held.connect })
            : await planOverRedfish(zone, input, held, common);
        if (planned.row.operations > OPERATIONS_PER_TARGET)
          throw final(
            'TOO_MANY_OPERATIONS',
            `the plan holds ${String(planned.row.operations)} operations, at most ${String(OPERATIONS_PER_TARGET)} go through one gate`,
          );
        return planned;
      });
    }),

    /** Cuts rows into pages that a shard can carry out, and stores them. */
    writePages: activity(
      async (input: {
        case: Case;
        zone: Id<'zone'>;
        shard: number;
        step: Id<'step'>;
        planned: readonly Planned[];
      }): Promise<readonly PageRef[]> => Promise.all(cut(input.planned).map((part, n) => writePage(zone, input.shard * 100 + n, part))),
    ),

    readPage: activity(async (input: { case: Case; page: Digest<'page'> }): Promise<IndexPage> =>
      pageSchema.parse(await zone.objects.get(input.page)),
    ),

    /** Stores the index of a round in this zone before the round opens; every zone comes to the same root. */
    writeIndex: activity(async (input: IndexInput): Promise<Digest<'index'>> => {
      const { step, gate, round, openedAt, decideBy, executeBy } = input;
      const counts = input.pages.reduce((sum, page) => addCounts(sum, page.counts), NO_COUNTS);
      const index: PlanIndex = { version: 1, step, gate, round, pages: input.pages.map(({ page }) => page), counts };
      const root = await zone.objects.put<'index'>(index);
      const pages = input.pages.filter((page) => page.zone === zone.id).map(({ page }) => page);
      await openIndexes(zone.layout.incident(input.case.incident).indexes).put(gate, round, { root, pages, openedAt, decideBy, executeBy });
      return root;
    }),
  };
}

/** What this incident has set on the target and its release would set back. */
async function untilReleaseOf(zone: Zone, { incident }: Case, target: Id<'target'>): Promise<readonly string[]> {
  const { untilRelease } = await openSettings(zone.layout.incident(incident).target(target).settings).read();
  return untilRelease;
}

async function planOverRedfish(
  zone: Zone,
  input: TargetInput & { step: Id<'step'> },
  { target, connect }: RedfishHeld,
  common: Pick<PlanRequest, 'step' | 'series' | 'objects' | 'secret'>,
): Promise<Planned> {
  const site = await zone.snapshot(input.case.incident);
  const connection = await connect('read-only');
  const planned = await planTarget({
    ...common,
    target,
    isolation: isolationOf(zone, site),
    sought: site.sought,
    authority: await siteAuthorityOf(zone, input.case.incident),
    pins: { required: target.pin, inventory: await inventoryPin(zone, input.case, target.id) },
    leaver: await leaverOf(zone, input.case),
    untilRelease: await untilReleaseOf(zone, input.case, target.id),
    connection,
  });
  if (input.step === 'rotate' && planned.unsupported !== 'PLAN_AGAIN') await sealUnread(connection, common.series);
  return planned;
}

/**
 * A triage is shown nothing by a BMC that lets our login do nothing but change its password. What a rotation destroys is read and sealed when the rest of it
 * is planned, before anybody is asked.
 */
async function sealUnread(connection: Connection, series: Series): Promise<void> {
  const sealed = series.sealedClasses();
  if (sealed.has('accounts') && sealed.has('sessions')) return;
  await triage(connection, series);
  await series.seal({ final: false, heads: null, atLeast: null });
}

/** The key that the inventory names, whatever was trusted or proven since. */
async function inventoryPin(zone: Zone, { incident }: Case, target: Id<'target'>): Promise<Digest<'spki'> | null> {
  const { inventory } = await zone.snapshot(incident);
  const found = inventory.targets.find(({ id }) => id === target);
  return found?.protocol === 'redfish' ? found.pin : null;
}

/** The person whom the launch names. The zone verified the launch before it stored it. */
async function leaverOf(zone: Zone, { incident, launch }: Case): Promise<Leaver | null> {
  const stored = await openStatements(zone.layout.incident(incident).statements).list();
  const found = stored.find(({ digest }) => digest === launch);
  const read = found === undefined ? null : readStatement(found.stored.text);
  if (read === null || 'refusal' in read || read.statement.verb !== 'launch')
    throw final('WRONG_LAUNCH', 'the launch of this incident is not stored in this zone');
  const name = read.statement.person;
  const { people, stores } = (await zone.snapshot(incident)).site;
  const person = people.find(({ id }) => id === name);
  if (person === undefined) return null;
  const readsStore = stores.some((store) => store.kind === 'file' && store.readers.includes(person.id));
  return { person, others: people.filter(({ id }) => id !== name), readsStore };
}

async function writePage(zone: Zone, shard: number, planned: readonly Planned[]): Promise<PageRef> {
  const page: IndexPage = { zone: zone.id, shard, rows: planned.map(({ row }) => row) };
  const targetIds = (some: readonly Planned[]): Id<'target'>[] => some.map(({ row }) => lockOf(row.subject));
  return {
    zone: zone.id,
    page: await zone.objects.put<'page'>(page),
    counts: planned.reduce((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
    acting: targetIds(planned.filter(({ row }) => row.operations > 0)),
    targets: targetIds(planned),
    lacking: planned.flatMap(({ row, unsupported }) => (unsupported === null ? [] : [{ target: lockOf(row.subject), code: unsupported }])),
    operations: planned.reduce((sum, { row }) => sum + row.operations, 0),
    destroys: [...new Set(planned.flatMap(({ row }) => row.destroys))].sort(),
  };
}

/** As many rows as fit the limits of a page and of a shard's history. */
function cut(planned: readonly Planned[]): readonly (readonly Planned[])[] {
  const pages: Planned[][] = [];
  let bytes = 0;
  let operations = 0;
  for (const one of planned) {
    const size = Buffer.byteLength(canonical(one.row)) + 1;
    const page = pages.at(-1);
    const fits = page !== undefined && bytes + size <= PAGE_BYTES - 200 && operations + one.row.operations <= OPERATIONS_PER_SHARD;
    if (fits) page.push(one);
    else {
      pages.push([one]);
      bytes = 0;
      operations = 0;
    }
    bytes += size;
    operations += one.row.operations;
  }
  return pages;
}

/** Only its hash vouches for a page's content, and the executor checks rows again; here the shape is enough. */
const pageSchema = z.custom<IndexPage>(
  (value) => z.object({ zone: z.string(), shard: z.int(), rows: z.array(z.object({ plan: z.custom(isDigest) })) }).safeParse(value).success,
);
