import { randomUUID } from 'node:crypto';
import { TimeoutFailure, WorkflowFailedError } from '@temporalio/client';
import type { Enrolment } from '../../lib/model/enrolment.js';
import type { Json } from '../../lib/model/json.js';
import type { Frozen } from '../../lib/model/lease.js';
import {
  CONTROL_QUEUE,
  WORKFLOWS,
  type EnrollInput,
  type FreezeAnswer,
  type FreezeInput,
  type InspectInput,
  type ReadInput,
  type ReadPiece,
  type ScheduledInput,
} from '../../workflows/messages.js';
import { CliError } from '../error.js';
import { authentic } from './authentic.js';
import { failureOf } from './failures.js';
import type { Link } from './link.js';

// An index, page or plan is far below; a zone that offers more is not believed.
const LARGEST = 16_000_000;

/** All pieces of one object. The bytes are not believed here: whoever asked for a digest hashes them. */
export async function read(link: Link, what: Omit<ReadInput, 'offset'>): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ;) {
    const piece = await readPiece(link, { ...what, offset });
    if (piece === null) return null;
    const bytes = Buffer.from(piece.base64, 'base64');
    pieces.push(bytes);
    offset += bytes.length;
    if (offset >= piece.total || bytes.length === 0 || offset > LARGEST) return Buffer.concat(pieces);
  }
}

async function readPiece(link: Link, input: ReadInput): Promise<ReadPiece | null> {
  try {
    return authentic(await ask<ReadPiece>(link, WORKFLOWS.read, input, '30s'));
  } catch (error) {
    const failure = failureOf(error);
    if (failure?.type === 'OBJECT_MISSING') return null;
    if (failure?.type === 'OBJECT_CORRUPT')
      throw new CliError('FORGED_PLAN', `the store of zone ${input.zone} was changed`, {
        why: failure.message,
        fix: 'do not sign; deny the gate, and find out who changed the files of this zone',
        cause: error,
      });
    throw fromZone(error, input.zone, 'read from its store');
  }
}

/** Asks a zone's worker to look at one target, read-only. */
export async function inspect(link: Link, input: InspectInput): Promise<Json> {
  try {
    return authentic(await ask<Json>(link, WORKFLOWS.inspect, input, '10m'));
  } catch (error) {
    throw fromZone(error, input.zone, `inspect ${input.target}`);
  }
}

/** Asks a zone's worker who answers at a target's address. */
export async function enroll(link: Link, input: EnrollInput): Promise<Enrolment> {
  try {
    return authentic(await ask<Enrolment>(link, WORKFLOWS.enroll, input, '2m'));
  } catch (error) {
    throw fromZone(error, input.zone, `look at ${input.target}`);
  }
}

/** Asks a zone's worker what is frozen. The engine drops the question with us, so that a silent zone gathers none. */
export async function frozen(link: Link, of: Omit<FreezeInput, 'after'>, withinMs: number): Promise<readonly Frozen[]> {
  const until = Date.now() + withinMs;
  const all: Frozen[] = [];
  for (let after: FreezeInput['after'] = null; ; after = all.at(-1)?.target ?? null) {
    const page = await leases(link, { ...of, after }, Math.max(LEAST_MS, until - Date.now()));
    all.push(...page.frozen);
    if (!page.more || page.frozen.length === 0) return all;
  }
}

const LEAST_MS = 1_000;

async function leases(link: Link, input: FreezeInput, withinMs: number): Promise<FreezeAnswer> {
  try {
    // The engine's own word that the time is over says more than a call that was given up, so it comes first.
    const giveUpAt = Date.now() + withinMs + LEAST_MS;
    return authentic(await link.connection.withDeadline(giveUpAt, () => ask<FreezeAnswer>(link, WORKFLOWS.freeze, input, withinMs)));
  } catch (error) {
    throw fromZone(error, input.zone, input.target === null ? 'list what is frozen' : `say whether ${input.target} is frozen`);
  }
}

type Input = ReadInput | InspectInput | EnrollInput | FreezeInput | ScheduledInput;

/** Runs a question to a zone, a workflow of its own, to its end. */
export async function ask<T>(link: Link, workflow: string, input: Input, within: '30s' | '2m' | '10m' | number): Promise<T> {
  const handle = await link.client.workflow.start<(input: Input) => Promise<T>>(workflow, {
    workflowId: `${workflow}/${randomUUID()}`,
    taskQueue: CONTROL_QUEUE,
    args: [input],
    workflowExecutionTimeout: within,
  });
  return link.connection.withAbortSignal(link.interrupted, () => handle.result());
}

function fromZone(error: unknown, zone: string, act: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  if (error.cause instanceof TimeoutFailure)
    return new CliError('NO_WORKER', `no worker of zone ${zone} answered in time`, {
      why: `the zone was asked to ${act}`,
      fix: `start one with: cofferdam-worker --site DIR --zone ${zone} (and one with --control)`,
      cause: error,
    });
  const failure = failureOf(error);
  return new CliError('REFUSED', `zone ${zone} could not ${act}`, {
    why: failure === null ? error.message : `${failure.type}: ${failure.message}`,
    cause: error,
  });
}
