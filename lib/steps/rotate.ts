import { withSecretOf } from '../model/secret-reference.js';
import type { Send } from '../model/operation.js';
import type { PasswordRules } from '../model/password.js';
import { destroysOf } from '../operations/effect.js';
import { textAt } from '../redfish/json.js';
import { entropyBits } from '../vault/password.js';
import { ownAccount, type Account } from './accounts.js';
import { StepError } from './error.js';
import { endSessions, readAccounts } from './freeze/accounts.js';
import { lookAround, type Ground } from './freeze/ground.js';
import { finding, quoted, type Numberless, type OwnSecret, type Proposal, type SectionProposal, type Survey } from './planning.js';
import { unlocking } from './rotate/lock.js';
import { passwordRules } from './rotate/rules.js';

/**
 * Gives our own login a new secret that no other BMC shares, and ends every session but ours afterwards, since a session outlives the password it
 * was opened with. The new secret is in the vault before the BMC hears of it, and current there only after it was seen to work and the old one to be
 * refused; in between the executor knows which of the two to use, so that no crash locks anybody out.
 */
export async function rotate(survey: Survey, _kept: unknown, secret: OwnSecret): Promise<Proposal> {
  const ground = await lookAround(survey);
  const own = ownAccount(await readAccounts(survey, ground.root), survey.own.userName);
  if (own === undefined)
    throw new StepError(
      'UNSUPPORTED',
      `${survey.target.id} lists no account of ours: a directory vouches for it, and its password is changed there`,
    );
  const rules = await passwordRules(survey, ground);
  const section = await bracketed(survey, ground, replacing(newReference(survey, secret), ground, own, rules));
  const { operations } = await endSessions(survey, ground);
  return {
    operations: [],
    findings: shared(survey, ground, secret),
    sections: [section, ...operations.map((one) => ({ operations: [one], always: [] }) as const)],
  };
}

/** Under a maker's lock nothing can be changed: it is lifted within the section, which locks again whatever happens. */
async function bracketed(survey: Survey, ground: Ground, { operations, always }: SectionProposal): Promise<SectionProposal> {
  const lock = await unlocking(survey, ground);
  return lock === null ? { operations, always } : { operations: [lock.lift, ...operations], always: [...always, lock.relock] };
}

function replacing(ref: string, { vendor }: Ground, account: Account, rules: PasswordRules): SectionProposal {
  const { uri, userName, reading } = account;
  const repeated = vendor.freeze.repeats.map((name): [string, string] => [name, textAt(reading.json ?? undefined, name) ?? '']);
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: withSecretOf(ref, Object.fromEntries(repeated)) };
  const bits = String(Math.floor(entropyBits(rules)));
  const create = operation(
    { kind: 'vault', act: 'create', ref, userName, rules },
    `keep a new secret of ${bits} bits for ${quoted(userName)} as ${ref}, pending`,
  );
  const change: Numberless = {
    ...operation(send, `give account ${quoted(userName)} at ${uri} that secret, and see by a login that it works`),
    before: [{ uri, pointer: '/UserName', equals: userName }],
    proof: { by: 'act', witness: 'login' },
    destroys: destroysOf(send),
  };
  const refused: Numberless = {
    ...operation({ kind: 'refusal', ref }, `see that the BMC refuses the secret before`),
    proof: { by: 'act', witness: 'login' },
  };
  const promote = operation({ kind: 'vault', act: 'promote', ref }, `make the new secret the current one of ${ref}`);
  const setAside = operation(
    { kind: 'vault', act: 'set-aside', ref },
    `take a new secret that the BMC did not take out of the way of ${ref}`,
  );
  return { operations: [create, change, refused, promote], always: [setAside] };
}

function operation(send: Send, line: string): Numberless {
  return {
    version: 1,
    send,
    line,
    limitMs: LIMIT_MS,
    before: [],
    after: [],
    proof: { by: 'state' },
    destroys: [],
    impact: 'none',
    undo: null,
  };
}

/** A BMC may start again over it, forget refused logins after a quarter of an hour, and a vault be sealed: so long it is looked at before a person is asked. */
const LIMIT_MS = 20 * 60_000;

/** Unique to this target: a reference that others share gets one of its own beside it, and from then on that is what we log in with. */
function newReference({ target }: Survey, secret: OwnSecret): string {
  return secret.sharedWith.length === 0 ? secret.ref : `${secret.ref}.${target.id}`;
}

function shared(survey: Survey, { root }: Ground, { sharedWith, ref }: OwnSecret): Proposal['findings'] {
  if (sharedWith.length === 0) return [];
  const some = sharedWith.slice(0, 20).join(', ');
  const advice = `${ref} opens ${String(sharedWith.length)} more targets: ${some}; whoever has it from one has them all, so rotate those too`;
  return [finding(survey, 'SHARED_SECRET', root, advice)];
}
