import { z } from 'zod';
import { EFFECTS } from '../model/effect.js';
import type { Claim, Order, Outcome } from '../model/operation.js';
import { digestOfKind, idOf, subjectSchema, timeSchema } from '../trust/schemas.js';

export const orderSchema = z.strictObject({
  incident: idOf<'incident'>(),
  subject: subjectSchema,
  plan: digestOfKind<'plan'>(),
  operation: z.int().positive(),
  round: z.int().nonnegative(),
  retry: z.int().nonnegative(),
  release: digestOfKind<'statement'>().nullable(),
}) satisfies z.ZodType<Order>;

const seen = z.array(z.string()).exactOptional();
export const claimSchema = z.strictObject({
  order: orderSchema,
  member: z.string().nullable(),
  at: timeSchema,
  limitMs: z.number(),
  effect: z.enum(EFFECTS),
  session: z.string().nullable(),
  seen: z.strictObject({ task: seen, 'log-entry': seen, boot: seen, login: seen, statement: seen }),
}) satisfies z.ZodType<Claim>;

const position = { seq: z.int(), head: digestOfKind<'custody'>() };
export const outcomeSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.enum(['done', 'already']), ...position }),
  z.strictObject({ is: z.enum(['failed', 'unknown', 'refused']), code: z.string(), ...position }),
]) satisfies z.ZodType<Outcome>;
