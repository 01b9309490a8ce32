import { listKept } from '../lib/evidence/kept.js';
import { id, type Id } from '../lib/model/json.js';
import type { GateRef, TargetInput } from '../lib/model/work.js';
import { inForce } from '../lib/operations/in-force.js';
import { watchedOf, watchFreeze, type Watched } from '../lib/steps/freeze/watch.js';
import { openClaims } from '../lib/store/claims.js';
import { keepFindings } from '../lib/steps/plan.js';
import { recordingReader } from '../lib/steps/reader.js';
import { liftedAt, openSettings } from '../lib/store/settings.js';
import type { FreezeAnswer, FreezeInput } from '../workflows/messages.js';
import { listed } from './outside.js';
import { ownSecretOf } from './own-secret.js';
import { plansUpTo } from './plan-under.js';
import { activity } from './run.js';
import { withTarget } from './held.js';
import type { Zone } from './zone.js';

/** So that a page, sealed, stays under what may travel through the engine. */
const PAGE = 200;

/** What is frozen, for who asks. */
export function createFreezeActivities(zone: Zone) {
  const { leases } = zone;

  async function one(target: Id<'target'>, wanted: Id<'zone'>): Promise<FreezeAnswer> {
    const found = await leases.look(target);
    // Of a target that this zone does not know nobody here can say that it is free.
    if (found === null) await listed(zone, { zone: wanted, target });
    return { frozen: found === null ? [] : [found], more: false };
  }

  return {
    /** One target, which must be of this zone, or a page of all that are frozen. */
    readLeases: activity(async ({ zone: wanted, target, after }: FreezeInput): Promise<FreezeAnswer> => {
      if (target !== null) return one(target, wanted);
      const rest = (await leases.list()).filter((frozen) => after === null || frozen.target > after);
      return { frozen: rest.slice(0, PAGE), more: rest.length > PAGE };
    }),
    /** Holds a frozen target against what the plans that froze it have done; what differs is on record as findings. Returns how many. */
    checkFreeze: activity(async (input: WatchTarget, run): Promise<number> =>
      withTarget(zone, input, 'check freeze', run.signal, async (held) => {
        if (held.protocol === 'ipmi') return 0;
        const { series, target } = held;
        const frozen = await frozenBy(zone, input);
        const connection = await held.connect('read-only');
        const { userName, session } = connection;
        const { also } = await ownSecretOf(zone, input.case, target);
        const survey = { reader: recordingReader(connection, series, 'observe'), target, own: { userName, session, also } };
        const settings = await openSettings(zone.layout.incident(input.case.incident).target(target.id).settings).read();
        const found = await watchFreeze(survey, frozen, liftedAt(settings, Date.now()), () => listKept(series.folder));
        await series.commit();
        return (await keepFindings(found, { series, objects: zone.objects })).length;
      }),
    ),
  };
}

interface WatchTarget extends TargetInput {
  /** Of the newest plan. */
  readonly gate: GateRef;
  readonly retry: number;
}

async function frozenBy(zone: Zone, { case: known, target, gate, retry }: WatchTarget): Promise<Watched> {
  const claims = openClaims(zone.layout.incident(known.incident));
  const subject = { kind: 'bmc', target } as const;
  const plans = await plansUpTo(zone, known, gate, { subject, step: id('freeze') });
  return watchedOf(
    await Promise.all(
      plans.map(async ({ plan, digest, round }) => ({
        planned: plan.sections,
        sections: await inForce(claims, plan, { incident: known.incident, subject, plan: digest, round, retry, release: null }),
      })),
    ),
  );
}
