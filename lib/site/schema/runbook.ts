import { z } from 'zod';
import type { Runbook } from '../../model/runbook.js';
import { idOf } from '../../trust/schemas.js';
import { Text, Version } from './fields.js';

export const RunbookFile = z.strictObject({
  version: Version,
  name: idOf<'runbook'>(),
  title: Text,
  phases: z
    .array(
      z.strictObject({
        step: idOf<'step'>(),
        background: z.boolean().default(false),
        gate: idOf<'gate'>().nullable().default(null),
        maxFailures: z.int().min(1).max(1_000_000).nullable().default(null),
      }),
    )
    .min(1, 'expected at least one phase'),
}) satisfies z.ZodType<Runbook>;
