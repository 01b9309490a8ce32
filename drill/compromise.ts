import { randomBytes } from 'node:crypto';
import type { Allowed } from '../lib/model/site.js';
import type { Random } from './random.js';
import type { State } from './state.js';
import type { Planted, PlantedKind } from './truth.js';

const EVERYWHERE = ['rogue-administrator', 'raised-role', 'stolen-session', 'planted-subscription'] as const;

/**
 * Which kinds each of the targets gets. Every kind appears somewhere once there are three targets; fewer get all they can hold.
 * Beyond the third, some stay clean, so that a review that cries wolf is caught.
 */
export function spread(hasKeys: readonly boolean[], random: Random): PlantedKind[][] {
  const order = random.shuffle(EVERYWHERE);
  const firstWithKeys = hasKeys.indexOf(true);
  return hasKeys.map((keys, n) => {
    if (hasKeys.length < 3) return keys ? [...EVERYWHERE, 'added-key'] : [...EVERYWHERE];
    if (n >= 3 && random.below(3) === 0) return [];
    const two = order.filter((_, place) => place === (2 * n) % 4 || place === (2 * n + 1) % 4);
    return keys && (n === firstWithKeys || random.below(2) === 0) ? [...two, 'added-key'] : two;
  });
}

/** Leaves one attacker's traces on a BMC. Returns them, and the allow-list with the account whose role was raised. */
export function plant(state: State, kinds: readonly PlantedKind[], allow: Allowed, random: Random): { planted: Planted[]; allow: Allowed } {
  const attacker = `203.0.113.${1 + random.below(250)}`;
  const planted = kinds.map((kind) => plantOne(state, kind, attacker, allow, random)).filter((one) => one !== null);
  const raised = planted.find((one) => one.kind === 'raised-role' && !allow.accounts.some((account) => account.userName === one.userName));
  if (raised === undefined || raised.userName === null) return { planted, allow };
  const auditor = { userName: raised.userName, roleId: 'ReadOnly', usedBy: 'security auditors' };
  return { planted, allow: { ...allow, accounts: [...allow.accounts, auditor] } };
}

function plantOne(state: State, kind: PlantedKind, attacker: string, allow: Allowed, random: Random): Planted | null {
  switch (kind) {
    case 'rogue-administrator': {
      const userName = random.pick(['svc-update', 'backup-admin', 'support01', 'sysmon']);
      const uri = addAdministrator(state, userName);
      state.record({ what: 'account-changed', userName: 'root', address: attacker, about: userName });
      return uri === null ? null : { kind, uri, finding: 'UNKNOWN_ACCOUNT', userName };
    }
    case 'raised-role':
      return raiseRole(state, attacker, allow);
    case 'stolen-session': {
      const userName = victimOf(state, allow, random);
      const { uri } = state.sessions.plant(userName, attacker);
      state.record({ what: 'login', userName, address: attacker });
      return { kind, uri, finding: 'FOREIGN_SESSION', userName };
    }
    case 'planted-subscription': {
      const uri = state.extras.addSubscription(`https://${attacker}:8443/${random.hex(8)}`);
      state.record({ what: 'subscription-changed', userName: 'root', address: attacker, about: uri });
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

/** An allowed read-only account that is Administrator now: one of the BMC's own where there is one, else an auditor's of ours. */
function raiseRole(state: State, attacker: string, allow: Allowed): Planted | null {
  const own = allow.accounts.find((account) => account.roleId === 'ReadOnly');
  const account = own === undefined ? null : state.accounts.byName(own.userName);
  const userName = account?.userName ?? 'auditor';
  if (account !== null) state.accounts.patch(account, { RoleId: 'Administrator' }, true);
  const uri = account?.uri ?? addAdministrator(state, userName);
  state.record({ what: 'account-changed', userName: 'root', address: attacker, about: userName });
  return uri === null ? null : { kind: 'raised-role', uri, finding: 'ROLE_RAISED', userName };
}

function addAdministrator(state: State, userName: string): string | null {
  const password = randomBytes(12).toString('base64url');
  const created = state.accounts.create({ userName, password, roleId: 'Administrator', enabled: true });
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
