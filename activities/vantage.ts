import { Context } from '@temporalio/activity';
import { fileURLToPath } from 'node:url';
import { ask } from '../lib/isolation/ask.js';
import type { VantageAnswer, VantageInput } from '../workflows/messages.js';

export type VantageActivities = ReturnType<typeof createVantageActivities>;

/** All that the worker at a vantage point does: it runs the reference probe where it stands, as a command would. It has no store and no secret of a BMC. */
export function createVantageActivities() {
  return {
    async runProbe({ question, limitMs, nonce }: Pick<VantageInput, 'question' | 'limitMs' | 'nonce'>): Promise<VantageAnswer> {
      const limits = { limitMs, signal: Context.current().cancellationSignal };
      const { stdout, stderr, ended, why } = await ask([process.execPath, PROBE], `${question}\n`, limits);
      return { stdout: stdout.toString('utf8').slice(0, ANSWER), stderr: stderr.toString('utf8').slice(0, 1000), ended, why, nonce };
    },
  };
}

/** Beside the compiled worker. */
const PROBE = fileURLToPath(new URL('../worker/probe.js', import.meta.url));

/** Characters; what is cut is not understood, and proves nothing. Below what travels through the engine in one piece. */
const ANSWER = 1_000_000;
