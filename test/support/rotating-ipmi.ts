import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSim, type Sim, type SimOptions } from '../../drill/ipmi/sim.js';
import { changeOverIpmi } from '../../lib/ipmi/change.js';
import { openIpmi } from '../../lib/ipmi/connection.js';
import { IpmiError } from '../../lib/ipmi/errors.js';
import { LoginError } from '../../lib/login/error.js';
import { ownLogin } from '../../lib/login/own-login.js';
import { id } from '../../lib/model/json.js';
import type { IpmiTarget } from '../../lib/model/site.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { planOverIpmi } from '../../lib/steps/ipmi/plan.js';
import { openCredentials, type CredentialsRecord } from '../../lib/store/credentials.js';
import { readPlan } from '../../lib/trust/read-plan.js';
import { Secret } from '../../lib/vault/secret.js';
import { onDisk } from './on-disk.js';
import { oneTarget, POLICY, secretsOf, type OneTarget } from './one-target.js';
import { overTarget, type Rotating } from './rotating.js';
import { startRelay, type Relay } from './udp-relay.js';

export const OLD = 'simcanary7Xq2';
const GUID = 'a123456789abcdefa123456789abcdef';
const SHOWN_GUID = 'efcdab89-6745-23a1-efcd-ab89674523a1';

const USERS: SimOptions['users'] = {
  2: { name: 'irops', password: OLD, privilege: 'admin' },
  3: { name: 'backup', password: OLD, privilege: 'operator' },
  4: { name: 'root', password: 'root-canary', privilege: 'admin' },
};

/** A BMC that speaks nothing but IPMI, a relay before it, and its rotation up to the approved gate. */
export interface IpmiRotating extends AsyncDisposable {
  readonly goOn: Rotating['goOn'];
  readonly relay: Relay;
  readonly unsupported: string | null;
  /** Of the whole plan. */
  readonly operations: number;
  /** Somebody else sets our password, past the relay. */
  setByRoot(password: string): Promise<void>;
  /** Ends the BMC and starts it again, with the last password that was made for ours or with the one before. */
  restart(as: 'with the new one' | 'with the old one'): Promise<void>;
  truth(): Promise<IpmiTruth>;
}

/** Who holds what, by what the BMC takes and by ours. */
export interface IpmiTruth {
  readonly works: readonly ('old' | 'new')[];
  /** `old`, `new`, or the code with which none is given. */
  readonly gives: string;
  readonly current: 'old' | 'new';
  readonly rotations: CredentialsRecord['rotations'];
  /** How often a password left for the BMC to be set. */
  readonly sent: number;
  /** Files of ours that show a password that was made, or the one before, in clear. */
  readonly leaks: number;
}

export interface IpmiSetting {
  readonly password?: string;
  readonly privilege?: 'operator' | 'admin';
  /** The inventory lists the other user with a secret, and that one is rotated. */
  readonly service?: boolean;
}

const SERVICE_REF = 'vault://file/backup-of-rack-9';

export async function rotatingOverIpmi({ password = OLD, privilege = 'admin', service = false }: IpmiSetting = {}): Promise<IpmiRotating> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-ipmi-'));
  const users = { ...USERS, 2: { name: 'irops', password, privilege } };
  let folders = 0;
  const startIn = (where: string, having: SimOptions['users']): Promise<Sim> =>
    startSim({ folder: where, guid: GUID, users: having, ipmi15: false });
  let sim = await startIn(join(folder, '0'), users);
  const relay = await startRelay(sim.address);
  // What is between a plan and an outcome is the same whatever the BMC speaks; the one over Redfish beside it is never asked.
  const plain = await oneTarget({ profile: 'small', compromise: false }, POLICY, id('rotate'));
  const { secrets, layout, objects } = plain;
  const target = ipmiTarget(plain, relay.address, service);
  await secrets.write(target.secret, { userName: 'irops', password: Secret.of(password) });
  await secrets.write(SERVICE_REF, { userName: 'backup', password: Secret.of(OLD) });
  const one: OneTarget = {
    ...plain,
    executor: (change = (deps) => deps) => plain.executor((deps) => change({ ...deps, target: () => Promise.resolve(target) })),
  };
  const { row, counts, unsupported } = await plan(one, target, password);
  const gate = await one.open({ row, counts });
  await one.seal('accounts', 'sessions');
  await one.approve(gate);
  const whose = { userName: service ? 'backup' : 'irops', password: service ? OLD : password };
  const ref = service ? SERVICE_REF : target.secret;
  const made = new Set<string>();
  const stored = readPlan(await objects.get(row.plan));
  // A plan may have nothing to go on with.
  const driven = (): Rotating => overTarget(one, { plan: stored, row, gate }, { whose: { ...whose, ref, section: service ? 1 : 0 }, made });
  return {
    goOn: (how) => driven().goOn(how),
    relay,
    unsupported,
    operations: row.operations,
    async setByRoot(text) {
      const credential = { userName: 'root', password: Secret.of('root-canary') };
      const terms = { address: sim.address, credential, suite: 3 as const, signal: new AbortController().signal };
      const said = await changeOverIpmi(terms, { name: 'user set password', user: 2, password: Secret.of(text) });
      if (said !== 'yes') throw new RangeError(`root was told ${said}`);
    },
    async restart(as) {
      const { stop } = sim;
      await stop();
      folders += 1;
      const kept = as === 'with the new one' ? ([...made].at(-1) ?? password) : password;
      sim = await startIn(join(folder, String(folders)), { ...users, 2: { ...users[2], password: kept } });
      relay.turnTo(sim.address);
    },
    async truth() {
      const credentials = openCredentials(layout.credentials);
      const vaultOf: ExecutorDeps['vaultOf'] = (reference) => secrets.stores.vaultOf(reference);
      const nameOf = (text: string) => (text === whose.password ? 'old' : 'new');
      const works: ('old' | 'new')[] = [];
      for (const text of [whose.password, ...made]) if (await logsIn(sim.address, whose.userName, text)) works.push(nameOf(text));
      const current = (await vaultOf(ref).read(ref)).credential;
      const given = service ? Promise.resolve(current) : ownLogin(target, { credentials, vaultOf });
      const gives = await given.then(
        ({ password: found }) => nameOf(found.reveal()),
        (error: unknown) => {
          if (error instanceof LoginError) return error.code;
          throw error;
        },
      );
      const { rotations } = await credentials.read(target.id);
      const kept = await onDisk(one.ground.state);
      const leaks = kept.filter((bytes) => [whose.password, ...made].some((text) => bytes.includes(text))).length;
      return { works, gives, current: nameOf(current.password.reveal()), rotations, sent: relay.changes(), leaks };
    },
    async [Symbol.asyncDispose]() {
      relay.close();
      await sim.stop();
      await one.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function plan(one: OneTarget, target: IpmiTarget, password: string) {
  const credential = { userName: 'irops', password: Secret.of(password) };
  const connection = await openIpmi({ address: target.address, credential, signal: new AbortController().signal });
  try {
    return await one.withSeries((series) =>
      planOverIpmi({
        step: id('rotate'),
        target,
        series,
        connection: () => Promise.resolve(connection),
        objects: one.objects,
        secret: secretsOf(target),
      }),
    );
  } finally {
    await connection.close();
  }
}

function ipmiTarget({ target }: OneTarget, address: string, service: boolean): IpmiTarget {
  const { id: name, zone, secret, host, failureDomain } = target;
  const backup = { userName: 'backup', roleId: 'OPERATOR', usedBy: 'nightly backup' };
  return {
    ...{ id: name, zone, secret, host, failureDomain, address, protocol: 'ipmi', ipmi: { reason: 'test' }, class: 'ipmi', usedBy: [] },
    identity: { serial: '', uuid: SHOWN_GUID },
    allow: {
      accounts: [
        { userName: 'irops', roleId: 'ADMINISTRATOR', usedBy: 'Cofferdam itself' },
        service ? { ...backup, secret: SERVICE_REF } : backup,
      ],
      sessions: [],
      addresses: [],
      subscriptions: [],
      keys: [],
    },
  };
}

/** By the BMC's own word, past the relay. */
async function logsIn(address: string, userName: string, password: string): Promise<boolean> {
  const connection = await openIpmi({
    address,
    credential: { userName, password: Secret.of(password) },
    signal: new AbortController().signal,
  });
  try {
    await connection.read([{ name: 'mc guid' }]);
    return true;
  } catch (error) {
    if (error instanceof IpmiError && error.code === 'LOGIN_REFUSED') return false;
    throw error;
  } finally {
    await connection.close();
  }
}
