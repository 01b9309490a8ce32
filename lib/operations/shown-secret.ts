import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import { revealedIn, secretPlaceIn, valueAtPlace, type SecretPlace } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import type { Connection } from '../redfish/types.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import type { Rotation, RotationState } from '../store/credentials.js';
import { isNo, isYes, sendOnce, type Look, type Prepared, type Workbench } from './bench.js';
import { readingOnce } from './conditions.js';
import { withoutEcho } from './echo.js';
import { refuse } from './error.js';
import { guardAccounts } from './guard.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { newSecret, requireDevice, requirePending, rotationOf, type NewSecret } from './new-secret.js';
import { LOOKS } from './observed.js';

type Request = Send & { kind: 'redfish' };

/** A secret that is a setting, and that its BMC shows to whoever may read settings. */
interface Shown extends NewSecret {
  readonly place: SecretPlace;
  readonly send: Request;
  readonly connection: Connection;
}

/**
 * Sets a setting to the pending secret. What it is afterwards is read in the setting itself and compared here: neither that answer nor the body that was
 * sent is kept as evidence, which would hold the new secret in clear.
 */
export async function withShownSecret<T>(
  job: Job,
  target: Target,
  common: Workbench,
  send: Request,
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const { place, reference } = secretPlaceIn(send.body) ?? refuse('BAD_SEND', 'the body names no secret');
  const connection = await onRecord(job.series, () => job.deps.connect(job.context.case, target, job.series, common.shield.signal));
  const secret: Shown = { ...newSecret(job, target, reference), place, send, connection };
  const bench = { ...common, session: connection.session };
  try {
    return await work({
      bench,
      requireDevice: () => requireDevice(connection, job, identity),
      prepare: () => prepare(secret, bench),
      observe: () => observe(secret, bench),
    });
  } finally {
    await connection.close();
  }
}

async function prepare(secret: Shown, bench: Workbench): Promise<Prepared | null> {
  const { job, connection, place, send } = secret;
  const { credential, key } = await requirePending(secret);
  const text = credential.password.reveal();
  // An earlier attempt may have set it, and then what is read is not for the record.
  if ((await shown(secret)) === text) {
    await note(secret, key, 'new');
    return null;
  }
  const reader = readingOnce(recordingReader(connection, job.series, 'before-claim'));
  const fresh = await reader.get(send.uri);
  if (typeof valueAtPlace(fresh.json ?? undefined, place) !== 'string')
    refuse('PRECONDITION_FAILED', `${send.uri} no longer shows the setting that is to be replaced; plan again`);
  await guardAccounts(send, fresh, connection.userName, reader);
  const recorded = { ...bench, connection: withoutEcho(connection, text), reader: () => reader };
  return {
    seen: {},
    act: async () => {
      await note(secret, key, 'sent');
      const change = { method: send.method, uri: send.uri, body: revealedIn(send.body, text), ifMatch: fresh.etag };
      if (await sendOnce(recorded, null, change)) return observe(secret, bench);
      await note(secret, key, 'old');
      return { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

async function observe(secret: Shown, { claims, order }: Workbench): Promise<Look> {
  // The claim was made and the worker died before it noted, and so before it sent.
  if ((await rotationOf(secret)) === null) return { is: 'failed', code: 'NOT_SENT' };
  const { credential, key } = await requirePending(secret);
  const now = await shown(secret);
  if (now === credential.password.reveal()) {
    await note(secret, key, 'new');
    return { is: 'done' };
  }
  if (typeof now !== 'string') return { is: 'unknown', code: 'NOT_SHOWN' };
  const { answer, observed } = await claims.tries(order, null);
  if (isNo(answer?.status)) {
    await note(secret, key, 'old');
    return { is: 'failed', code: `HTTP_${String(answer.status)}` };
  }
  if (observed < LOOKS) return { is: 'unsettled', shown: true, acknowledged: isYes(answer?.status) };
  // It may have been late; what it shows at last is what it has.
  await note(secret, key, 'old');
  return { is: 'failed', code: 'NOT_APPLIED' };
}

/** What the setting is now, read and not recorded. */
async function shown({ connection, send, place }: Shown): Promise<unknown> {
  return valueAtPlace((await connection.get(send.uri)).json ?? undefined, place);
}

async function note({ job, target, ref }: NewSecret, key: string, state: RotationState): Promise<void> {
  const rotation: Rotation = {
    ref,
    key,
    state,
    ours: false,
    demanded: false,
    over: null,
    oldRefused: false,
    newRefused: false,
    ...NO_LOGINS,
  };
  await job.deps.credentials.note(target.id, rotation);
}

/** Nobody logs in with it. */
const NO_LOGINS = { refusals: 0, refusedAt: null, mostRefusals: 0, lockout: { bears: 0, forgetsMs: null } } as const;
