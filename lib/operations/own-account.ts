import type { Digest } from '../model/json.js';
import type { Target } from '../model/site.js';
import type { Connection } from '../redfish/types.js';
import { accountOf, type Account } from '../steps/accounts.js';
import { readMembers } from '../steps/collection.js';
import { onRecord } from '../steps/own-session.js';
import type { Reader } from '../steps/reader.js';
import type { OwnAccount } from '../store/credentials.js';
import type { Workbench } from './bench.js';
import type { Job } from './job.js';
import { requireDevice } from './new-secret.js';

/** What an operation about the incident's own account works with. */
export interface About {
  readonly job: Job;
  readonly target: Target;
  readonly common: Workbench;
  readonly identity: Digest<'identity'>;
}

/** What is known of the account of this reference; null when this incident made none. */
export async function knownAccount({ job, target }: About, { ref }: Pick<OwnAccount, 'ref'>): Promise<OwnAccount | null> {
  const { account } = await job.deps.credentials.read(target.id);
  return account?.incident === job.order.incident && account.ref === ref ? account : null;
}

/** Keeps what became of it, for the zone and for the record. */
export async function keepAccount({ job, target }: About, account: OwnAccount): Promise<void> {
  await job.deps.credentials.keep(target.id, account);
  const { userName, state, uri, ref, code } = account;
  await job.series.record('account.own', { userName, as: state, uri, secret: ref, code });
}

/** Case tells names apart on some BMCs and not on others. */
export async function findAccount(reader: Reader, { list, userName }: { list: string; userName: string }): Promise<Account | undefined> {
  const accounts = (await readMembers(reader, list)).flatMap((reading) => accountOf(reading) ?? []);
  return accounts.find((account) => account.userName.toLowerCase() === userName.toLowerCase());
}

/** One conversation with the device that was planned for, opened by whoever needs it first and with the login that we use now. */
export interface Talk {
  open(): Promise<Connection>;
  close(): Promise<void>;
}

export function talkWith({ job, target, common, identity }: About): Talk {
  let opened: Connection | null = null;
  return {
    async open() {
      if (opened !== null) return opened;
      const { deps, series, context } = job;
      opened = await onRecord(series, () => deps.connect(context.case, target, series, common.shield.signal));
      await requireDevice(opened, job, identity);
      return opened;
    },
    async close() {
      await opened?.close();
    },
  };
}
