import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultName } from '../../drill/faults/faults.js';
import type { FleetOptions } from '../../drill/fleet.js';
import type { LoginTruth } from '../../drill/lockout.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import type { EvidenceClass } from '../../lib/model/effect.js';
import { id } from '../../lib/model/json.js';
import type { Order, Outcome } from '../../lib/model/operation.js';
import type { IndexRow, Plan } from '../../lib/model/plan.js';
import type { RedfishTarget } from '../../lib/model/site.js';
import type { GateRef } from '../../lib/model/work.js';
import { LoginError } from '../../lib/login/error.js';
import { ownLogin, ownReference } from '../../lib/login/own-login.js';
import { codeOf, isRunning, signRetry } from './as-the-engine.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { openCredentials, type CredentialsRecord } from '../../lib/store/credentials.js';
import { VaultError } from '../../lib/vault/error.js';
import { Secret, type Credential } from '../../lib/vault/secret.js';
import type { Secrets } from './executor-over.js';
import { oneTarget, POLICY, type OneTarget } from './one-target.js';

export const PROFILES = ['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'] as const satisfies readonly ProfileName[];
const ROTATE = id<'step'>('rotate');

/** What the engine comes to with the section that replaces our own secret. */
export interface End {
  /** `done`, or the code with which the target parks. */
  readonly is: string;
  readonly operation: number;
  /** What the operations that end the section came to after that; empty when they were in line. */
  readonly closing: readonly string[];
}

export interface GoOn {
  readonly retry?: number;
  /** What the executor stands on in the n-th attempt of all, from 1. */
  readonly over?: (deps: ExecutorDeps, attempt: number) => ExecutorDeps;
  /** After so many looks at what goes on, the clock is what counts: it is moved to when a BMC forgets, and after twice as many past every limit. */
  readonly patience?: number;
  /** How far the worker's clock is ahead of the BMC's from the start. */
  readonly laterMs?: number;
  /** Between two attempts. */
  readonly between?: (attempt: number) => Promise<void>;
}

/** What we came with, what a rotation made, and what somebody else wrote meanwhile. */
type Which = 'old' | 'new' | 'theirs';

/** Who holds what, by the BMC's own account and by ours. */
export interface Truth {
  /** Which of all secrets that were ever known log in. */
  readonly works: readonly Which[];
  /** What the resolver gives out: one of them, or the code with which it refuses. */
  readonly gives: string;
  readonly current: Which | 'other';
  readonly record: CredentialsRecord;
  readonly own: LoginTruth;
  readonly keptOut: readonly string[];
  /** How often a password was sent to be set. */
  readonly sent: number;
}

interface AttemptHow {
  readonly retry?: number;
  readonly over?: (deps: ExecutorDeps) => ExecutorDeps;
}

export interface Rotating extends AsyncDisposable {
  readonly one: OneTarget;
  readonly plan: Plan;
  readonly row: IndexRow;
  readonly gate: GateRef;
  /** What we came with. */
  readonly old: Credential;
  readonly made: Set<string>;
  /** As the workflow drives it: in order, the same again while it is not settled, to the first that is not done; then what the section ends with. */
  goOn(how?: GoOn): Promise<End>;
  attempt(operation: number, how?: AttemptHow): Promise<Outcome>;
  /** Somebody else writes a password of theirs into the vault, and gives it to the BMC as well or does not. */
  meddle(where: 'beside' | 'on the BMC', password: string): Promise<void>;
  truth(): Promise<Truth>;
}

/** An account of a rotation: ours, or one that somebody else uses. */
interface Whose {
  readonly userName: string;
  /** Before the rotation. */
  readonly password: string;
  readonly ref: string;
  /** The plan's section about it, from 0. */
  readonly section: number;
}

export interface Setting {
  /** An account that the inventory lists with a secret: its section is carried out, and the truth is of it. */
  readonly service?: string;
  readonly profile: ProfileName;
  readonly fault?: FaultName | null;
  readonly fleet?: FleetOptions;
  /** Of the plan that is made second, on what an earlier scene left. */
  readonly before?: (one: OneTarget) => Promise<void>;
  /** What we come with, instead of what the fleet was given. */
  readonly password?: string;
  /** The evidence that was sealed before the gate; all that a rotation destroys, where not said. */
  readonly seals?: readonly EvidenceClass[];
  /** Where the secrets lie, instead of in the files that it is given. */
  readonly secrets?: (files: Secrets) => Secrets;
}

/** Everything up to the approved gate, on a BMC whose pauses take a tenth of a second. */
export async function rotating({
  profile,
  fault = null,
  fleet = {},
  before,
  service,
  secrets,
  password,
  seals = ['accounts', 'sessions', 'configuration'],
}: Setting): Promise<Rotating> {
  const pace = { startMs: 100, lateMs: 100 };
  const listed = service === undefined ? undefined : listing(service, `vault://file/${service}`);
  const one = await oneTarget({ profile, compromise: false, pace, ...fleet }, POLICY, ROTATE, { listed, secretsOver: secrets, password });
  const whose = service === undefined ? ours(one) : await given(one, service);
  if (fault !== null) await one.fleet.fault(one.bmc.id, fault);
  await before?.(one);
  const { plan, row, counts } = await one.review();
  const gate = await one.open({ row, counts });
  await one.seal(...seals);
  await one.approve(gate);
  return overTarget(one, { plan, row, gate }, { whose });
}

/** The same on a BMC that lets our login change its own password and do nothing else, so that nothing of it could be sealed before. */
export function demanding(setting: Setting): Promise<Rotating> {
  return rotating({
    seals: [],
    ...setting,
    async before(one) {
      one.bmc.demandChange(one.bmc.userName);
      await setting.before?.(one);
    },
  });
}

function ours({ bmc, target }: OneTarget): Whose {
  return { userName: bmc.userName, password: bmc.password, ref: target.secret, section: 0 };
}

/** The inventory lists this account with this reference. */
export function listing(userName: string, secret: string): (target: RedfishTarget) => RedfishTarget {
  return (target) => ({
    ...target,
    allow: {
      ...target.allow,
      accounts: target.allow.accounts.map((account) => (account.userName === userName ? { ...account, secret } : account)),
    },
  });
}

/** Gives the account a password, as a person did long ago, and keeps it under a reference. */
export async function given(one: OneTarget, userName: string, ref = `vault://file/${userName}`): Promise<Whose> {
  // Short enough for the smallest of them, with a character of each class.
  const password = `Aa1-${randomBytes(9).toString('base64url')}`;
  const found = one.bmc.logins().find((account) => account.userName === userName);
  if (found === undefined) throw new RangeError(`no account ${userName}`);
  await one.withConnection('read-write', async (connection) => {
    const { etag } = await connection.get(found.uri);
    const { status } = await connection.send({
      method: 'PATCH',
      uri: found.uri,
      body: { UserName: userName, Password: password },
      ifMatch: etag,
      limitMs: 10_000,
    });
    if (status >= 300) throw new RangeError(`the password of ${userName} was answered ${String(status)}`);
  });
  await one.secrets.write(ref, { userName, password: Secret.of(password) });
  return { userName, password, ref, section: 1 };
}

/** `made`: what other rotations of this target have made. */
export function overTarget(
  one: OneTarget,
  { plan, row, gate }: { plan: Plan; row: IndexRow; gate: GateRef },
  { whose = ours(one), made = new Set<string>() }: { readonly whose?: Whose; readonly made?: Set<string> } = {},
): Rotating {
  const before = one.fleet.wire.entries.length;
  const theirs = new Set<string>();
  const remembering = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    makePassword: (rules) => {
      const secret = deps.makePassword(rules);
      made.add(secret.reveal());
      return secret;
    },
  });
  const attempt = (operation: number, { retry = 0, over = (deps) => deps }: AttemptHow = {}): Promise<Outcome> =>
    one
      .executor((deps) => over(remembering(deps)))
      .attempt(one.order(row, operation, change(gate, retry)), one.context(gate), new AbortController().signal);
  const { operations, always } = section(plan, whose.section);
  return {
    one,
    plan,
    row,
    gate,
    old: { userName: one.bmc.userName, password: Secret.of(one.bmc.password) },
    made,
    attempt,
    async goOn(how = {}) {
      if (how.retry !== undefined) await signRetry(one, ROTATE, how.retry - 1);
      const { patience = PATIENCE, laterMs = 0 } = how;
      let attempts = 0;
      let running = 0;
      // The worker's clock, ahead of the BMC's: a BMC forgets no sooner than we think.
      let aheadMs = laterMs;
      const settled = async (operation: number): Promise<string> => {
        for (let n = 0; n < MOST_ATTEMPTS; n++) {
          attempts += 1;
          const number = attempts;
          const later = aheadMs;
          const over = (deps: ExecutorDeps): ExecutorDeps => {
            const ahead = { ...deps, now: () => Date.now() + later };
            return how.over === undefined ? ahead : how.over(ahead, number);
          };
          const outcome = await attempt(operation, { retry: how.retry ?? 0, over }).catch((error: unknown) => error);
          await how.between?.(number);
          const is = codeOf(outcome);
          if (is !== null) return is;
          running = isRunning(outcome) ? running + 1 : 0;
          if (running > 0) await delay(25);
          if (running > patience) aheadMs = Math.max(aheadMs, (await forgetsIn(one)) + 1);
          if (running > 2 * patience) aheadMs = Math.max(aheadMs, LIMIT_MS);
        }
        throw new RangeError(`operation ${String(operation)} never settled`);
      };
      for (const operation of [...operations, ...always]) {
        const is = await settled(operation);
        if (is === 'done' || is === 'already') continue;
        const closing = [];
        for (const last of always.filter((number) => number > operation)) closing.push(await settled(last));
        return { is, operation, closing };
      }
      return { is: 'done', operation: 0, closing: [] };
    },
    async meddle(where, password) {
      theirs.add(password);
      const { bmc, secrets, target } = one;
      if (where === 'on the BMC') bmc.givePassword(bmc.userName, password);
      await secrets.write(target.secret, { userName: bmc.userName, password: Secret.of(password) });
    },
    truth: () => truthOf(one, { made, theirs, before, whose }),
    [Symbol.asyncDispose]: () => one.close(),
  };
}

const MOST_ATTEMPTS = 80;
/** Longer than any BMC here takes to start again. */
const PATIENCE = 16;
/** Longer than any operation of a rotation may take. */
const LIMIT_MS = 60 * 60_000;

async function forgetsIn({ layout, target }: OneTarget): Promise<number> {
  const { rotations } = await openCredentials(layout.credentials).read(target.id);
  const waits = rotations.flatMap(({ refusedAt, lockout: { forgetsMs } }) =>
    refusedAt === null || forgetsMs === null ? [] : [refusedAt + forgetsMs - Date.now()],
  );
  return Math.max(0, ...waits);
}

function change({ round }: GateRef, retry: number): Partial<Order> {
  return { round, retry };
}

function section({ sections }: Plan, at: number): { readonly operations: readonly number[]; readonly always: readonly number[] } {
  const found = sections[at];
  if (found === undefined) throw new RangeError(`the plan has no section ${String(at)}`);
  return { operations: found.operations.map(({ n }) => n), always: found.always.map(({ n }) => n) };
}

interface Told {
  readonly made: ReadonlySet<string>;
  readonly theirs: ReadonlySet<string>;
  /** So many requests were sent before. */
  readonly before: number;
  readonly whose: Whose;
}

async function truthOf(one: OneTarget, { made, theirs, before, whose }: Told): Promise<Truth> {
  const { bmc, target, fleet, secrets } = one;
  const { userName, password } = whose;
  const vaultOf = (reference: string) => secrets.stores.vaultOf(reference);
  const credentials = openCredentials(one.layout.credentials);
  const nameOf = (text: string): Which | 'other' =>
    text === password ? 'old' : made.has(text) ? 'new' : theirs.has(text) ? 'theirs' : 'other';
  const works = [...new Set([password, ...made, ...theirs])].filter((text) => bmc.works(userName, text)).map(nameOf);
  const isOurs = userName === bmc.userName;
  const reference = isOurs ? await ownReference(target, { credentials, vaultOf }) : whose.ref;
  const current = (await vaultOf(reference).read(reference)).credential;
  const record = await credentials.read(target.id);
  // Whoever else uses an account has its secret from the vault, and not from us.
  const login = isOurs ? ownLogin(target, { credentials, vaultOf }) : Promise.resolve(current);
  const gives = await login.then(
    (found) => (bmc.works(userName, found.password.reveal()) ? nameOf(found.password.reveal()) : 'one that is refused'),
    (error: unknown) => {
      if (error instanceof LoginError || error instanceof VaultError) return error.code;
      throw error;
    },
  );
  const own = bmc.logins().find((account) => account.userName === userName);
  if (own === undefined) throw new RangeError('the account is gone');
  const account = fleet.wire.entries
    .slice(before)
    .filter(({ method, uri }) => method === 'PATCH' && uri.endsWith(own.uri.slice(-12)) && uri.includes('/Accounts/'));
  return {
    works: works.filter((name) => name !== 'other'),
    gives,
    current: nameOf(current.password.reveal()),
    record,
    own,
    keptOut: [...bmc.logins().flatMap((one) => (one.lockedEver ? [one.userName] : [])), ...(bmc.keptOut() ? ['address'] : [])],
    sent: account.length,
  };
}
