import { ApplicationFailure, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { isRefused } from '../lib/model/refused.js';

/** Starts and results that did not authenticate fail here, before any workflow code sees them; messages are the handlers' to drop. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        input.args.forEach(demandAuthentic);
        return next(input);
      },
    },
  ],
  outbound: [
    {
      async scheduleActivity(input, next) {
        return demandAuthentic(await next(input));
      },
      async startChildWorkflowExecution(input, next) {
        const [started, result] = await next(input);
        const checked = result.then(demandAuthentic);
        // It fails with the start, of which whoever starts it learns; left alone here, that would stall the workflow for ever.
        checked.catch(() => undefined);
        return [started, checked];
      },
    },
  ],
});

function demandAuthentic(value: unknown): unknown {
  if (isRefused(value))
    throw ApplicationFailure.nonRetryable(
      `a payload did not authenticate (${value['cofferdam/refused']}); somebody else writes to this engine`,
      'NOT_AUTHENTIC',
    );
  return value;
}
