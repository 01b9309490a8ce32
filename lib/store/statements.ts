import { join } from 'node:path';
import { z } from 'zod';
import type { Digest, Id, Time } from '../model/json.js';
import type { SignedStatement, Statement } from '../model/statement.js';
import { canonical, sha256 } from '../trust/canonical.js';
import { StoreError } from './error.js';
import { createFile, namesIn, readRecord } from './files.js';
import { idOf, timeSchema } from '../trust/schemas.js';

/** A statement as this zone keeps it. Verb, person and fingerprint are for people who look; whoever counts it verifies the text again. */
export interface StoredStatement extends SignedStatement {
  readonly verb: Statement['verb'];
  readonly person: Id<'person'>;
  readonly fingerprint: string;
  readonly storedAt: Time;
}

/** The verified statements of one incident. One that is stored is never changed or removed. */
export interface Statements {
  /** Durable when it returns; the first time of storing stands. */
  put(statement: StoredStatement): Promise<Digest<'statement'>>;
  /** In the order of storing. RECORD_UNREADABLE when a file is damaged or lies under another digest: what cannot be read cannot be counted around. */
  list(): Promise<readonly { readonly digest: Digest<'statement'>; readonly stored: StoredStatement }[]>;
}

export function openStatements(folder: string): Statements {
  return {
    async put(stored) {
      const digest = sha256<'statement'>(stored.text);
      await createFile(join(folder, `${digest}.json`), canonical(stored));
      return digest;
    },
    async list() {
      const all = [];
      for (const name of await namesIn(folder)) {
        const stored = await readRecord(join(folder, name), storedSchema);
        if (stored === null) continue;
        const digest = sha256<'statement'>(stored.text);
        if (name !== `${digest}.json`)
          throw new StoreError('RECORD_UNREADABLE', `${join(folder, name)} holds the statement ${digest}; it was changed on disk`);
        all.push({ digest, stored });
      }
      return all.sort((a, b) => compare(a.stored.storedAt, b.stored.storedAt) || compare(a.digest, b.digest));
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const storedSchema = z.strictObject({
  text: z.string(),
  signature: z.string(),
  verb: z.enum(['launch', 'approve', 'deny', 'resolve', 'trust', 'cancel', 'release', 'complete', 'add']),
  person: idOf<'person'>(),
  fingerprint: z.string(),
  storedAt: timeSchema,
}) satisfies z.ZodType<StoredStatement>;
