import type { FaultName } from '../../drill/faults/faults.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id } from '../../lib/model/json.js';
import type { Digest, Id } from '../../lib/model/json.js';
import { ownLogin } from '../../lib/login/own-login.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { operationsOf, type Plan, type IndexRow } from '../../lib/model/plan.js';
import type { GateRef } from '../../lib/model/work.js';
import { at, membersOf, textAt } from '../../lib/redfish/json.js';
import { openCredentials, type OwnAccount } from '../../lib/store/credentials.js';
import { VaultError } from '../../lib/vault/error.js';
import { LoginError } from '../../lib/login/error.js';
import { closingAfter } from '../../workflows/closing.js';
import { oneTarget, POLICY, type OneTarget } from './one-target.js';
import { codeOf, signRetry } from './as-the-engine.js';

export const FREEZE = id<'step'>('freeze');
export const LIST = '/redfish/v1/AccountService/Accounts';

export interface Going {
  readonly release?: Digest<'statement'> | null;
  /** Only these, by number. */
  readonly only?: readonly number[];
  readonly over?: (deps: ExecutorDeps) => ExecutorDeps;
  readonly between?: () => void;
}

/** How a plan or its release came out. */
export interface Gone {
  /** `done`, or the code that parks the target. */
  readonly is: string;
  readonly operation: number;
}

/** Who is on the BMC, and who we are. */
export interface Standing {
  /** Enabled accounts with the chosen prefix. */
  readonly ours: readonly string[];
  /** Name of the account that everybody logs in with; it works. */
  readonly logsIn: string;
  readonly account: OwnAccount | null;
  /** How often an account was sent to be made. */
  readonly made: number;
  /** By the BMC's own account. */
  readonly keptOut: boolean;
}

export interface OwnScene extends AsyncDisposable {
  readonly one: OneTarget;
  readonly plan: Plan;
  readonly row: IndexRow;
  readonly gate: GateRef;
  /** As the workflow drives it: forwards, or backwards under a release; to the first that is not done, and then what its section ends with. */
  go(how?: Going): Promise<Gone>;
  standing(): Promise<Standing>;
  /** Somebody signs a retry, which every later order counts. */
  retry(): Promise<void>;
  /** Plans again and has it approved. */
  replan(round: number, step?: Id<'step'>): Promise<OwnScene>;
}

/** An approved freeze of a BMC whose evidence is sealed. */
export async function ownScene(
  profile: ProfileName,
  fault: FaultName | null = null,
  before?: (one: OneTarget) => Promise<void>,
): Promise<OwnScene> {
  const one = await oneTarget({ profile, compromise: false, pace: { startMs: 100, lateMs: 100 } }, POLICY, FREEZE);
  if (fault !== null) await one.fleet.fault(one.bmc.id, fault);
  await before?.(one);
  await one.seal('accounts', 'sessions', 'configuration', 'volatile-logs');
  return planned(one, 1);
}

async function planned(one: OneTarget, round: number, step = FREEZE): Promise<OwnScene> {
  const { plan, row, counts } = await one.review(undefined, step);
  const gate = await one.open({ row, counts }, round, step);
  await one.approve(gate);
  let retries = 0;
  const attempt = (operation: number, { release = null, over = (deps) => deps }: Going): Promise<unknown> =>
    one
      .executor(over)
      .attempt(one.order(row, operation, { round, retry: retries, release }), one.context(gate, { step }), new AbortController().signal)
      .catch((error: unknown) => error);
  const settled = async (operation: number, how: Going): Promise<string> => {
    for (let n = 0; n < 60; n++) {
      const outcome = await attempt(operation, how);
      how.between?.();
      const is = codeOf(outcome);
      if (is !== null) return is;
    }
    throw new RangeError(`operation ${String(operation)} never settled`);
  };
  return {
    one,
    plan,
    row,
    gate,
    async go(how = {}) {
      const numbers = operationsOf(plan).map(({ n }) => n);
      const order = how.release === undefined ? numbers : numbers.toReversed();
      for (const operation of order.filter((n) => how.only?.includes(n) ?? true)) {
        const is = await settled(operation, how);
        if (is === 'done' || is === 'already') continue;
        for (const n of closingAfter(row, operation, how.release !== undefined)) await settled(n, how);
        return { is, operation };
      }
      return { is: 'done', operation: 0 };
    },
    standing: () => standingOf(one),
    async retry() {
      await signRetry(one, step, retries);
      retries += 1;
    },
    replan: (next, other) => planned(one, next, other ?? step),
    [Symbol.asyncDispose]: () => one.close(),
  };
}

async function standingOf(one: OneTarget): Promise<Standing> {
  const stores = one.secrets.stores;
  const credentials = openCredentials(one.layout.credentials);
  const logsIn = await ownLogin(one.target, { credentials, vaultOf: (reference) => stores.vaultOf(reference) }).then(
    ({ userName, password }) => (one.bmc.works(userName, password.reveal()) ? userName : `${userName}, which is refused`),
    (error: unknown) => {
      if (error instanceof LoginError || error instanceof VaultError) return error.code;
      throw error;
    },
  );
  const names = (await accountsOf(one)).filter(({ enabled }) => enabled).map(({ userName }) => userName);
  // A body with a password is not kept.
  const sent = one.fleet.wire.entries.filter(
    ({ method, uri, body }) => method !== 'GET' && uri.startsWith(LIST) && body === null && method !== 'DELETE',
  );
  return {
    ours: names.filter((name) => name.startsWith('cofferdam-')),
    logsIn,
    account: (await credentials.read(one.target.id)).account,
    made: sent.length,
    keptOut: one.bmc.keptOut() || one.bmc.logins().some(({ lockedEver }) => lockedEver),
  };
}

/** Every account, empty slots among them, as the BMC shows it. */
export function accountsOf(one: OneTarget): Promise<readonly Shown[]> {
  return one.withConnection('read-only', async (connection) => {
    const found: Shown[] = [];
    for (const { uri } of membersOf(await connection.get(LIST))) {
      const body = (await connection.get(uri)).json ?? undefined;
      found.push({
        uri,
        userName: textAt(body, 'UserName') ?? '',
        roleId: textAt(body, 'RoleId') ?? '',
        enabled: at(body, 'Enabled') === true,
      });
    }
    return found;
  });
}

export interface Shown {
  readonly uri: string;
  readonly userName: string;
  readonly roleId: string;
  readonly enabled: boolean;
}
