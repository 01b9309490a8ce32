import {
  defaultPayloadConverter,
  type WorkflowExecutionInfo,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { z } from 'zod';
import { isId, type Id } from '../../lib/model/json.js';
import { readStatement } from '../../lib/model/read-statement.js';
import { isRefused } from '../../lib/model/refused.js';
import { SEARCH_ATTRIBUTES } from '../../lib/model/search-attributes.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { CONTROL_QUEUE, incidentWorkflowId, WORKFLOWS, type IncidentInput } from '../../workflows/messages.js';
import type { IncidentSummary, Opened } from '../desk.js';
import { CliError } from '../error.js';
import { notAuthentic } from './authentic.js';
import type { Link } from './link.js';

const INCIDENT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.incident, 'KEYWORD');
const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const TARGETS = defineSearchAttributeKey(SEARCH_ATTRIBUTES.targets, 'INT');
const PARKED = defineSearchAttributeKey(SEARCH_ATTRIBUTES.parked, 'INT');

export async function start(link: Link, input: IncidentInput): Promise<void> {
  const targets = input.zones.reduce((sum, zone) => sum + zone.targets.length, 0);
  try {
    await link.client.workflow.start(WORKFLOWS.incident, {
      workflowId: incidentWorkflowId(input.incident),
      taskQueue: CONTROL_QUEUE,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowTaskTimeout: '5s',
      typedSearchAttributes: [
        { key: INCIDENT, value: input.incident },
        { key: STATE, value: 'opening' },
        { key: TARGETS, value: targets },
        { key: PARKED, value: 0 },
      ],
    });
  } catch (cause) {
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
    throw new CliError('CONFLICT', `incident ${input.incident} exists already`, {
      why: 'it was opened with another launch',
      fix: 'choose another --id, or leave it out',
      see: `cofferdam incident show ${input.incident}`,
      cause,
    });
  }
}

export async function list(link: Link): Promise<readonly IncidentSummary[]> {
  const found: IncidentSummary[] = [];
  for await (const execution of link.client.workflow.list({ query: `WorkflowType = '${WORKFLOWS.incident}'` }))
    found.push(summary(execution));
  return found;
}

/** How an incident of this id stands, by the engine's own list; null when there is none. */
export async function standing(link: Link, incident: Id<'incident'>): Promise<IncidentSummary | null> {
  try {
    return summary(await link.client.workflow.getHandle(incidentWorkflowId(incident)).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type Known = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'>;

function summary({ workflowId, status, startTime, closeTime, typedSearchAttributes }: Known): IncidentSummary {
  return {
    incident: workflowId.replace(/^incident\//, ''),
    status: status.name.toLowerCase(),
    state: typedSearchAttributes.get(STATE) ?? null,
    targets: typedSearchAttributes.get(TARGETS) ?? null,
    parked: typedSearchAttributes.get(PARKED) ?? null,
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
  };
}

/** Reads the launch from the first event of the history: no worker is needed, and no worker can answer something else. */
export async function opened(link: Link, incident: Id<'incident'>): Promise<Opened> {
  const workflowId = incidentWorkflowId(incident);
  const { status } = await link.client.workflow.getHandle(workflowId).describe();
  const { history } = await link.client.workflowService.getWorkflowExecutionHistory({
    namespace: link.namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const [decoded] = await link.codec.decode(payloads);
  const value: unknown = decoded === undefined ? null : defaultPayloadConverter.fromPayload(decoded);
  if (isRefused(value)) throw notAuthentic(value);
  const input = INPUT.safeParse(value);
  if (!input.success) throw unreadable(incident, input.error.message);
  const read = readStatement(input.data.launch.text);
  if ('refusal' in read || read.statement.verb !== 'launch') throw unreadable(incident, 'refusal' in read ? read.why : 'it is no launch');
  return { input: input.data, launch: read.statement, digest: sha256(input.data.launch.text), added: [], ended: status.name !== 'RUNNING' };
}

function idOf<Of extends string>(): z.ZodType<Id<Of>> {
  return z.custom<Id<Of>>((value) => isId<Of>(value), 'expected an id');
}

const INPUT = z.object({
  incident: idOf<'incident'>(),
  launch: z.object({ text: z.string(), signature: z.string() }),
  zones: z.array(z.object({ zone: idOf<'zone'>(), targets: z.array(idOf<'target'>()) })),
}) satisfies z.ZodType<IncidentInput>;

function unreadable(incident: string, why: string): CliError {
  return new CliError('ENGINE_FAILED', `the launch of ${incident} cannot be read`, {
    why,
    fix: 'run the version of cofferdam that opened the incident',
  });
}
