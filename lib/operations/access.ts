import { ownLogin } from '../login/own-login.js';
import type { Operation, Send } from '../model/operation.js';
import { secretIn } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import { RedfishError } from '../redfish/errors.js';
import type { Login } from '../redfish/types.js';
import { onRecord } from '../steps/own-session.js';
import { observeRules, prepareRules } from './access-rules.js';
import { claim, sendOnce, type Bench, type Look, type Prepared } from './bench.js';
import { allHold } from './conditions.js';
import { refuse } from './error.js';
import type { Job } from './job.js';
import { observeRequest, prepareRequest } from './redfish.js';

/** Whose second session it is. */
export interface Second {
  readonly job: Job;
  readonly target: Target;
}

/** With what it logs in: at hand before anything is sent, since afterwards a vault that is down must not keep us from taking it back. */
interface Ready extends Second {
  readonly login: Login;
}

/** A change of who may reach the BMC: its witness is a login that follows it. */
export function changesAccess({ send, proof }: Pick<Operation, 'send' | 'proof'>): boolean {
  const isChange = send.kind === 'access-rules' || (send.kind === 'redfish' && secretIn(send.body) === null);
  return isChange && proof.by === 'act' && proof.witness === 'login';
}

/** Nothing is sent unless it can be taken back, and unless the login of the second session is at hand. */
export async function prepareAccess(bench: Bench, second: Second): Promise<Prepared | null> {
  const { send, undo } = bench.operation;
  if (undo === null || bench.connection.session === null)
    return refuse('PRECONDITION_FAILED', 'without a session of ours that stays open nothing could be taken back');
  const ready = await readyFor(second);
  const prepared = await (send.kind === 'access-rules' ? prepareRules(bench, send) : prepareRequest(bench, requestOf(send)));
  return prepared === null ? null : { ...prepared, act: () => proven(bench, ready, prepared.act) };
}

export async function observeAccess(bench: Bench, second: Second): Promise<Look> {
  const { send } = bench.operation;
  return proven(bench, await readyFor(second), () => (send.kind === 'access-rules' ? observeRules(bench, send) : observeRequest(bench)));
}

/**
 * What was sent is in force, as far as the first session shows; then a second one, from the same address, must get in. Otherwise the change is taken
 * back through the first one, the only undo that waits for no person: it locks us out.
 */
async function proven(bench: Bench, ready: Ready, look: () => Promise<Look>): Promise<Look> {
  const isTakenBack = (await bench.claims.find(bench.order, TAKE_BACK)) !== null;
  if (isTakenBack) return tookBack(bench, ready);
  const seen = await look().catch((error: unknown) => {
    if (error instanceof RedfishError) return error;
    throw error;
  });
  // A first session that hears nothing any more tells as little as one that the BMC has not answered yet: the second one tells.
  if (!(seen instanceof RedfishError) && seen.is !== 'done') return seen;
  if (!(await getsIn(bench, ready))) return takeBack(bench, ready);
  if (seen instanceof RedfishError) throw seen;
  return seen;
}

/** Under its own claim, so that it is sent once, whatever happens to us. */
const TAKE_BACK = 'take-back';

async function takeBack(bench: Bench, ready: Ready): Promise<Look> {
  const { undo } = bench.operation;
  await claim(bench, TAKE_BACK);
  if (undo?.send.kind === 'redfish') {
    const { method, uri, body } = undo.send;
    await sendOnce(bench, TAKE_BACK, { method, uri, body, ifMatch: await tagOf(bench, uri) });
  }
  return tookBack(bench, ready);
}

/** Seen in the state, and by a second session. */
async function tookBack(bench: Bench, ready: Ready): Promise<Look> {
  const isBack = await asBefore(bench).catch((error: unknown) => {
    if (error instanceof RedfishError) return false;
    throw error;
  });
  if (!(await getsIn(bench, ready))) return { is: 'unknown', code: 'LOCKED_OUT' };
  // We got in now, and the worker may have ended before it took anything back.
  return isBack ? { is: 'failed', code: 'ACCESS_TAKEN_BACK' } : { is: 'unknown', code: 'NOT_TAKEN_BACK' };
}

async function asBefore(bench: Bench): Promise<boolean> {
  const { undo } = bench.operation;
  if (undo?.send.kind === 'access-rules') return (await observeRules(bench, undo.send, `${TAKE_BACK} `)).is === 'done';
  return undo !== null && allHold(undo.after, bench.reader('observe'));
}

/** Tries of a login that no answer came to; one that was refused is not tried again, since refusals lock accounts and addresses out. */
const TRIES = 3;

/** A fresh connection and login with the secret that we use now, and one read within it. A refusal here burns nothing: the list may be what refuses. */
async function getsIn({ operation }: Bench, { job, target, login }: Ready): Promise<boolean> {
  const { deps, context, series, signal } = job;
  for (let nth = 0; nth < TRIES; nth += 1) {
    try {
      const connection = await onRecord(series, () => deps.secondLogin(context.case, target, series, login, signal));
      try {
        return (await connection.get(placeOf(operation.send))).status === 200;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (!(error instanceof RedfishError)) throw error;
      if (error.code === 'LOGIN_REFUSED' || error.code === 'LOCKED_OUT') return false;
    }
  }
  return false;
}

async function readyFor(second: Second): Promise<Ready> {
  return { ...second, login: await ownLogin(second.target, second.job.deps) };
}

function placeOf(send: Send): string {
  return send.kind === 'access-rules' ? send.collection : requestOf(send).uri;
}

function requestOf(send: Send): Send & { kind: 'redfish' } {
  return send.kind === 'redfish' ? send : refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} change no access list`);
}

async function tagOf(bench: Bench, uri: string): Promise<string | null> {
  return bench
    .reader('observe')
    .get(uri)
    .then(({ etag }) => etag)
    .catch(() => null);
}
