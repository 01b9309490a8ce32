import { join } from 'node:path';
import { z } from 'zod';
import type { Digest, Id } from '../model/json.js';
import { canonical } from '../trust/canonical.js';
import { digestOfKind } from '../trust/schemas.js';
import { namesIn, readRecord, replaceFile } from './files.js';

/**
 * How far a new TLS key has come. `asked`: the BMC may have made one. `requested`: its request was checked. `signed`: so was the certificate. `sent`: the BMC may
 * show either key. `not-applied`: it had time, and goes on showing the old one.
 */
export const RENEWAL_STATES = ['asked', 'requested', 'signed', 'sent', 'not-applied'] as const;

/** A TLS key that is being replaced. Nothing in it is secret: the private keys never leave the BMC. */
export interface Renewal {
  /** The attempt at the request: what another one left is not taken for its own. */
  readonly by: Digest<'claim'>;
  readonly state: (typeof RENEWAL_STATES)[number];
  /** The key that answered when the new one was asked for. */
  readonly old: Digest<'spki'>;
  /** Of the key that the BMC made; null until its request was checked. */
  readonly fresh: Digest<'spki'> | null;
  /** What it told before it was asked, where it keeps that in a resource: no answer to us. */
  readonly earlier: string | null;
  /** PEM as the BMC told it; null while it has not. */
  readonly request: string | null;
  /** PEM of the certificate, then of those that lead to the site's authority; null until signed. */
  readonly issued: string | null;
}

export interface PinsRecord {
  /** The key that is required since a renewal was proven; null: none was. */
  readonly pin: Digest<'spki'> | null;
  /** The plan under which that was proven. */
  readonly provenBy: Digest<'plan'> | null;
  /** Keys that were replaced: never taken again, whatever the inventory or anybody says. Newest last. */
  readonly retired: readonly Digest<'spki'>[];
  readonly renewal: Renewal | null;
}

/** What one zone knows about the TLS keys of its targets, whatever incident found it out. Its caller holds the target's lock, so there is one writer. */
export interface Pins {
  read(target: Id<'target'>): Promise<PinsRecord>;
  /** Notes how far the renewal has come; null forgets it. */
  note(target: Id<'target'>, renewal: Renewal | null): Promise<void>;
  /** The new key was proven: it is required, and the old one refused. */
  replace(
    target: Id<'target'>,
    keys: { readonly old: Digest<'spki'>; readonly fresh: Digest<'spki'> },
    plan: Digest<'plan'>,
  ): Promise<void>;
  /** Every key that a record of another target names. */
  ofOthers(target: Id<'target'>): Promise<readonly Digest<'spki'>[]>;
}

const NOTHING: PinsRecord = { pin: null, provenBy: null, retired: [], renewal: null };

export function openPins(folder: string): Pins {
  const readAt = async (name: string): Promise<PinsRecord> => (await readRecord(join(folder, name), recordSchema)) ?? NOTHING;
  const nameOf = (target: Id<'target'>): string => `${target}.json`;
  const write = (target: Id<'target'>, record: PinsRecord): Promise<void> => replaceFile(join(folder, nameOf(target)), canonical(record));
  return {
    read: (target) => readAt(nameOf(target)),
    async note(target, renewal) {
      await write(target, { ...(await readAt(nameOf(target))), renewal });
    },
    async replace(target, { old, fresh }, provenBy) {
      const { retired } = await readAt(nameOf(target));
      await write(target, { pin: fresh, provenBy, retired: [...retired.filter((one) => one !== old), old], renewal: null });
    },
    async ofOthers(target) {
      const names = (await namesIn(folder)).filter((name) => name !== nameOf(target));
      const records = await Promise.all(names.map(readAt));
      return records.flatMap(keysIn);
    },
  };
}

/** Every key that the record names. */
export function keysIn({ pin, retired, renewal }: PinsRecord): readonly Digest<'spki'>[] {
  return [pin, ...retired, renewal?.old ?? null, renewal?.fresh ?? null].filter((key) => key !== null);
}

const spki = digestOfKind<'spki'>();

const recordSchema = z.strictObject({
  pin: spki.nullable(),
  provenBy: digestOfKind<'plan'>().nullable(),
  retired: z.array(spki),
  renewal: z
    .strictObject({
      by: digestOfKind<'claim'>(),
      state: z.enum(RENEWAL_STATES),
      old: spki,
      fresh: spki.nullable(),
      earlier: z.string().nullable(),
      request: z.string().nullable(),
      issued: z.string().nullable(),
    })
    .nullable(),
}) satisfies z.ZodType<PinsRecord>;
