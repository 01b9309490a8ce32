import { z } from 'zod';
import type { Time } from '../model/json.js';
import { canonical } from '../trust/canonical.js';
import { timeSchema } from '../trust/schemas.js';
import { readRecord, replaceFile } from './files.js';

/** Places of settings, as `URI#pointer`, that one incident has set on one target. */
export interface SettingsRecord {
  /** Its release sets them back. */
  readonly untilRelease: readonly string[];
  /** Its release leaves them, whoever set them first. */
  readonly forGood: readonly string[];
  /** Its release has set them back, and nothing of it has set them since. */
  readonly released: readonly string[];
  /** Locks that a section of it has lifted and not set again, and when each section is over. */
  readonly lifted: readonly { readonly place: string; readonly until: Time }[];
}

type Places = Exclude<keyof SettingsRecord, 'lifted'>;

/** What an incident has set on a target: one file for both. Its caller holds the target's lock, so there is one writer. */
export interface Settings {
  read(): Promise<SettingsRecord>;
  note(as: Places, places: readonly string[]): Promise<void>;
  forget(as: Places, places: readonly string[]): Promise<void>;
  lift(places: readonly string[], until: Time): Promise<void>;
  endLift(places: readonly string[]): Promise<void>;
}

const NOTHING: SettingsRecord = { untilRelease: [], forGood: [], released: [], lifted: [] };

export function openSettings(path: string): Settings {
  const read = async (): Promise<SettingsRecord> => (await readRecord(path, recordSchema)) ?? NOTHING;
  const lift = async (places: readonly string[], until: Time | null): Promise<void> => {
    const record = await read();
    const others = record.lifted.filter(({ place }) => !places.includes(place));
    if (until === null && others.length === record.lifted.length) return;
    const lifted = until === null ? others : [...others, ...places.map((place) => ({ place, until }))];
    await replaceFile(path, canonical({ ...record, lifted }));
  };
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
    lift,
    endLift: (places) => lift(places, null),
  };
}

/** Places of locks that are lifted for a section now. A section that has not ended in its time is no reason any more: what it left lifted is open. */
export function liftedAt({ lifted }: Pick<SettingsRecord, 'lifted'>, now: number): readonly string[] {
  return lifted.filter(({ until }) => now < Date.parse(until)).map(({ place }) => place);
}

const recordSchema = z.strictObject({
  untilRelease: z.array(z.string()),
  forGood: z.array(z.string()),
  released: z.array(z.string()),
  // Records of an earlier version have none.
  lifted: z.array(z.strictObject({ place: z.string(), until: timeSchema })).default([]),
}) satisfies z.ZodType<SettingsRecord>;
