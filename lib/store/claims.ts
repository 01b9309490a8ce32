import { join } from 'node:path';
import { z } from 'zod';
import type { Digest, Time } from '../model/json.js';
import type { Claim, Order, Outcome } from '../model/operation.js';
import { canonical, digestOf } from '../trust/canonical.js';
import { StoreError } from './error.js';
import { createFile, readRecord, replaceFile } from './files.js';
import type { IncidentLayout } from './layout.js';
import { timeSchema } from '../trust/schemas.js';
import { claimSchema, outcomeSchema } from './schemas.js';

/** What is known of one key besides its claim and outcome: how often it was tried, and what the BMC answered. */
export interface Tries {
  /** Attempts that ended before the claim. */
  readonly notAttempted: number;
  /** Looks at the device after the claim. */
  readonly observed: number;
  /** The BMC's answer to what was sent; null while none came. */
  readonly answer: SentAnswer | null;
  /** How many members a bounded rule has claimed. */
  readonly covered: number;
}

/** What is kept of an answer, so that what it points to is found again after a crash. */
export interface SentAnswer {
  readonly status: number;
  readonly at: Time;
  /** Canonical URI of the resource that the body is; null when it is none. */
  readonly resource: string | null;
  /** Path of the Location header: a task's monitor or a result, never read without knowing which. */
  readonly location: string | null;
}

const NO_TRIES: Tries = { notAttempted: 0, observed: 0, answer: null, covered: 0 };

/**
 * The memory of what was attempted. A claim is on disk before the first byte leaves, and stays for ever: within one key nothing is
 * sent twice, whatever the engine's history says. `member` is the URI of one member under a bounded rule, else null.
 */
export interface Claims {
  /** CLAIMED when this key was claimed before. */
  create(claim: Claim): Promise<void>;
  /** RECORD_UNREADABLE counts as claimed: nobody may send. */
  find(order: Order, member: string | null): Promise<Claim | null>;
  outcome(order: Order): Promise<Outcome | null>;
  settle(order: Order, outcome: Outcome): Promise<void>;
  tries(order: Order, member: string | null): Promise<Tries>;
  note(order: Order, member: string | null, change: Partial<Tries>): Promise<void>;
}

/** The key of an attempt: one file name in claims, outcomes and tries. */
export function claimKey(order: Order, member: string | null): Digest<'claim'> {
  return digestOf<'claim'>({ order, member });
}

export function openClaims(layout: Pick<IncidentLayout, 'claims' | 'outcomes' | 'tries'>): Claims {
  const pathIn = (folder: string, order: Order, member: string | null): string => join(folder, `${claimKey(order, member)}.json`);

  async function find(order: Order, member: string | null): Promise<Claim | null> {
    const claim = await readRecord(pathIn(layout.claims, order, member), claimSchema);
    if (claim !== null && claimKey(claim.order, claim.member) !== claimKey(order, member))
      throw new StoreError('RECORD_UNREADABLE', `the claim ${claimKey(order, member)} speaks of another order; it was changed on disk`);
    return claim;
  }

  async function tries(order: Order, member: string | null): Promise<Tries> {
    return (await readRecord(pathIn(layout.tries, order, member), triesSchema)) ?? NO_TRIES;
  }

  return {
    find,
    tries,
    async create(claim) {
      const path = pathIn(layout.claims, claim.order, claim.member);
      if (!(await createFile(path, canonical(claim)))) throw new StoreError('CLAIMED', `${path} exists: this was attempted before`);
      // Read back before anything is sent: a store that loses what it was told must not be trusted with the next step.
      const stored = await find(claim.order, claim.member);
      if (stored === null || canonical(stored) !== canonical(claim))
        throw new StoreError('RECORD_UNREADABLE', `${path} does not hold what was written to it; the disk is not to be trusted`);
    },
    outcome: (order) => readRecord(pathIn(layout.outcomes, order, null), outcomeSchema),
    async settle(order, outcome) {
      await createFile(pathIn(layout.outcomes, order, null), canonical(outcome));
    },
    async note(order, member, change) {
      await replaceFile(pathIn(layout.tries, order, member), canonical({ ...(await tries(order, member)), ...change }));
    },
  };
}

const triesSchema = z.strictObject({
  notAttempted: z.int().nonnegative(),
  observed: z.int().nonnegative(),
  answer: z.strictObject({ status: z.int(), at: timeSchema, resource: z.string().nullable(), location: z.string().nullable() }).nullable(),
  covered: z.int().nonnegative(),
}) satisfies z.ZodType<Tries>;
