import { DefaultLogger, type Logger } from '@temporalio/worker';
import type { Logger as Pino } from 'pino';

/** Gives Temporal's log lines to ours, warnings and worse: what failed is in the history and in custody, not only in a log. */
export function temporalLogger(log: Pino): Logger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    const error: unknown = meta?.['error'];
    const facts = { ...pick(meta ?? {}), ...(error instanceof Error ? { error: error.message } : {}) };
    if (level === 'ERROR') log.error(facts, message);
    else log.warn(facts, message);
  });
}

/** The facts that tell where a line belongs; arguments and results stay out of logs. */
function pick(meta: object): Record<string, unknown> {
  const wanted = ['workflowId', 'runId', 'workflowType', 'activityId', 'activityType', 'taskQueue', 'attempt'];
  return Object.fromEntries(Object.entries(meta).filter(([name]) => wanted.includes(name)));
}
