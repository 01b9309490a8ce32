import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { isRefused } from '../lib/model/refused.js';

/** An order that did not authenticate is not carried out. */
export const demandAuthenticInput: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      if (input.args.some(isRefused))
        throw ApplicationFailure.nonRetryable('the order did not authenticate; somebody else writes to this engine', 'NOT_AUTHENTIC');
      return next(input);
    },
  },
});
