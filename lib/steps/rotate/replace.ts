import type { Id } from '../../model/json.js';
import type { Send } from '../../model/operation.js';
import type { PasswordRules } from '../../model/password.js';
import { readSecretReference, unshared, withSecretOf } from '../../model/secret-reference.js';
import type { Target } from '../../model/site.js';
import { destroysOf } from '../../operations/effect.js';
import { textAt } from '../../redfish/json.js';
import { entropyBits } from '../../vault/password.js';
import type { Account } from '../accounts.js';
import type { Ground } from '../freeze/ground.js';
import { quoted, type Numberless, type SectionProposal, type Survey, type TargetSecret } from '../planning.js';
import { unlocked } from '../makers-lock.js';
import { patientOperation } from '../patient-operation.js';

export interface Replacement {
  readonly account: Account;
  readonly secret: TargetSecret;
  readonly rules: PasswordRules;
  /** Who is shut out until told, for people who read the plan; empty where nobody is known. */
  readonly users: string;
  /** Who gets the new secret in an envelope before the BMC does: of a break-glass account. */
  readonly holders: readonly Id<'person'>[];
}

/** The section that gives one account a secret which no other one shares. */
export function replaceLogin(survey: Survey, ground: Ground, replacement: Replacement): Promise<SectionProposal> {
  const { account, secret, rules, users, holders } = replacement;
  const { uri, userName, reading } = account;
  const ref = newReference(secret, survey.target);
  const repeated = ground.vendor.freeze.repeats.map((name): [string, string] => [name, textAt(reading.json ?? undefined, name) ?? '']);
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: withSecretOf(ref, Object.fromEntries(repeated)) };
  const change: Numberless = {
    ...patientOperation(
      send,
      `give account ${quoted(userName)} at ${uri} that secret, and see by a login that it works${users === '' ? '' : `; ${shutOut(users, ref)}`}`,
    ),
    before: [{ uri, pointer: '/UserName', equals: userName }],
    proof: { by: 'act', witness: 'login' },
    destroys: destroysOf(send),
  };
  return unlocked(survey, ground, giving({ ref, userName, rules, holders }, change));
}

/** A secret that a login proves, from its making to its being the current one; `change` gives it to the BMC. */
export function giving(about: About, change: Numberless): SectionProposal {
  const refused: Numberless = {
    ...patientOperation({ kind: 'refusal', ref: about.ref }, `see that the BMC refuses the secret before`),
    proof: { by: 'act', witness: 'login' },
  };
  return kept(about, [change, refused]);
}

/**
 * What a new secret of this target is kept under: a reference that others share, or that names one version for ever, gets one of its own beside it,
 * which from then on is what counts here.
 */
export function newReference({ ref, sharedWith }: TargetSecret, { id }: Pick<Target, 'id'>): string {
  return sharedWith.length === 0 && readSecretReference(ref)?.version === null ? ref : unshared(ref, id);
}

export function shutOut(users: string, ref: string): string {
  return `used by ${quoted(users, 200)}: shut out until the new one is read from ${ref}`;
}

/** What gives the BMC a secret, between the vault's keeping it and its becoming the current one there; a maker's lock is lifted for it. */
export function section(survey: Survey, ground: Ground, about: About, gives: readonly Numberless[]): Promise<SectionProposal> {
  return unlocked(survey, ground, kept(about, gives));
}

interface About extends Pick<Replacement, 'rules' | 'holders'> {
  readonly ref: string;
  readonly userName: string;
}

function kept({ ref, userName, rules, holders }: About, gives: readonly Numberless[]): SectionProposal {
  const bits = String(Math.floor(entropyBits(rules)));
  const create = patientOperation(
    { kind: 'vault', act: 'create', ref, userName, rules },
    `keep a new secret of ${bits} bits for ${quoted(userName)} as ${ref}, pending`,
  );
  const promote = patientOperation({ kind: 'vault', act: 'promote', ref }, `make the new secret the current one of ${ref}`);
  const setAside = patientOperation(
    { kind: 'vault', act: 'set-aside', ref },
    `take a new secret that the BMC did not take out of the way of ${ref}`,
  );
  const [write, keep] = holders.length === 0 ? [[], []] : enveloped(ref, userName, holders);
  return { operations: [create, ...write, ...gives, promote, ...keep], always: [setAside] };
}

/** Sealed before the BMC takes it: whatever happens then, no holder stands before it with an old secret alone. */
function enveloped(
  ref: string,
  userName: string,
  holders: readonly Id<'person'>[],
): readonly [readonly Numberless[], readonly Numberless[]] {
  const to = holders.join(' and ');
  const seal = (act: 'write' | 'keep', line: string): readonly Numberless[] => [
    patientOperation({ kind: 'envelope', act, ref, userName, holders }, line),
  ];
  return [
    seal('write', `seal the new secret to ${to}, beside the envelope that they have`),
    seal('keep', `make that envelope the one that counts`),
  ];
}
