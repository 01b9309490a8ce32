import type { Allowed } from '../lib/model/site.js';
import type { AuditEvent } from './audit-event.js';
import { anyPassword } from './password-rules.js';
import type { Random } from './random.js';
import type { State } from './state.js';
import type { Planted, PlantedKind, Trace } from './truth.js';

const EVERYWHERE = ['rogue-administrator', 'raised-role', 'stolen-session', 'planted-subscription'] as const;

/**
 * Which kinds each of the targets gets. Every kind appears somewhere once there are three targets; fewer, and all of a thorough fleet, get all they can hold.
 * Beyond the third, some stay clean, so that a review that cries wolf is caught.
 */
export function spread(hasKeys: readonly boolean[], random: Random, thorough: boolean): PlantedKind[][] {
  const order = random.shuffle(EVERYWHERE);
  const firstWithKeys = hasKeys.indexOf(true);
  return hasKeys.map((keys, n) => {
    if (thorough || hasKeys.length < 3) return keys ? [...EVERYWHERE, 'added-key'] : [...EVERYWHERE];
    if (n >= 3 && random.below(3) === 0) return [];
    const two = order.filter((_, place) => place === (2 * n) % 4 || place === (2 * n + 1) % 4);
    return keys && (n === firstWithKeys || random.below(2) === 0) ? [...two, 'added-key'] : two;
  });
}

export interface Left {
  readonly planted: readonly Planted[];
  readonly traces: readonly Trace[];
  /** With the account whose role was raised. */
  readonly allow: Allowed;
}

/** Leaves one attacker's doings on a BMC, and what they leave in its logs. */
export function plant(state: State, kinds: readonly PlantedKind[], allow: Allowed, random: Random): Left {
  const attacker = attackerOn(state, `203.0.113.${1 + random.below(250)}`, allow);
  const planted = kinds.map((kind) => plantOne(state, kind, attacker, allow, random)).filter((one) => one !== null);
  if (kinds.length > 0) plantTrace(state, attacker);
  const raised = planted.find((one) => one.kind === 'raised-role' && !allow.accounts.some((account) => account.userName === one.userName));
  const { traces } = attacker;
  if (raised === undefined || raised.userName === null) return { planted, traces, allow };
  const auditor = { userName: raised.userName, roleId: 'ReadOnly', usedBy: 'security auditors' };
  return { planted, traces, allow: { ...allow, accounts: [...allow.accounts, auditor] } };
}

function plantOne(state: State, kind: PlantedKind, attacker: Attacker, allow: Allowed, random: Random): Planted | null {
  switch (kind) {
    case 'rogue-administrator': {
      const userName = random.pick(['svc-update', 'backup-admin', 'support01', 'sysmon']);
      const uri = addAdministrator(state, userName);
      attacker.does('account-changed', userName);
      return uri === null ? null : { kind, uri, finding: 'UNKNOWN_ACCOUNT', userName };
    }
    case 'raised-role':
      return raiseRole(state, attacker, allow);
    case 'stolen-session': {
      const userName = victimOf(state, allow, random);
      const { uri } = state.sessions.plant(userName, attacker.address);
      attacker.does('login', '', userName);
      return { kind, uri, finding: 'FOREIGN_SESSION', userName };
    }
    case 'planted-subscription': {
      const uri = state.extras.addSubscription(`https://${attacker.address}:8443/${random.hex(8)}`);
      attacker.does('subscription-changed', uri);
      return { kind, uri, finding: 'UNKNOWN_SUBSCRIPTION', userName: null };
    }
    case 'added-key': {
      const owner = state.accounts.all().find((account) => state.extras.hasKeys(account));
      const text = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${Buffer.from(random.hex(30)).toString('base64').slice(0, 40)} ops@laptop`;
      const uri = owner === undefined ? null : state.extras.addKey(owner, text);
      return uri === null ? null : { kind, uri, finding: 'UNKNOWN_KEY', userName: owner?.userName ?? null };
    }
    case 'captured-session':
    case 'anonymous-user':
    case 'weak-ipmi':
      return null;
  }
}

/** Somebody who acts under the maker's own account, and leaves records of it. */
interface Attacker {
  readonly address: string;
  readonly traces: Trace[];
  does(what: AuditEvent['what'], about?: string, userName?: string): string | null;
}

function attackerOn(state: State, address: string, allow: Allowed): Attacker {
  const traces: Trace[] = [];
  const factory = allow.accounts[0]?.userName ?? 'root';
  return {
    address,
    traces,
    does(what, about = '', userName = factory) {
      const uri = state.record({ what, userName, address, about });
      if (uri === null) return null;
      // An address is told once, where it first appears.
      if (traces.every(({ kind }) => kind !== 'log-address')) traces.push({ kind: 'log-address', uri, finding: 'LOG_UNKNOWN_ADDRESS' });
      if (what === 'account-changed' && TELLS_ACCOUNTS.has(state.vendor.name))
        traces.push({ kind: 'log-account-change', uri, finding: 'LOG_ACCOUNT_CHANGED' });
      return uri;
    },
  };
}

/** Whose records say that an account was changed; the others' are text without a message id of their own. */
const TELLS_ACCOUNTS: ReadonlySet<string> = new Set(['dell', 'hpe', 'lenovo', 'supermicro']);

/** One trace that shows in the log alone, by maker: what that maker's log can show best. */
function plantTrace(state: State, attacker: Attacker): void {
  const [audit] = state.logs;
  if (audit === undefined) return;
  switch (state.vendor.name) {
    case 'dell': {
      const uri = attacker.does('login', '', 'tmp-service');
      if (uri !== null) attacker.traces.push({ kind: 'log-stranger', uri, finding: 'LOG_UNKNOWN_ACCOUNT' });
      return;
    }
    case 'hpe': {
      const uri = audit.cut(4);
      if (uri !== null) attacker.traces.push({ kind: 'log-hole', uri, finding: 'LOG_HOLE' });
      return;
    }
    case 'lenovo':
    case 'supermicro':
    case 'openbmc':
    case 'generic': {
      const uri = attacker.does('log-cleared');
      if (uri !== null) attacker.traces.push({ kind: 'log-cleared', uri, finding: 'LOG_CLEARED' });
    }
  }
}

/** An allowed read-only account that is Administrator now: one of the BMC's own where there is one, else an auditor's of ours. */
function raiseRole(state: State, attacker: Attacker, allow: Allowed): Planted | null {
  const own = allow.accounts.find((account) => account.roleId === 'ReadOnly');
  const account = own === undefined ? null : state.accounts.byName(own.userName);
  const userName = account?.userName ?? 'auditor';
  if (account !== null) state.accounts.patch(account, { RoleId: 'Administrator' }, true);
  const uri = account?.uri ?? addAdministrator(state, userName);
  attacker.does('account-changed', userName);
  return uri === null ? null : { kind: 'raised-role', uri, finding: 'ROLE_RAISED', userName };
}

function addAdministrator(state: State, userName: string): string | null {
  const created = state.accounts.create({ userName, password: anyPassword(), roleId: 'Administrator', enabled: true });
  return 'status' in created ? null : created.uri;
}

/** An allowed account that can log in, not one that was raised or planted. */
function victimOf(state: State, allow: Allowed, random: Random): string {
  const usable = state.accounts
    .all()
    .filter(
      (account) =>
        account.enabled && allow.accounts.some((allowed) => allowed.userName === account.userName && allowed.roleId === account.roleId),
    );
  const [first, ...rest] = usable.map((account) => account.userName);
  return first === undefined ? 'root' : random.pick([first, ...rest]);
}
