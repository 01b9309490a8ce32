import type { Json } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Change } from '../redfish/types.js';
import type { Account } from '../steps/accounts.js';
import { recordingReader, type Reader } from '../steps/reader.js';
import type { OwnAccount } from '../store/credentials.js';
import { claim, isNo, isYes, sendOnce, type Bench, type Look, type Prepared } from './bench.js';
import { readingOnce } from './conditions.js';
import { conversationWith, type Conversation } from './conversation.js';
import { refuse } from './error.js';
import { guardAccounts } from './guard.js';
import type { Hand } from './hand.js';
import { allowance } from './lockout.js';
import { isOfTarget, newSecret, patiently, rotationOf } from './new-secret.js';
import { findAccount, keepAccount, knownAccount, type About } from './own-account.js';
import { noteOf, standing, tryLogin } from './try-login.js';

type Remove = Send & { kind: 'account'; act: 'remove' };

interface Removing {
  readonly about: About;
  readonly send: Remove;
  readonly conversation: Conversation;
}

/**
 * Takes the incident's own account out again. Its URI was not known when this was planned: it is found by its name, and touched only where the record
 * of how it was made has this very URI, so that no other account of that name is. Seen by reading the list.
 */
export async function removingAccount<T>(about: About, send: Remove, work: (hand: Hand) => Promise<T>): Promise<T> {
  const conversation = conversationWith(about);
  const removing = { about, send, conversation };
  try {
    return await work({
      bench: about.bench,
      requireDevice: () => Promise.resolve(),
      prepare: () => prepare(removing),
      observe: () => patiently(() => finish(removing)),
    });
  } finally {
    await conversation.close();
  }
}

async function prepare(removing: Removing): Promise<Prepared | null> {
  const { about, send } = removing;
  const known = await knownAccount(about, send);
  if (known?.state === 'removed' || known?.state === 'refused') return null;
  if (known?.state === 'used') refuse('OWN_ACCOUNT', `${send.userName} is what we log in with; the inventory's login must be proven first`);
  const bench = await benchOf(removing, 'before-claim');
  const there = await findAccount(bench.reader('before-claim'), send);
  if (there === undefined) {
    if (known !== null) await gone(removing, known);
    return null;
  }
  // Given up before another one was made, and disabled by the freeze like anybody's.
  if (known === null && !there.enabled) return null;
  if (known === null) return foreign(send, there);
  const isOurs = there.uri === known.uri || (known.uri === null && (await letsUsIn(removing)));
  if (!isOurs) return foreign(send, there);
  const request = requestAt(send, there.uri, 0);
  await guardAccounts(request, there.reading, bench.connection.userName, bench.reader('before-claim'));
  return {
    seen: {},
    act: async () => {
      await keepAccount(about, { ...known, uri: there.uri });
      const left = await sendOnce(bench, null, changeOf(request, there));
      return left ? patiently(() => finish(removing)) : { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

function foreign({ userName }: Remove, { uri }: Account): never {
  return refuse('PRECONDITION_FAILED', `${uri} is called ${userName}, and no record says that this incident made it; look at it by hand`);
}

/** Where accounts are slots, the first request disables it and the next one empties the slot; after a crash in between this goes on with what is left. */
async function finish(removing: Removing): Promise<Look> {
  const { about, send } = removing;
  const { claims, order } = about.bench;
  const known = await knownAccount(about, send);
  if (known === null || known.state === 'removed') return { is: 'done' };
  const bench = await benchOf(removing, 'observe');
  const first = (await claims.tries(order, null)).answer;
  let there = await findAccount(bench.reader('observe'), send);
  const isHalf = there !== undefined && there.uri === known.uri && !there.enabled;
  if (there !== undefined && isHalf && (send.slot?.length ?? 0) > 1 && (await claims.find(order, there.uri)) === null) {
    await about.job.series.commit();
    await claim(bench, there.uri);
    await sendOnce(bench, there.uri, changeOf(requestAt(send, there.uri, 1), there));
    there = await findAccount(bench.reader('observe'), send);
  }
  if (there === undefined) return gone(removing, known);
  const second = (await claims.tries(order, there.uri)).answer;
  const no = [second, first].map((answer) => answer?.status).find(isNo);
  if (no !== undefined) return { is: 'failed', code: `HTTP_${String(no)}` };
  return { is: 'unsettled', shown: true, acknowledged: isYes((second ?? first)?.status) };
}

/** A secret of it that is pending still may be set aside now. */
async function gone({ about, send }: Removing, known: OwnAccount): Promise<Look> {
  const secret = newSecret(about.job, about.target, send.ref);
  if ((await rotationOf(secret)) !== null) await noteOf(secret, { state: 'old' });
  await keepAccount(about, { ...known, state: 'removed', code: null });
  return { is: 'done' };
}

async function benchOf({ about, conversation }: Removing, purpose: 'before-claim' | 'observe'): Promise<Bench> {
  const bench = await conversation.open();
  const reader = (): Reader => readingOnce(recordingReader(bench.connection, about.job.series, purpose));
  return { ...bench, reader };
}

/** Whether its answer was lost and it takes the secret that nobody else has. */
async function letsUsIn({ about, send }: Removing): Promise<boolean> {
  const secret = newSecret(about.job, about.target, send.ref);
  const pending = await secret.vault.pending(send.ref);
  if (pending === null || !isOfTarget(pending.key, secret) || (await rotationOf(secret)) === null) return false;
  await noteOf(secret, { mostRefusals: allowance(await standing(secret)) });
  return (await tryLogin(secret, { which: 'new', login: pending.credential, identity: about.identity })) === 'works';
}

function changeOf({ method, uri, body }: Send & { kind: 'redfish' }, { reading }: Account): Change {
  return { method, uri, body, ifMatch: reading.etag };
}

function requestAt({ slot }: Remove, uri: Account['uri'], n: number): Send & { kind: 'redfish' } {
  const body: Json = slot?.[n] ?? null;
  return { kind: 'redfish', method: slot === null ? 'DELETE' : 'PATCH', uri, body };
}
