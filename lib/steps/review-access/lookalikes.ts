import { at, isList } from '../../redfish/json.js';
import { lookalikeOf } from '../../redfish/vendors/access/access.js';
import type { Account } from '../accounts.js';
import { recordsOf } from '../attribution.js';
import type { ShownRecord } from '../review-logs/logs.js';

/**
 * Why an account that nobody listed is there all the same, of those that BMCs and their hosts make for themselves; null for all others. Anybody can
 * choose such a name: one that the log says was made from the network is none.
 */
export async function madeByItself(account: Account, records: () => Promise<readonly ShownRecord[]>): Promise<string | null> {
  const { userName, roles, reading } = account;
  const types = at(reading.json ?? undefined, 'AccountTypes');
  const ways = (isList(types) ? types : []).filter((one) => typeof one === 'string');
  const isBootstrap = at(reading.json ?? undefined, 'HostBootstrapAccount') === true;
  const why = isBootstrap
    ? 'the BMC says that its host made it (HostBootstrapAccount)'
    : (lookalikeOf('account', userName, ways) ?? lookalikeOf('account', userName, roles))?.why;
  if (why === undefined) return null;
  const fromAfar = recordsOf(await records(), reading).some(
    ({ address }) => address !== null && !/^(?:169\.254\.|fe80:|127\.|::1$)/.test(address),
  );
  return fromAfar ? null : why;
}
