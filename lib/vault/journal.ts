import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readPrivate } from '../files/private-file.js';
import { time, type Time } from '../model/json.js';
import { createFile, hasCode } from '../store/files.js';
import { VaultError } from './error.js';

/**
 * What happened to one secret, in order: files `00000001.asc`, `00000002.asc` and so on, each created once and never changed or removed. Whoever
 * creates the next one has decided what happens next, so a decision made from an older state never gets a name. The first line of an entry says what
 * it is, in clear; the rest, in entries that bring a credential, is an OpenPGP message, which gpg opens as the file stands.
 */
export interface Entry {
  readonly facts: Facts;
  /** ASCII armor; empty where the entry brings no credential. */
  readonly sealed: string;
}

type Facts = Fact & { readonly version: 1; readonly at: Time };
type Fact = Written | Pended | Decided;

/** An entry that has no time yet. */
export interface NewEntry {
  readonly facts: Fact;
  readonly sealed: string;
}

/** A person's own credential. */
interface Written {
  readonly what: 'written';
}

interface Pended {
  readonly what: 'pending';
  readonly key: string;
  readonly base: number;
}

/** What became of the pending one. */
interface Decided {
  readonly what: 'promoted' | 'set-aside';
  readonly key: string;
}

const MAX_ENTRIES = 10_000;
const MAX_BYTES = 65_536;
const NAME = /^\d{8}\.asc$/;

/** All entries, the oldest first. Throws what the file system throws, and UNREADABLE when one is missing or is none. */
export async function readJournal(folder: string): Promise<readonly Entry[]> {
  const names = (await listed(folder)).filter((name) => NAME.test(name)).sort();
  if (names.length > MAX_ENTRIES) throw new VaultError('UNREADABLE', `${folder}: expected at most ${String(MAX_ENTRIES)} entries`);
  return Promise.all(
    names.map(async (name, at) => {
      if (name !== nameOf(at)) throw new VaultError('UNREADABLE', `${folder}: ${nameOf(at)} is missing; put it back from a backup`);
      return parse(join(folder, name), (await readPrivate(join(folder, name), MAX_BYTES)).toString('utf8'));
    }),
  );
}

/** Adds an entry after the first `length` ones; false when somebody else has. */
export async function append(folder: string, length: number, { facts, sealed }: NewEntry): Promise<boolean> {
  const line = JSON.stringify({ version: 1, at: time(Date.now()), ...facts });
  return createFile(join(folder, nameOf(length)), sealed === '' ? `${line}\n` : `${line}\n\n${sealed}`);
}

const Common = { version: z.literal(1), at: z.string().transform((text) => time(Date.parse(text))) };
const Key = z.string().min(1);
const FactsLine = z.discriminatedUnion('what', [
  z.strictObject({ ...Common, what: z.literal('written') }),
  z.strictObject({ ...Common, what: z.literal('pending'), key: Key, base: z.int().min(0) }),
  z.strictObject({ ...Common, what: z.enum(['promoted', 'set-aside']), key: Key }),
]) satisfies z.ZodType<Facts>;

function parse(path: string, text: string): Entry {
  const end = text.indexOf('\n');
  try {
    return { facts: FactsLine.parse(JSON.parse(text.slice(0, end))), sealed: text.slice(end + 1).trimStart() };
  } catch {
    // The parser's words could quote the file.
    throw new VaultError('UNREADABLE', `${path}: its first line does not say what it is; put the file back from a backup`);
  }
}

function nameOf(at: number): string {
  return `${String(at + 1).padStart(8, '0')}.asc`;
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
