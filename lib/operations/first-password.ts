import type { Json } from '../model/json.js';
import type { Condition, Operation } from '../model/operation.js';
import { secretPlaceIn } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import { isObject, linkAt, textAt } from '../redfish/json.js';
import { messageIdsOf, saysPasswordChange } from '../redfish/messages.js';
import type { Connection } from '../redfish/types.js';
import { captureWitness } from '../steps/witness.js';
import type { Reader, Reading } from '../steps/reader.js';
import { refuse } from './error.js';
import type { Job } from './job.js';

/** What the plan of such a change says of the account: the BMC lets it change its own password, and do nothing else (DSP0266 13.2.6.1). */
export function demands(uri: string): Condition {
  return { uri, pointer: DEMANDED, equals: true };
}

const DEMANDED = '/PasswordChangeRequired';

/** Whether that is all that this operation does: nothing but a new password, for an account that may do nothing else. */
export function isFirstPassword({ send, before }: Pick<Operation, 'send' | 'before'>): boolean {
  if (send.kind !== 'redfish' || send.method !== 'PATCH' || !isPasswordAlone(send.body)) return false;
  return before.some((one) => one.uri === send.uri && 'pointer' in one && one.pointer === DEMANDED && one.equals === true);
}

function isPasswordAlone(body: Json): boolean {
  return secretPlaceIn(body)?.place === 'password' && isObject(body) && Object.keys(body).length === 1;
}

/**
 * What must be right before a new secret goes to a BMC that does not say which device it is: the pinned key, and the UUID that its service root shows to
 * everybody; and that this login can indeed read nothing of what the change may destroy. What it is answered is sealed in place of that, with all that
 * needs no login. Refuses otherwise, and then nothing was sent.
 */
export async function requireFirstPassword(
  { deps, order, series, signal }: Job,
  target: Target,
  { connection, reader, uri }: { readonly connection: Connection; readonly reader: Reader; readonly uri: string },
): Promise<void> {
  if (target.protocol !== 'redfish' || target.pin === null || connection.peer !== target.pin)
    refuse('PASSWORD_CHANGE_REQUIRED', `nothing but a pinned key could show who gets a new secret, and no key of ${target.id} is pinned`);
  const root = await reader.get('/redfish/v1');
  const [known, shown] = [target.identity.uuid, textAt(root.json ?? undefined, 'UUID') ?? ''];
  if (known !== '' && shown !== '' && known !== shown) refuse('WRONG_DEVICE', 'the service root shows another UUID than the inventory has');
  const isUuidUnknown = known === '' || shown === '';
  if (isUuidUnknown && (await deps.keysOfOthers(order.incident, target.id)).includes(target.pin))
    refuse(
      'PASSWORD_CHANGE_REQUIRED',
      `the key of ${target.id} is another target's too, and no UUID tells which of them gets the new secret`,
    );
  const lists = [uri.slice(0, uri.lastIndexOf('/')), linkAt(root, 'Links', 'Sessions')];
  for (const list of lists)
    if (list !== null && !isRefused(await reader.get(list)))
      refuse('PRECONDITION_FAILED', `${list} can be read: the BMC does not demand a new password first; plan again`);
  await captureWitness(target, series, signal);
}

function isRefused({ status, json }: Reading): boolean {
  return status === 403 && saysPasswordChange(messageIdsOf(json));
}
