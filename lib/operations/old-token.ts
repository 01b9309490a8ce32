import { LoginError } from '../login/error.js';
import { RedfishError } from '../redfish/errors.js';
import type { Connection } from '../redfish/types.js';
import { isOwnSession, isSessionUri } from '../steps/accounts.js';
import { isGone, listMembers } from '../steps/collection.js';
import { StepError } from '../steps/error.js';
import { onRecord } from '../steps/own-session.js';
import type { Reader } from '../steps/reader.js';
import { claimKey } from '../store/claims.js';
import type { OldTokenSaid } from '../store/credentials.js';
import { VaultError } from '../vault/error.js';
import type { Pending } from '../vault/vault.js';
import { isYes, type Look, type Workbench } from './bench.js';
import { endSession, UNAUTHORIZED } from './dead-token.js';
import { oldLogin, type NewSecret } from './new-secret.js';
import { openWithOld, standing } from './try-login.js';

interface About {
  readonly secret: NewSecret;
  readonly pending: Pending;
  readonly bench: Workbench;
  readonly reader: Reader;
  /** Of the account: whoever logs in as it may read that, and nobody without a login may. */
  readonly uri: string;
}

/**
 * Whoever had the old secret may hold the token of a session that it opened. So it opens one more just before `change` replaces it, and once the new
 * one is seen to work that session must be over, or is ended as every other one is, and its token be refused. What `change` comes to is told
 * as it is; what the token came to is kept for the last operation of the plan, and is nothing where it could not be tried: tokens are on no disk.
 */
export async function tryingOldToken(about: About, change: () => Promise<Look>): Promise<Look> {
  const { secret } = about;
  const witness = await openWitness(about);
  try {
    const look = await change();
    const said = witness !== null && look.is === 'done' ? await tried(about, witness) : null;
    if (said !== null) await secret.job.deps.credentials.noteToken(secret.target.id, { ref: secret.ref, said });
    return look;
  } finally {
    await witness?.connection.close();
  }
}

interface OldSession {
  readonly connection: Connection;
  readonly session: string;
  readonly alive: number;
  readonly nobody: number;
}

/** Null: there is nothing to be tried afterwards. */
async function openWitness({ secret, pending, bench, reader, uri }: About): Promise<OldSession | null> {
  if (bench.session === null) return null;
  const sessions = bench.session.slice(0, bench.session.lastIndexOf('/'));
  const before = await unlessSilent(async () => (await listMembers(reader, sessions)).members);
  const login = await unlessSilent(async () => oldLogin(secret, await standing(secret), pending));
  if (before === null || login === null) return null;
  const connection = await openWithOld(secret, login);
  if (connection === null) return null;
  const seen = await unlessSilent(async () => ({
    alive: await connection.status(uri, 'ourselves'),
    nobody: await connection.status(uri, 'nobody'),
  }));
  const { session } = connection;
  // What the BMC calls our session could be somebody else's, or none.
  const isOurs = session !== null && isSessionUri(session) && !before.some((member) => isOwnSession(member, session));
  if (isOurs && seen !== null && isYes(seen.alive) && seen.nobody === UNAUTHORIZED) return { connection, session, ...seen };
  await connection.close();
  return null;
}

/** Null: nothing could be said. */
async function tried({ secret, bench, uri }: About, { connection, session, alive, nobody }: OldSession): Promise<OldTokenSaid | null> {
  const { job } = secret;
  return unlessSilent(async () => {
    const first = await connection.status(uri, 'ourselves');
    const isListed = isYes(first) && !isGone(await connection.status(session, 'ourselves'));
    const ended = isListed ? await endByAnother(secret, session) : null;
    const dead = isListed ? await connection.status(uri, 'ourselves') : first;
    await job.series.record('token.tried', { claim: claimKey(bench.order, null), session, alive, nobody, ended, dead });
    if (dead === UNAUTHORIZED) return 'refused';
    const isOver = !isListed || (ended !== null && (isYes(ended) || isGone(ended)));
    return isYes(dead) && isOver ? 'survives' : null;
  });
}

/** With the login that we use by now: for our own account that is the new one. */
async function endByAnother({ job, target }: NewSecret, session: string): Promise<number | null> {
  const { deps, context, series, signal } = job;
  const another = await onRecord(series, () => deps.connect(context.case, target, series, signal));
  try {
    return await endSession(another, session);
  } finally {
    await another.close();
  }
}

/** A BMC, or a vault, that gives no answer says nothing of the token, and must not change what is said of the secret. Null: it gave none. */
async function unlessSilent<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (SILENCES.some((silence) => error instanceof silence)) return null;
    throw error;
  }
}

const SILENCES = [RedfishError, StepError, LoginError, VaultError] as const;
