import { ownLogin } from '../login/own-login.js';
import type { Send } from '../model/operation.js';
import { burnsSecrets, RedfishError } from '../redfish/errors.js';
import type { Connection } from '../redfish/types.js';
import { isOwnSession, isSessionUri } from '../steps/accounts.js';
import { listMembers } from '../steps/collection.js';
import { onRecord } from '../steps/own-session.js';
import { claimKey } from '../store/claims.js';
import type { Second } from './access.js';
import { isNo, isYes, type Bench, type Look, type Prepared } from './bench.js';
import { refuse } from './error.js';
import { patiently } from './new-secret.js';

type DeadToken = Send & { kind: 'dead-token' };

/** A proof changes nothing that outlasts it, and is never `already`: each attempt makes it anew, with a session of its own. */
export async function prepareToken(bench: Bench, send: DeadToken, second: Second): Promise<Prepared> {
  if (bench.session === null)
    return refuse(
      'PRECONDITION_FAILED',
      `${second.target.id} gives us no session, so that no token of ours could show whether one dies with its session`,
    );
  return { seen: {}, act: () => observeToken(bench, send, second) };
}

/**
 * A BMC's list shows which sessions it calls ended, and not whose token it still takes. So one more session of ours is opened, ended by the first one
 * as every other is, and its token is used again. No room for it, or a BMC that does not answer, proves nothing and is waited for.
 */
export async function observeToken(bench: Bench, { sessions, replaced = [] }: DeadToken, second: Second): Promise<Look> {
  const look = await observeOwn(bench, sessions, second);
  return look.is === 'done' ? ofReplaced(second, replaced) : look;
}

function observeOwn(bench: Bench, sessions: string, { job, target }: Second): Promise<Look> {
  const { deps, context, series, signal } = job;
  return patiently(async () => {
    const { members } = await listMembers(bench.reader('observe'), sessions);
    const login = await ownLogin(target, deps);
    const witness = await onRecord(series, () => deps.secondLogin(context.case, target, series, login, signal));
    try {
      return await tried(bench, sessions, members, witness);
    } finally {
      await witness.close();
    }
  });
}

async function tried(bench: Bench, sessions: string, before: readonly string[], witness: Connection): Promise<Look> {
  const { connection } = bench;
  const { session } = witness;
  // To end what the BMC calls our session could otherwise end somebody else's, or delete what is none.
  if (session === null || !isSessionUri(session) || before.some((member) => isOwnSession(member, session)))
    return { is: 'unknown', code: 'NO_SESSION_OF_OURS' };
  const alive = await witness.status(sessions, 'ourselves');
  const nobody = await witness.status(sessions, 'nobody');
  if (!isYes(alive) || nobody !== UNAUTHORIZED) {
    await tell(bench, { session, alive, nobody, ended: null, dead: null });
    // What everybody may read says nothing of a token.
    return isYes(nobody) ? { is: 'unknown', code: 'OPEN_TO_ANYBODY' } : UNPROVEN;
  }
  const ended = await endSession(connection, session);
  const dead = await witness.status(sessions, 'ourselves');
  await tell(bench, { session, alive, nobody, ended, dead });
  if (isYes(dead)) return survivor(ended);
  // A BMC that refuses everybody by now, our first session included, has not refused this token.
  const isRefused = dead === UNAUTHORIZED && isYes(await connection.status(sessions, 'ourselves'));
  return isRefused ? { is: 'done' } : UNPROVEN;
}

/**
 * DSP0266, "Status codes": 401 is what credentials get that are missing or invalid. 403 is for credentials that the service recognised, which of a
 * dead token it must not.
 */
export const UNAUTHORIZED = 401;

const UNPROVEN: Look = { is: 'unsettled', shown: false, acknowledged: false };

interface Tried {
  readonly session: string;
  readonly alive: number;
  readonly nobody: number;
  readonly ended: number | null;
  readonly dead: number | null;
}

async function tell({ series, order }: Bench, tried: Tried): Promise<void> {
  await series.record('token.tried', { claim: claimKey(order, null), ...tried });
}

/** As `redfish-each` ends the others. Null: nobody knows what became of it, and the token tells. */
export async function endSession(connection: Connection, session: string): Promise<number | null> {
  try {
    return (await connection.send({ method: 'DELETE', uri: session, body: null, ifMatch: null })).status;
  } catch (error) {
    if (error instanceof RedfishError && !burnsSecrets(error.code)) return null;
    throw error;
  }
}

/** What the tokens came to that secrets had opened before they were replaced ({@link ./old-token.js}). */
async function ofReplaced({ job, target }: Second, replaced: readonly string[]): Promise<Look> {
  const { oldTokens } = await job.deps.credentials.read(target.id);
  const said = replaced.map((reference) => oldTokens.find(({ ref }) => ref === reference)?.said);
  if (said.includes('survives')) return { is: 'failed', code: 'TOKEN_SURVIVES' };
  return said.includes(undefined) ? { is: 'unknown', code: 'OLD_TOKEN_UNTRIED' } : { is: 'done' };
}

/** Only of a session that the BMC said it has ended does a token that works say something. */
function survivor(ended: number | null): Look {
  if (ended === null) return UNPROVEN;
  if (isYes(ended)) return { is: 'failed', code: 'TOKEN_SURVIVES' };
  return isNo(ended) ? { is: 'failed', code: `HTTP_${String(ended)}` } : UNPROVEN;
}
