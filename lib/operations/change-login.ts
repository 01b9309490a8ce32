import { LoginError } from '../login/error.js';
import { inventoryLogin, inventoryReference } from '../login/own-login.js';
import type { Send } from '../model/operation.js';
import { RedfishError } from '../redfish/errors.js';
import type { Connection } from '../redfish/types.js';
import { isEnabledAdministrator, ownAccount } from '../steps/accounts.js';
import { readAccounts } from '../steps/freeze/accounts.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import type { OwnAccount } from '../store/credentials.js';
import type { Look, Prepared } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import { patiently, requireDevice } from './new-secret.js';
import { keepAccount, knownAccount, type About } from './own-account.js';

type Change = Send & { kind: 'account'; act: 'use' | 'leave' };

/**
 * Which account we log in with: the incident's own from now on, or again the inventory's, which must let us in first and may still do everything, or
 * nobody would get in once our own is gone.
 */
export async function changingLogin<T>(about: About, send: Change, work: (hand: Hand) => Promise<T>): Promise<T> {
  const act = (): Promise<Look> => patiently(() => (send.act === 'use' ? use(about, send) : leave(about, send)));
  return work({
    bench: about.bench,
    requireDevice: () => Promise.resolve(),
    prepare: () => prepare(about, send, act),
    observe: act,
  });
}

async function prepare(about: About, send: Change, act: () => Promise<Look>): Promise<Prepared | null> {
  const known = await knownAccount(about, send);
  if (send.act === 'leave') return known?.state === 'used' ? { seen: {}, act } : null;
  if (known?.state === 'used') return null;
  if (known?.state !== 'made')
    return refuse('PRECONDITION_FAILED', `the account of ${send.ref} was not seen to work: it is ${known?.state ?? 'not made'}`);
  return { seen: {}, act };
}

async function use(about: About, send: Change): Promise<Look> {
  const known = await knownAccount(about, send);
  if (known?.state === 'used') return { is: 'done' };
  if (known?.state !== 'made') return { is: 'failed', code: 'NOT_PROVEN' };
  // What cannot be read there would shut us out.
  const { credential } = await about.job.deps.vaultOf(send.ref).read(send.ref);
  if (credential.userName !== known.userName) return { is: 'failed', code: 'VERSION_CONFLICT' };
  return keep(about, known, 'used');
}

/** One login with the inventory's. While it is refused, or may no longer do everything, ours stays. */
async function leave(about: About, send: Change): Promise<Look> {
  const { job, target } = about;
  const { deps, context, series, signal } = job;
  const known = await knownAccount(about, send);
  if (known?.state !== 'used') return { is: 'done' };
  const reference = inventoryReference(target, await deps.credentials.read(target.id));
  const said = await inventoryLogin(target, deps)
    .then((login) => onRecord(series, () => deps.tryLogin(context.case, target, series, login, signal)))
    .then((connection) => within(about, connection))
    .catch((error: unknown) => {
      if (error instanceof RedfishError && error.code === 'LOGIN_REFUSED') return 'INVENTORY_LOGIN_REFUSED';
      // Its rotation is open: that is settled first.
      if (error instanceof LoginError) return error.code;
      throw error;
    });
  await series.record('secret.tried', {
    secret: reference,
    which: 'inventory',
    said: said ?? 'works',
    refusals: said === 'INVENTORY_LOGIN_REFUSED' ? 1 : 0,
  });
  return said === null ? keep(about, known, 'left') : { is: 'failed', code: said };
}

/** Null: whoever this is may set things right. A login that a directory decides is on no list, and was good enough before. */
async function within({ job, target, identity }: About, connection: Connection): Promise<string | null> {
  try {
    await requireDevice(connection, job, identity);
    const reader = recordingReader(connection, job.series, 'observe');
    const accounts = await readAccounts(
      { reader, target, own: { userName: null, session: null, also: [] } },
      await reader.get('/redfish/v1'),
    );
    const account = ownAccount(accounts, connection.userName);
    return account === undefined || isEnabledAdministrator(account) ? null : 'INVENTORY_LOGIN_WEAK';
  } finally {
    await connection.close();
  }
}

async function keep(about: About, account: OwnAccount, state: OwnAccount['state']): Promise<Look> {
  await keepAccount(about, { ...account, state, code: null });
  return { is: 'done' };
}
