import { z } from 'zod';

/** What a step has to come to on one BMC; null: nobody can say. */
const comesToSchema = z
  .object({ comesTo: z.string(), findings: z.array(z.object({ code: z.string(), uri: z.string() })) })
  .nullable()
  .default(null);

/** The ground truth as the fleet wrote it. */
export const truthSchema = z.object({
  targets: z.array(
    z.object({
      id: z.string(),
      planted: z.array(z.object({ kind: z.string(), uri: z.string(), finding: z.string(), userName: z.string().nullable() })),
      fault: z
        .object({
          name: z.string(),
          expect: z.object({
            triage: z.string(),
            capture: z.string(),
            plan: z.string(),
            act: z.string(),
            hides: z.boolean(),
            burns: z.boolean().default(false),
            release: z.string().default('done'),
            login: z.string().default('done'),
          }),
        })
        .nullable()
        .default(null),
      standing: z.array(z.object({ uri: z.string(), finding: z.string() })).default([]),
      traces: z.array(z.object({ kind: z.string(), uri: z.string(), finding: z.string() })).default([]),
      tree: z.string().nullable().default(null),
      unsupported: z.array(z.string()).default([]),
      freeze: comesToSchema,
      rotate: comesToSchema,
      oldWorks: z.boolean().default(false),
      attempts: z
        .array(
          z.object({
            at: z.string(),
            as: z.enum(['account', 'session']),
            tries: z.string(),
            status: z.number().nullable(),
            refused: z.boolean(),
          }),
        )
        .nullable()
        .default(null),
    }),
  ),
});
export type Truth = z.infer<typeof truthSchema>;
