import { DefaultFailureConverter } from '@temporalio/common';

/** Moves message and stack trace of every failure into the sealed part; without it they lie in clear in the engine's database. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
