import { join } from 'node:path';
import { z } from 'zod';
import type { Id } from '../model/json.js';
import { canonical } from '../trust/canonical.js';
import { readRecord, replaceFile } from './files.js';
import { idOf } from '../trust/schemas.js';

/**
 * How far a rotation has come, by what was seen. `sent`: the BMC may take either secret. `new` and `old`: it takes just that one, as far as was tried.
 * `both` and `neither`: both were tried.
 */
export const ROTATION_STATES = ['sent', 'new', 'old', 'both', 'neither'] as const;
export type RotationState = (typeof ROTATION_STATES)[number];

/** A secret that is being replaced. */
export interface Rotation {
  /** What the new secret is kept under. */
  readonly ref: string;
  /** The key of the pending credential in its vault. */
  readonly key: string;
  readonly state: RotationState;
  /** It is the secret that we log in with ourselves. */
  readonly ours: boolean;
  /** Seen since the last signed attempt began: the secret before was refused, and the new one. */
  readonly oldRefused: boolean;
  readonly newRefused: boolean;
  /** Logins that the BMC has refused, or may have, since the last good one; counted before each leaves. */
  readonly refusals: number;
  /** When the last of them left, milliseconds since 1970; null before the first. */
  readonly refusedAt: number | null;
  /** So many it may refuse until a person has looked again. */
  readonly mostRefusals: number;
  readonly lockout: Lockout;
  /** Until it is replaced, the BMC lets the old one change itself and do nothing else. */
  readonly demanded: boolean;
  /** The version that somebody wrote into the vault meanwhile, over which the new one may go once that is seen to be refused; null: nobody did. 0: somebody took all versions away. */
  readonly over: number | null;
}

/** What the BMC does to those who guess, as far as it says so. */
export interface Lockout {
  /** So many refused logins in a row keep nobody out. */
  readonly bears: number;
  /** So long after the last refused login it has forgotten them all; null: only a good login makes it forget. */
  readonly forgetsMs: number | null;
}

/**
 * What became of the account that an incident made for itself. `sent`: the BMC may have it. `made`: its login was seen to work. `used`: we log in
 * with it. `left`: we log in with the inventory's again. `lost`: it is there and does not let us in. `refused`: the BMC did not take it.
 */
export const OWN_ACCOUNT_STATES = ['sent', 'made', 'used', 'left', 'lost', 'refused', 'removed'] as const;
export type OwnAccountState = (typeof OWN_ACCOUNT_STATES)[number];

/** The account of a target that an incident made for itself. */
export interface OwnAccount {
  readonly incident: Id<'incident'>;
  readonly userName: string;
  /** What its secret is kept under. */
  readonly ref: string;
  /** Where the BMC has put it; null until the BMC said so, or a login showed it. */
  readonly uri: string | null;
  readonly state: OwnAccountState;
  /** Why it was refused, or is lost. */
  readonly code: string | null;
}

/** What became of the token of a session that a secret had opened, once that secret was replaced and the session ended. */
export const OLD_TOKENS = ['refused', 'survives'] as const;
export type OldTokenSaid = (typeof OLD_TOKENS)[number];

export interface OldToken {
  /** What the new secret is kept under. */
  readonly ref: string;
  readonly said: OldTokenSaid;
}

export interface CredentialsRecord {
  /** The reference that replaced the inventory's, when several targets shared that one; null: the inventory's. */
  readonly uses: string | null;
  readonly rotations: readonly Rotation[];
  /** Of the last incident that made one. */
  readonly account: OwnAccount | null;
  /** Of the last new secret of each reference that was sent; none where nothing could be said. */
  readonly oldTokens: readonly OldToken[];
}

/** What one zone knows about the secrets of its targets, whatever incident found it out. Its caller holds the target's lock, so there is one writer. */
export interface Credentials {
  read(target: Id<'target'>): Promise<CredentialsRecord>;
  /** Adds a rotation, or replaces the one of the same reference. One that is `sent` forgets the old token of its reference: that is another one now. */
  note(target: Id<'target'>, rotation: Rotation): Promise<void>;
  /** Forgets the rotation of this reference; `uses`: what we log in with from now on, null for no change. */
  end(target: Id<'target'>, ref: string, uses: string | null): Promise<void>;
  /** What became of an incident's own account. */
  keep(target: Id<'target'>, account: OwnAccount): Promise<void>;
  /** Adds what an old token came to, or replaces that of the same reference. */
  noteToken(target: Id<'target'>, token: OldToken): Promise<void>;
}

const NOTHING: CredentialsRecord = { uses: null, rotations: [], account: null, oldTokens: [] };

export function openCredentials(folder: string): Credentials {
  const pathOf = (target: Id<'target'>): string => join(folder, `${target}.json`);
  const read = async (target: Id<'target'>): Promise<CredentialsRecord> => (await readRecord(pathOf(target), recordSchema)) ?? NOTHING;
  const write = (target: Id<'target'>, record: CredentialsRecord): Promise<void> => replaceFile(pathOf(target), canonical(record));
  return {
    read,
    async note(target, rotation) {
      const record = await read(target);
      const oldTokens = rotation.state === 'sent' ? without(record.oldTokens, rotation.ref) : record.oldTokens;
      await write(target, { ...record, rotations: [...without(record.rotations, rotation.ref), rotation], oldTokens });
    },
    async end(target, ref, uses) {
      const record = await read(target);
      await write(target, { ...record, uses: uses ?? record.uses, rotations: without(record.rotations, ref) });
    },
    async keep(target, account) {
      await write(target, { ...(await read(target)), account });
    },
    async noteToken(target, token) {
      const record = await read(target);
      await write(target, { ...record, oldTokens: [...without(record.oldTokens, token.ref), token] });
    },
  };
}

function without<T extends { readonly ref: string }>(all: readonly T[], ref: string): readonly T[] {
  return all.filter((one) => one.ref !== ref);
}

const recordSchema = z.strictObject({
  uses: z.string().nullable(),
  rotations: z.array(
    z.strictObject({
      ref: z.string(),
      key: z.string(),
      state: z.enum(ROTATION_STATES),
      ours: z.boolean(),
      oldRefused: z.boolean(),
      newRefused: z.boolean(),
      refusals: z.int().nonnegative(),
      refusedAt: z.int().nonnegative().nullable(),
      mostRefusals: z.int().nonnegative(),
      lockout: z.strictObject({ bears: z.int().nonnegative(), forgetsMs: z.int().nonnegative().nullable() }),
      over: z.int().nonnegative().nullable(),
      // Records of an earlier version do not say.
      demanded: z.boolean().default(false),
    }),
  ),
  account: z
    .strictObject({
      incident: idOf<'incident'>(),
      userName: z.string(),
      ref: z.string(),
      uri: z.string().nullable(),
      state: z.enum(OWN_ACCOUNT_STATES),
      code: z.string().nullable(),
    })
    .nullable()
    // Records of an earlier version have none.
    .default(null),
  oldTokens: z.array(z.strictObject({ ref: z.string(), said: z.enum(OLD_TOKENS) })).default([]),
}) satisfies z.ZodType<CredentialsRecord>;
