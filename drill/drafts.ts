import type { Allowed } from '../lib/model/site.js';
import { FleetError } from './errors.js';
import { memberUris, textAt } from './json.js';
import { anyPassword } from './password-rules.js';
import { PROFILES, type ProfileName } from './profiles/profiles.js';
import { seeded } from './random.js';
import { stateOf, type Pace, type State } from './state.js';
import type { Tree } from './tree.js';
import type { Planted, Trace } from './truth.js';
import { vendorOf } from './vendors.js';

const IN_TURN = ['dell', 'hpe', 'openbmc'] as const;
/** Every maker that doors are planted on. */
export const ALL_MAKERS = ['dell', 'hpe', 'lenovo', 'supermicro', 'openbmc'] as const;

interface Timing {
  readonly idleMs: number | null;
  readonly pace: Partial<Pace>;
}

/** A BMC with its people, before anyone attacked it. */
export interface Draft {
  readonly state: State;
  readonly userName: string;
  readonly password: string;
  readonly allow: Allowed;
  /** Sessions that a captured tree brings along. */
  readonly captured: readonly Planted[];
  /** What a review of the logs tells before anybody did anything. */
  readonly traces: readonly Trace[];
  readonly tree: string | null;
}

/** The n-th BMC of a fleet, generated; without a name the big profiles take turns. */
export function fromProfile(n: number, seed: number, profile: ProfileName | null, timing: Timing): Draft {
  const name = profile ?? IN_TURN[n % IN_TURN.length] ?? 'dell';
  const { vendor, shelf, logs, responder, allow } = PROFILES[name](seeded(seed, name, n));
  const state = stateOf({ vendor, content: shelf, logs, ...timing });
  for (const session of allow.sessions.filter((allowed) => allowed.userName !== responder))
    state.sessions.plant(session.userName, session.address);
  const traces = vendor.name === 'generic' ? [UNKNOWN_MAKER] : [];
  return { state, ...login(state, responder), allow, captured: [], traces, tree: null };
}

/**
 * A tree's own first usable administrator is ours to log in with: a new account would change resources that nobody planted.
 * The tree's accounts, subscriptions and keys are legitimate; its sessions are not.
 */
export function fromTree(tree: Tree, timing: Timing): Draft {
  const state = stateOf({ vendor: vendorOf(tree.serviceRoot), content: tree, logs: [], ...timing });
  const people = state.accounts.all().filter((account) => account.userName !== '');
  const usable = people.filter((account) => account.enabled && account.roleId === 'Administrator');
  const administrator = usable.find((account) => ['root', 'Administrator'].includes(account.userName)) ?? usable[0];
  if (administrator === undefined)
    throw new FleetError('TREE_UNREADABLE', `${tree.dir} has no enabled Administrator account to log in with`);
  const captured = state.sessions
    .all()
    .map(({ uri, userName }) => ({ kind: 'captured-session', uri, finding: 'FOREIGN_SESSION', userName }) as const);
  return {
    state,
    ...login(state, administrator.userName),
    allow: {
      accounts: people.map(({ userName, roleId }) => ({ userName, roleId, usedBy: 'captured with the tree' })),
      sessions: [{ userName: administrator.userName, address: '127.0.0.1' }],
      addresses: [],
      subscriptions: state.extras.destinations(),
      keys: state.extras.keyDigests(),
    },
    captured,
    traces: [],
    tree: tree.dir,
  };
}

const UNKNOWN_MAKER: Trace = { kind: 'unknown-maker', uri: '/redfish/v1', finding: 'VENDOR_UNKNOWN' };

/** Gives the account we log in with a password; a capture holds none. */
function login(state: State, userName: string): { userName: string; password: string } {
  const password = anyPassword();
  const account = state.accounts.byName(userName);
  if (account !== null) state.accounts.setPassword(account, password);
  return { userName, password };
}

/** Whether any of its accounts can have SSH keys that Redfish shows. */
export function hasKeys({ state }: Draft): boolean {
  return state.accounts.all().some((account) => state.extras.hasKeys(account));
}

/** Serial number and service UUID, as a client reads them. */
export function identityOf({ resources }: State): { serial: string; uuid: string } {
  const members = (service: string) => memberUris(resources.json(`/redfish/v1/${service}`)).map((uri) => resources.json(uri) ?? {});
  const serials = members('Systems').map((system) => textAt(system, 'SerialNumber'));
  const managers = members('Managers').map((manager) => textAt(manager, 'ServiceEntryPointUUID') || textAt(manager, 'UUID'));
  const own = textAt(resources.json('/redfish/v1') ?? undefined, 'UUID');
  return {
    serial: serials.find((serial) => serial !== '') ?? '',
    uuid: own || (managers.find((uuid) => uuid !== '') ?? ''),
  };
}
