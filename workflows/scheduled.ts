import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { occurrenceId } from '../lib/model/occurrence.js';
import { SEARCH_ATTRIBUTES } from '../lib/model/search-attributes.js';
import { homeOf } from './case.js';
import { incident } from './incident.js';
import { incidentWorkflowId, type Occurred, type ScheduledInput } from './messages.js';
import { Notices } from './notices.js';
import { zoneActivities } from './proxies.js';

/** Has every zone verify the launch of a schedule before the engine is given it. */
export async function enlist(input: ScheduledInput): Promise<null> {
  const { incident: schedule, launch, zones } = input;
  const home = homeOf(input);
  await Promise.all(
    zones.map(({ zone, targets }) => zoneActivities(zone).quick.enlist({ incident: schedule, launch, zone, home, targets })),
  );
  return null;
}

/**
 * One time of a schedule: starts the incident of that day, which lives on its own, and waits for its end, so that the engine skips the next time while
 * this one is open. Which day it is the engine says; whether the launch allows it is for the zones to judge.
 */
export async function scheduled(input: ScheduledInput): Promise<Occurred> {
  return CancellationScope.nonCancellable(() => occur(input));
}

async function occur(input: ScheduledInput): Promise<Occurred> {
  const { incident: schedule, launch, zones } = input;
  const name = occurrenceId(schedule, plannedTime());
  try {
    const child = await startChild(incident, {
      workflowId: incidentWorkflowId(name),
      args: [{ incident: name, launch, zones }],
      workflowTaskTimeout: '5s',
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes: [
        { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.incident, 'KEYWORD'), value: name },
        { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD'), value: 'opening' },
        { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.targets, 'INT'), value: zones.flatMap(({ targets }) => targets).length },
        { key: defineSearchAttributeKey(SEARCH_ATTRIBUTES.parked, 'INT'), value: 0 },
      ],
    });
    const { outcome, targets } = await child.result();
    if (outcome === null) throw ApplicationFailure.nonRetryable(`${name} ended without an outcome`, 'UNKNOWN');
    if (outcome === 'refused') await tell(input, name, targets);
    return { incident: name, outcome };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { incident: name, outcome: 'ran-before' };
  }
}

/** When the engine was to start this, in milliseconds; it may have been late. */
function plannedTime(): number {
  const at = workflowInfo().typedSearchAttributes.get(defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'));
  if (at === undefined) throw ApplicationFailure.nonRetryable('only a schedule of the engine starts this', 'OFF_SCHEDULE');
  return at.getTime();
}

async function tell(input: ScheduledInput, name: Occurred['incident'], targets: number): Promise<void> {
  const notices = new Notices({ incident: name, launch: input.digest, home: homeOf(input) }, input.notifications);
  notices.tell('occurrence-refused', { targets });
  await notices.allStarted();
}
