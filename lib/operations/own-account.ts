import type { Digest } from '../model/json.js';
import type { Target } from '../model/site.js';
import { accountOf, type Account } from '../steps/accounts.js';
import { readMembers } from '../steps/collection.js';
import type { Reader } from '../steps/reader.js';
import type { OwnAccount } from '../store/credentials.js';
import type { Workbench } from './bench.js';
import type { Job } from './job.js';

/** What an operation about the incident's own account works with. */
export interface About {
  readonly job: Job;
  readonly target: Target;
  readonly bench: Workbench;
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

/**
 * By its name, since case tells names apart on some BMCs and not on others, and only right below the list: a BMC that lists anything else as an account
 * of ours would have us take that out.
 */
export async function findAccount(reader: Reader, { list, userName }: { list: string; userName: string }): Promise<Account | undefined> {
  const accounts = (await readMembers(reader, list)).flatMap((reading) => accountOf(reading) ?? []);
  return accounts.find(
    (account) =>
      account.userName.toLowerCase() === userName.toLowerCase() &&
      account.uri.slice(0, account.uri.lastIndexOf('/')).toLowerCase() === list.toLowerCase(),
  );
}
