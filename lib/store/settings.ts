import { z } from 'zod';
import { canonical } from '../trust/canonical.js';
import { readRecord, replaceFile } from './files.js';

/** Places of settings, as `URI#pointer`, that one incident has set on one target. */
export interface SettingsRecord {
  /** Its release sets them back. */
  readonly untilRelease: readonly string[];
  /** Its release leaves them, whoever set them first. */
  readonly forGood: readonly string[];
  /** Its release has set them back, and nothing of it has set them since. */
  readonly released: readonly string[];
}

/** What an incident has set on a target: one file for both. Its caller holds the target's lock, so there is one writer. */
export interface Settings {
  read(): Promise<SettingsRecord>;
  note(as: keyof SettingsRecord, places: readonly string[]): Promise<void>;
  forget(as: keyof SettingsRecord, places: readonly string[]): Promise<void>;
}

const NOTHING: SettingsRecord = { untilRelease: [], forGood: [], released: [] };

export function openSettings(path: string): Settings {
  const read = async (): Promise<SettingsRecord> => (await readRecord(path, recordSchema)) ?? NOTHING;
  return {
    read,
    async note(as, places) {
      const record = await read();
      await replaceFile(path, canonical({ ...record, [as]: [...new Set([...record[as], ...places])] }));
    },
    async forget(as, places) {
      const record = await read();
      if (!record[as].some((place) => places.includes(place))) return;
      await replaceFile(path, canonical({ ...record, [as]: record[as].filter((place) => !places.includes(place)) }));
    },
  };
}

/** Where a setting is; `pointer` is an RFC 6901 JSON Pointer. */
export function placeOf({ uri, pointer }: { readonly uri: string; readonly pointer: string }): string {
  return `${uri}#${pointer}`;
}

const recordSchema = z.strictObject({
  untilRelease: z.array(z.string()),
  forGood: z.array(z.string()),
  released: z.array(z.string()),
}) satisfies z.ZodType<SettingsRecord>;
