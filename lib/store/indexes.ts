import { join } from 'node:path';
import { z } from 'zod';
import type { Digest, Id, Time } from '../model/json.js';
import { canonical } from '../trust/canonical.js';
import { StoreError } from './error.js';
import { createFile, namesIn, readRecord } from './files.js';
import { digestOfKind, timeSchema } from '../trust/schemas.js';

/** One round of a gate as this zone knows it: what was put to the signers, and until when. Written once, before the round opens. */
export interface IndexRecord {
  readonly root: Digest<'index'>;
  /** Those of the index's pages that this zone holds. */
  readonly pages: readonly Digest<'page'>[];
  readonly openedAt: Time;
  readonly decideBy: Time;
  readonly executeBy: Time;
}

export interface Indexes {
  /** INDEX_CONFLICT when the round was stored with anything else before: a round is never re-opened with other plans or a later end. */
  put(gate: Id<'gate'>, round: number, record: IndexRecord): Promise<void>;
  get(gate: Id<'gate'>, round: number): Promise<IndexRecord | null>;
  /** The rounds of this gate that are stored, in order. */
  rounds(gate: Id<'gate'>): Promise<readonly number[]>;
}

export function openIndexes(folder: string): Indexes {
  const pathOf = (gate: string, round: number): string => join(folder, `${gate}-${String(round)}.json`);
  const get = (gate: Id<'gate'>, round: number): Promise<IndexRecord | null> => readRecord(pathOf(gate, round), recordSchema);

  return {
    get,
    async put(gate, round, record) {
      if (await createFile(pathOf(gate, round), canonical(record))) return;
      const stored = await get(gate, round);
      if (stored === null || canonical(stored) !== canonical(record))
        throw new StoreError(
          'INDEX_CONFLICT',
          `round ${String(round)} of gate ${gate} is stored with other plans or times, and stays as it is`,
        );
    },
    async rounds(gate) {
      const numbers = (await namesIn(folder)).flatMap((name) => {
        const round = name.startsWith(`${gate}-`) ? name.slice(gate.length + 1, -'.json'.length) : '';
        return /^\d+$/.test(round) ? [Number(round)] : [];
      });
      return numbers.sort((a, b) => a - b);
    },
  };
}

const recordSchema = z.strictObject({
  root: digestOfKind<'index'>(),
  pages: z.array(digestOfKind<'page'>()),
  openedAt: timeSchema,
  decideBy: timeSchema,
  executeBy: timeSchema,
}) satisfies z.ZodType<IndexRecord>;
