import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { canonical } from '../../trust/canonical.js';
import { rulesSchema } from '../../trust/read-plan.js';
import type { Rules } from '../../model/isolation.js';

/** What a table says of itself, in the comments of a chain that nobody goes to: the rules that it was made from, exactly. */
export interface Carried {
  readonly rules: Rules;
  readonly gatewayResponds: boolean;
}

/** nft takes 128 bytes, with the closing zero. */
const COMMENT = 120;
const MAX_BYTES = 4 * 1024 * 1024;

const schema = z.strictObject({ version: z.literal(1), rules: rulesSchema, gatewayResponds: z.boolean() }) satisfies z.ZodType<Carried>;

/** The comments that carry it, in order. */
export function carried({ rules, gatewayResponds }: Carried): readonly string[] {
  const text = deflateRawSync(canonical({ version: 1, rules, gatewayResponds })).toString('base64');
  return text.match(new RegExp(`.{1,${String(COMMENT)}}`, 'g')) ?? [];
}

/** Null when the comments are not ours. */
export function readCarried(comments: readonly string[]): Carried | null {
  try {
    const text = inflateRawSync(Buffer.from(comments.join(''), 'base64'), { maxOutputLength: MAX_BYTES }).toString('utf8');
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? { rules: parsed.data.rules, gatewayResponds: parsed.data.gatewayResponds } : null;
  } catch {
    return null;
  }
}
