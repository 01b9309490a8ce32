import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../model/json.js';
import { createFile, readIfThere, readRecord } from '../store/files.js';
import { sha256 } from '../trust/canonical.js';
import type { SignedText } from './delivery.js';

/** A notice and the extract of it that may leave the case, both signed. */
export interface SignedNotice {
  readonly notice: SignedText;
  readonly extract: SignedText;
}

/** The signed notices of one incident, by the digest of the extract. One that is there is never replaced, since people may hold it already. */
export interface Documents {
  /** The one that is there, or the one that `make` makes. */
  keep(extract: Digest<'document'>, make: () => Promise<SignedNotice>): Promise<SignedNotice>;
  /** Null when there is none, or it is not the one of that digest. */
  read(extract: Digest<'document'>): Promise<SignedNotice | null>;
  /** Whether the case's series has it. */
  isRecorded(extract: Digest<'document'>): Promise<boolean>;
  markRecorded(extract: Digest<'document'>): Promise<void>;
}

export function openDocuments(folder: string): Documents {
  const pathOf = (extract: string): string => join(folder, `${extract}.json`);
  const markOf = (extract: string): string => join(folder, `${extract}.recorded`);

  async function read(extract: Digest<'document'>): Promise<SignedNotice | null> {
    const found = await readRecord(pathOf(extract), NOTICE);
    return found !== null && sha256(found.extract.text) === extract ? found : null;
  }

  return {
    read,
    async keep(extract, make) {
      const earlier = await read(extract);
      if (earlier !== null) return earlier;
      const made = await make();
      await createFile(pathOf(extract), `${JSON.stringify(made)}\n`);
      return (await read(extract)) ?? made;
    },
    isRecorded: async (extract) => (await readIfThere(markOf(extract))) !== null,
    async markRecorded(extract) {
      await createFile(markOf(extract), '');
    },
  };
}

const SIGNED = z.strictObject({ text: z.string(), signature: z.string() });
const NOTICE = z.strictObject({ notice: SIGNED, extract: SIGNED }) satisfies z.ZodType<SignedNotice>;
