import { z } from 'zod';
import type { Rules } from '../model/isolation.js';
import { idOf } from '../trust/schemas.js';

const networks = z.array(z.string().max(64)).max(4096);

/** Rules as an enforcer keeps them for us; it answers, so it is bounded. */
export const keptRules = z.strictObject({
  incident: idOf<'incident'>(),
  scope: z.enum(['segment', 'targets']),
  inside: networks,
  responders: networks,
  fallback: networks,
  allowances: z
    .array(
      z.strictObject({
        to: z.string().max(64),
        protocol: z.enum(['tcp', 'udp']),
        port: z.int().min(1).max(65_535),
        reason: z.string().max(500),
      }),
    )
    .max(4096),
}) satisfies z.ZodType<Rules>;

const Line = z.string().min(1).max(1000);
const Version = z.literal(1);

/** What a site command answers to `status`. */
export const statusAnswer = z.strictObject({
  version: Version,
  identity: z.string().regex(/^[\x20-\x7e]{1,200}$/, 'expected 1 to 200 printable characters'),
  rules: keptRules.nullable(),
  armed: z.boolean(),
  intact: z.boolean(),
  files: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'expected a file name'), how: Line, text: z.string() }))
    .max(32)
    .default([]),
});

/** What it answers to `plan`, `apply` and `release`: accepted, or why not. `commands` shows people what it would do, or did. */
export const verdictAnswer = z.discriminatedUnion('accepted', [
  z.strictObject({ version: Version, accepted: z.literal(true), commands: z.array(z.string().max(2000)).max(10_000).default([]) }),
  z.strictObject({ version: Version, accepted: z.literal(false), why: Line }),
]);
