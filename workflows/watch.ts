import { condition, continueAsNew, defineSignal, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Containment } from '../lib/model/isolation.js';
import { time, type Id } from '../lib/model/json.js';
import { isRefused } from '../lib/model/refused.js';
import type { Case, EnforcerRef, GateRef } from '../lib/model/work.js';
import { zoneActivities } from './proxies.js';

/** What one enforcer came to at the last look; sent when it differs from the look before. */
export interface ContainmentSignal {
  readonly incident: Id<'incident'>;
  readonly containment: Containment;
}
export const containmentSignal = defineSignal<[ContainmentSignal]>('containment');

/** Containment was lifted: look no more. */
export const lookNoMoreSignal = defineSignal<[{ readonly incident: Id<'incident'> }]>('look-no-more');

export interface WatchInput {
  readonly case: Case;
  readonly enforcer: EnforcerRef;
  readonly gate: GateRef;
  /** The last look; null before the first. */
  readonly last: Containment | null;
}

/** Looks in one execution before the next begins, so that a watch of weeks keeps a short history. */
const LOOKS = 250;

/** Looks at one enforcer and its paths again and again, for as long as the incident contains, and tells the incident what changed. */
export async function watch(input: WatchInput): Promise<void> {
  let { last } = input;
  let ended = false;
  setHandler(lookNoMoreSignal, (signal) => {
    if (!isRefused(signal) && signal.incident === input.case.incident) ended = true;
  });
  const incident = getExternalWorkflowHandle(workflowInfo().parent?.workflowId ?? `incident/${input.case.incident}`);
  for (let look = 0; look < LOOKS; look++) {
    const now = await lookAt(input);
    if (last === null || differs(now, last)) await incident.signal(containmentSignal, { incident: input.case.incident, containment: now });
    last = now;
    if (await condition(() => ended, input.enforcer.watchSeconds * 1000)) return;
  }
  await continueAsNew<typeof watch>({ ...input, last });
}

/** A look that fails says nothing about the enforcer, and that is what is told. */
async function lookAt({ case: known, enforcer, gate }: WatchInput): Promise<Containment> {
  try {
    return await zoneActivities(enforcer.zone).reading.checkContainment({ case: known, enforcer: enforcer.name, gate });
  } catch {
    const { zone, name } = enforcer;
    return { zone, enforcer: name, state: 'unknown', rules: 'unknown', paths: [], unprobed: [], checkedAt: time(Date.now()) };
  }
}

function differs(now: Containment, before: Containment): boolean {
  return JSON.stringify({ ...now, checkedAt: '' }) !== JSON.stringify({ ...before, checkedAt: '' });
}
