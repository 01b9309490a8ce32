import { readFile, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Order } from '../../lib/model/operation.js';
import type { AttemptContext } from '../../lib/operations/job.js';
import { executorOver, type Ground } from './executor-over.js';
import { counted } from './counted.js';

/** What a child process is told to do, as a file of JSON. */
export interface Job {
  readonly ground: Ground;
  readonly order: Order;
  readonly context: AttemptContext;
  /** The process ends itself with SIGKILL instead of making this step; 0: never. */
  readonly dieAt: number;
  /** Ends between the step's effect and its caller instead. */
  readonly after: boolean;
}

/** A process of its own that attempts one order once and says how it went on one line; with `dieAt` it does not live to say it. */
function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && 'dieAt' in value;
}

const job: unknown = JSON.parse(await promisify(readFile)(process.argv[2] ?? '', 'utf8'));
if (!isJob(job)) throw new TypeError('expected a job');
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing more may happen.
  for (;;);
};
const steps = counted((step, when) => {
  if (step === job.dieAt && when === (job.after ? 'after' : 'before')) die();
});
const executor = executorOver(job.ground, steps.over);
const result = await executor.attempt(job.order, job.context, new AbortController().signal).then(
  (outcome) => outcome.is,
  (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
);
writeSync(1, `${JSON.stringify({ result, steps: steps.names })}\n`);
