import { WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { SignedStatement } from '../../lib/model/statement.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { incidentWorkflowId, statementUpdate, type Delivered } from '../../workflows/messages.js';
import { CliError } from '../error.js';
import { refusedStatement } from '../refusal.js';
import { authentic } from './authentic.js';
import { failureOf } from './failures.js';
import type { Link } from './link.js';

const ATTEMPTS = 3;
const ATTEMPT_MS = 10_000;

/** A timed-out update means unknown: it may be applied later. The same update id asks for the outcome of the first one, and never counts twice. */
export async function deliver(link: Link, incident: string, signed: SignedStatement): Promise<Delivered> {
  const updateId = sha256(signed.text);
  const handle = link.client.workflow.getHandle(incidentWorkflowId(incident));
  for (let attempt = 1; attempt <= ATTEMPTS && !link.interrupted.aborted; attempt++) {
    try {
      return authentic(await bounded(link, () => handle.executeUpdate(statementUpdate, { args: [signed], updateId })));
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) throw refused(error, incident);
      // Whoever delivers has looked the incident up before, so it is not unknown but closed.
      if (error instanceof WorkflowNotFoundError) throw refusedStatement('INCIDENT_ENDED', `${incident} has ended`, incident);
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    }
  }
  throw new CliError('OUTCOME_UNKNOWN', 'the statement was sent and nothing came back', {
    why: `no worker confirmed statement ${updateId.slice(0, 12)} yet; it may still count when one returns`,
    fix: `see whether it counted with: cofferdam incident show ${incident}; sending it again does no harm`,
  });
}

function bounded<T>(link: Link, ask: () => Promise<T>): Promise<T> {
  return link.connection.withAbortSignal(link.interrupted, () => link.connection.withDeadline(Date.now() + ATTEMPT_MS, ask));
}

function refused(error: WorkflowUpdateFailedError, incident: string): CliError {
  const failure = failureOf(error);
  return refusedStatement(failure?.type ?? 'UNKNOWN', failure?.message ?? error.message, incident);
}
