import { z } from 'zod';
import type { Digest, Time } from '../model/json.js';
import { canonical } from '../trust/canonical.js';
import { digestOfKind, timeSchema } from '../trust/schemas.js';
import { readRecord, replaceFile } from './files.js';

/** One event after which no further secret may go to a target. */
export interface Burn {
  readonly at: Time;
  /** `LOGIN_REFUSED`, `UNAUTHORIZED`, `PIN_MISMATCH`, `CA_MISMATCH` or `NO_TRUST`. */
  readonly code: string;
  /** The reference of the secret that was sent, or was about to be; never the secret. */
  readonly secret: string;
  /** The key that was expected; null when there was no pin. */
  readonly pinned: Digest<'spki'> | null;
  /** The key that was seen; null when none was. */
  readonly seen: Digest<'spki'> | null;
}

/** What one incident remembers of the secrets of one target. */
export interface BurnedRecord {
  /** True: nothing secret leaves for this target without a decision that is not in `spent`. */
  readonly open: boolean;
  /** Newest last. */
  readonly burns: readonly Burn[];
  /** Decisions that no longer count: made before the newest burn, or used for a login. */
  readonly spent: readonly Digest<'statement'>[];
  /** What needs no login was captured and sealed since the newest burn. */
  readonly witnessed: boolean;
}

/**
 * The memory of burned secrets: one file for each incident and target. Its caller holds the target's lock, so there is one writer. A record that
 * cannot be read throws RECORD_UNREADABLE, and then nothing is sent.
 */
export interface Burned {
  read(): Promise<BurnedRecord>;
  /** Closes the target to secrets. `known`: every decision that exists already, none of which was made about this burn. */
  burn(burn: Burn, known: readonly Digest<'statement'>[]): Promise<void>;
  /** Uses a decision up, before the login that it allows: whatever becomes of that login, there is no second one. */
  spend(decision: Digest<'statement'>): Promise<void>;
  /** The login worked: the secret is good, and the target open to it again. */
  clear(): Promise<void>;
  noteWitnessed(): Promise<void>;
}

/** Enough to see what went on; the newest is what counts. */
const KEPT = 50;

const NOTHING: BurnedRecord = { open: false, burns: [], spent: [], witnessed: false };

export function openBurned(path: string): Burned {
  const read = async (): Promise<BurnedRecord> => (await readRecord(path, recordSchema)) ?? NOTHING;
  const change = async (to: (record: BurnedRecord) => Partial<BurnedRecord>): Promise<void> => {
    const record = await read();
    await replaceFile(path, canonical({ ...record, ...to(record) }));
  };
  return {
    read,
    burn: (burn, known) =>
      change(({ burns, spent }) => ({
        open: true,
        burns: [...burns, burn].slice(-KEPT),
        spent: [...new Set([...spent, ...known])],
        witnessed: false,
      })),
    spend: (decision) => change(({ spent }) => ({ spent: [...spent, decision] })),
    clear: () => change(() => ({ open: false })),
    noteWitnessed: () => change(() => ({ witnessed: true })),
  };
}

const recordSchema = z.strictObject({
  open: z.boolean(),
  burns: z.array(
    z.strictObject({
      at: timeSchema,
      code: z.string(),
      secret: z.string(),
      pinned: digestOfKind<'spki'>().nullable(),
      seen: digestOfKind<'spki'>().nullable(),
    }),
  ),
  spent: z.array(digestOfKind<'statement'>()),
  witnessed: z.boolean(),
}) satisfies z.ZodType<BurnedRecord>;
