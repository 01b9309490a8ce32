import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { id, type Id } from '../../lib/model/json.js';
import type { Allowed } from '../../lib/model/site.js';
import { FleetError } from '../errors.js';
import { seeded } from '../random.js';
import type { Planted, TargetTruth } from '../truth.js';
import { startSim, type Sim, type SimUsers } from './sim.js';

export interface IpmiFleetOptions {
  readonly count: number;
  /** Where the simulators keep their configuration, passwords among it, and their state. */
  readonly folder: string;
  readonly seed: number;
  readonly compromise: boolean;
}

/** One simulated BMC that speaks nothing but IPMI, with all that an inventory must say of it. */
export interface IpmiFleetTarget {
  readonly id: Id<'target'>;
  readonly address: string;
  /** As ipmitool prints it. */
  readonly guid: string;
  readonly userName: string;
  readonly password: string;
  readonly class: string;
  readonly host: string;
  readonly allow: Allowed;
  readonly truth: TargetTruth;
}

export interface IpmiFleet {
  readonly targets: readonly IpmiFleetTarget[];
  readonly close: () => Promise<void>;
}

const MOST = 50;
const OPERATOR = 'irops';
const ALLOW: Allowed = {
  accounts: [
    { userName: OPERATOR, roleId: 'ADMINISTRATOR', usedBy: 'Cofferdam itself' },
    { userName: 'root', roleId: 'ADMINISTRATOR', usedBy: 'break-glass' },
  ],
  sessions: [],
  addresses: [],
  subscriptions: [],
  keys: [],
};

/** Starts real `ipmi_sim` processes. The first has had a visitor, the second has not, and so on. */
export async function startIpmiFleet({ count, folder, seed, compromise }: IpmiFleetOptions): Promise<IpmiFleet> {
  if (count > MOST) throw new FleetError('BAD_OPTION', `--ipmi takes up to ${String(MOST)}, not ${String(count)}`);
  const sims: Sim[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sims.map((sim) => sim.stop()));
  };
  try {
    const targets: IpmiFleetTarget[] = [];
    for (let n = 1; n <= count; n++) {
      const name = `ipmi-${String(n).padStart(4, '0')}`;
      const visited = compromise && n % 2 === 1;
      const rogue = seeded(seed, 'ipmi', n).pick(['svc-update', 'backup-admin', 'support01', 'sysmon']);
      const password = newPassword();
      const guid = guidOf(n);
      const sim = await startSim({
        folder: join(folder, name),
        guid: guid.wire,
        users: usersOf(password, visited ? rogue : null),
        ipmi15: visited,
      });
      sims.push(sim);
      const about = { id: id<'target'>(name), class: 'ipmi', allow: ALLOW };
      const truth = {
        ...about,
        tree: null,
        overlaid: [],
        planted: plantedOn(visited ? rogue : null),
        fault: null,
        standing: [],
        traces: [],
        // Neither dumps nor records that could be judged, and nothing to freeze it with; and nothing is planned over IPMI, where a visitor left
        // something to undo.
        unsupported: ['dump', 'review-logs', 'freeze', ...(visited ? ['review-access'] : [])],
      };
      targets.push({ ...about, address: sim.address, guid: guid.shown, userName: OPERATOR, password, host: `node-${name}`, truth });
    }
    return { targets, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function usersOf(password: string, rogue: string | null): SimUsers {
  const users: SimUsers = {
    2: { name: OPERATOR, password, privilege: 'admin' },
    3: { name: 'root', password: newPassword(), privilege: 'admin' },
  };
  if (rogue === null) return users;
  const anonymous = { name: '', password: '', privilege: 'user' } as const;
  return { ...users, 1: anonymous, 4: { name: rogue, password: newPassword(), privilege: 'admin' } };
}

/** What a review finds: what the visitor left, and what is weak in every ipmi_sim. */
function plantedOn(rogue: string | null): readonly Planted[] {
  const weak = (uri: string, finding: Planted['finding']): Planted => ({ kind: 'weak-ipmi', uri, finding, userName: null });
  const always = [
    weak('ipmi:/channel/getciphers/ipmi/1', 'IPMI_CIPHER_ZERO'),
    weak('ipmi:/lan/print/1', 'IPMI_DEFAULT_COMMUNITY'),
    weak('ipmi:/mc/guid', 'IPMI_NO_KG'),
    weak('ipmi:/mc/guid', 'IPMI_RAKP_HASH'),
  ];
  if (rogue === null) return always;
  return [
    ...always,
    weak('ipmi:/lan/print/1', 'IPMI_15_ENABLED'),
    { kind: 'anonymous-user', uri: 'ipmi:/channel/getaccess/1/1', finding: 'IPMI_ANONYMOUS_USER', userName: null },
    { kind: 'rogue-administrator', uri: 'ipmi:/channel/getaccess/1/4', finding: 'UNKNOWN_ACCOUNT', userName: rogue },
  ];
}

/** At most 20 bytes, which is all that IPMI takes. */
function newPassword(): string {
  return randomBytes(12).toString('base64url');
}

/** The bytes of a GUID on the wire, and how ipmitool prints them: the other way round, as the version in them makes it do. */
function guidOf(n: number): { readonly wire: string; readonly shown: string } {
  const bytes = Buffer.from('a123456789abcdefa123456789abcdef', 'hex');
  bytes.writeUInt32BE(n, 2);
  const shown = Buffer.from(bytes).reverse().toString('hex');
  return { wire: bytes.toString('hex'), shown: shown.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}
