import { z } from 'zod';
import { plain } from '../model/text.js';
import type { Answer } from './ask.js';

const answerSchema = z.strictObject({
  stdout: z.string().max(1_000_000),
  stderr: z.string().max(1_000),
  ended: z.enum(['done', 'failed', 'missing', 'late', 'too-large', 'aborted']),
  why: z.string().max(500),
  nonce: z.string().max(100),
});

/**
 * What a worker at a vantage point says that its probe came to. It is somebody else's host: bounded, and nothing of it is believed that has another shape,
 * or that answers another question than the one with this nonce.
 */
export function readAnswer(value: unknown, nonce: string): Answer {
  const { data } = answerSchema.safeParse(value);
  if (data?.nonce !== nonce) return unanswered('failed', 'it answered something that cannot be understood, or that does not authenticate');
  return { stdout: Buffer.from(data.stdout), stderr: Buffer.from(data.stderr), ended: data.ended, why: plain(data.why, 200) };
}

/** No answer, which proves nothing. */
export function unanswered(ended: Exclude<Answer['ended'], 'done'>, why: string): Answer {
  return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), ended, why: plain(why, 200) };
}
