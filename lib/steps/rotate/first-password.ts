import type { Send } from '../../model/operation.js';
import type { PasswordRules } from '../../model/password.js';
import { withSecretOf } from '../../model/secret-reference.js';
import { destroysOf } from '../../operations/effect.js';
import { demands } from '../../operations/first-password.js';
import { at, linkAt } from '../../redfish/json.js';
import { accountToChange } from '../../redfish/messages.js';
import type { Answer } from '../../redfish/types.js';
import { canonicalUri } from '../../redfish/uri.js';
import { vendorOf } from '../../redfish/vendors/vendors.js';
import { accountOf } from '../accounts.js';
import { StepError } from '../error.js';
import { patientOperation } from '../patient-operation.js';
import { finding, joined, quoted, type Numberless, type OwnSecret, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { giving, newReference } from './replace.js';
import { sharedAndBurned } from './shared.js';

/**
 * A new password for our own account where the BMC lets our login do nothing else (DSP0266 13.2.6.1): read and change its own account, and end its own
 * session. Everything else that a rotation does has to be planned again afterwards, when the BMC can be read. Throws PASSWORD_CHANGE_REQUIRED where even
 * this cannot be done soundly.
 */
export async function firstPassword(survey: Survey, secret: OwnSecret, refusal: Answer): Promise<Proposal> {
  const root = await survey.reader.get('/redfish/v1');
  const account = await namedAccount(survey, root, refusal);
  requirePin(survey);
  const ref = newReference(secret, survey.target);
  const { userName, uri } = account;
  const { passwords } = vendorOf(root.json);
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: withSecretOf(ref) };
  const change: Numberless = {
    ...patientOperation(
      send,
      `give account ${quoted(userName)} at ${uri} that secret, and see by a login that it works and that the BMC is the one of the inventory; until then its key alone tells that, and no account or session could be read and sealed before`,
    ),
    before: [{ uri, pointer: '/UserName', equals: userName }, demands(uri)],
    proof: { by: 'act', witness: 'login' },
    destroys: destroysOf(send),
  };
  return joined([
    {
      operations: [],
      findings: [finding(survey, 'PASSWORD_CHANGE_DEMANDED', account.reading, ADVICE), ...sharedAndBurned(survey, root, secret)],
      sections: [giving({ ref, userName, rules: rulesOf(passwords), holders: [] }, change)],
    },
    { operations: [], findings: [], unsupported: 'PLAN_AGAIN' },
  ]);
}

const ADVICE =
  'the BMC lets our login change its own password and do nothing else: ask who set that; its accounts and sessions are read and sealed when the rest is planned';

/** The BMC's word, which may lead anywhere: it must be one account of the AccountService, and ours. */
async function namedAccount({ reader, target, own }: Survey, root: Reading, refusal: Answer): Promise<NamedAccount> {
  const service = linkAt(root, 'AccountService');
  const uri = canonicalUri(accountToChange(refusal.json) ?? '', refusal.uri);
  if (service === null || uri === null || !isWithin(uri, `${service}/Accounts/`))
    throw demanded(target.id, 'does not say which account of its AccountService that is');
  const reading = await reader.get(uri);
  const found = reading.status === 200 ? accountOf(reading) : null;
  if (found === null || found.userName !== own.userName) throw demanded(target.id, `names ${quoted(uri)}, which is not our account`);
  if (at(reading.json ?? undefined, 'PasswordChangeRequired') !== true)
    throw demanded(target.id, `does not show at ${quoted(uri)} that it demands that`);
  return { uri, userName: found.userName, reading };
}

interface NamedAccount {
  readonly uri: string;
  readonly userName: string;
  readonly reading: Reading;
}

function isWithin(uri: string, collection: string): boolean {
  return uri.startsWith(collection) && /^[^/?#%]+$/.test(uri.slice(collection.length));
}

/** An authority vouches for a name, and names move; which device gets a new secret must be shown by more than that. */
function requirePin({ target }: Survey): void {
  if (target.protocol === 'redfish' && target.pin !== null) return;
  throw demanded(target.id, 'cannot show which device it is before that, and no key of it is pinned; see target trust');
}

/** The BMC's own rules cannot be read: a length that every maker, and IPMI, takes, and the classes that its maker asks for at most. */
function rulesOf({ classes }: { readonly classes: number }): PasswordRules {
  return {
    minLength: FITS_ALL,
    maxLength: FITS_ALL,
    classes: classes > 3 ? ['lower', 'upper', 'digit', 'symbol'] : ['lower', 'upper', 'digit'],
  };
}

/** IPMI 1.5 carries no more, and no maker asks for more by itself ({@link ../../redfish/vendors/vendors.js}). */
const FITS_ALL = 16;

function demanded(id: string, what: string): StepError {
  return new StepError(
    'PASSWORD_CHANGE_REQUIRED',
    `${id} lets our login do nothing before its password is changed, and ${what}; nothing was sent. See docs/rotation.md for the way on`,
  );
}
