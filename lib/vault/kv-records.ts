import { z } from 'zod';
import { VaultError } from './error.js';
import type { KvRecord } from './kv-client.js';
import { Secret } from './secret.js';
import type { Pending, Versioned } from './vault.js';

type Fields = Readonly<Record<string, unknown>>;

/** The login in a record; null when there is none. Other fields, and the name `username`, are a person's own affair. */
export function loginIn(reference: string, { data, version }: KvRecord): Versioned | null {
  if (data === null) return null;
  const login = Login.safeParse({ ...data, userName: data['userName'] ?? data['username'] });
  if (!login.success)
    throw new VaultError('UNREADABLE', `${reference}: expected the fields userName (or username) and password, got something else`);
  const { userName, password } = login.data;
  return { credential: { userName, password: Secret.of(password) }, version, key: keyOf({ data, version }) };
}

/** What becomes the current record: the fields that a person put there stay, under their names. */
export function recordOf({ key, credential }: Pending, { data, version }: KvRecord): Fields {
  const { userName, password } = credential;
  const login = data !== null && 'username' in data && !('userName' in data) ? { username: userName } : { userName };
  return { ...data, ...login, password: password.reveal(), [MARK]: { key, version: version + 1 } };
}

/** The pending credential in a record; null when there is none. */
export function waitingIn(reference: string, { data }: KvRecord): Pending | null {
  if (data === null) return null;
  const read = WaitingRecord.safeParse(data);
  if (!read.success) throw new VaultError('UNREADABLE', `${reference}: what is pending there is not of our making; move it away`);
  const { key, base, userName, password } = read.data;
  return { key, base, credential: { userName, password: Secret.of(password) } };
}

export function waitingRecord({ key, base, credential: { userName, password } }: Pending): Fields {
  return { key, base, userName, password: password.reveal() };
}

/** True when this version was pending under the key before it was promoted. */
export function isOf(record: KvRecord, key: string): boolean {
  return keyOf(record) === key;
}

/** A person who edits a record carries our mark along; it then names another version. */
function keyOf({ data, version }: KvRecord): string | null {
  const mark = Mark.safeParse(data?.[MARK]);
  return mark.success && mark.data.version === version ? mark.data.key : null;
}

const MARK = 'cofferdam';
const Mark = z.object({ key: z.string().min(1), version: z.int() });
const Login = z.object({ userName: z.string().min(1), password: z.string().min(1) });
const WaitingRecord = Login.extend({ key: z.string().min(1), base: z.int().min(0) });
