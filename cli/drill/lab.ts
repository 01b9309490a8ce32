import { EventEmitter, once } from 'node:events';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { id, isDigest, type Digest } from '../../lib/model/json.js';
import type { Target } from '../../lib/model/site.js';
import { initSite } from '../../lib/site/init.js';
import { CliError } from '../error.js';
import { run, start, type Running, type Said } from './processes.js';

/** A fleet with a site directory that knows it, as `drill` and `drill fleet` use them. */
export interface Lab {
  readonly folder: string;
  readonly site: string;
  readonly state: string;
  readonly targets: readonly FleetTarget[];
  /** How many speak IPMI only, besides `targets`. */
  readonly ipmi: number;
  readonly fleet: Running;
  /** From now on nothing is wrong with any BMC. */
  mend(): Promise<void>;
  /** Ends the fleet, and returns every password and token that there ever was in it; no file keeps them. */
  endFleet(): Promise<readonly string[]>;
}

export interface LabOptions {
  /** Everything that the lab leaves lies in here; it must not hold another lab. */
  readonly folder: string;
  readonly targets: number | null;
  /** How many targets that speak IPMI only: real `ipmi_sim` processes. */
  readonly ipmi: number;
  readonly trees: readonly string[];
  readonly profile: string | null;
  readonly seed: number;
  readonly latencyMs: number;
  readonly faults: readonly string[];
  /** Whoever planted the traces comes back during the freeze. */
  readonly attack: boolean;
  /** Every maker, and every way to stay on each. */
  readonly persistence?: boolean;
  readonly engineAddress: string;
}

/** Who plays in a drill: one who launches, two who lead, and who co-sign a large launch. */
export const CAST = { responder: id<'person'>('dana'), leads: [id<'person'>('lena'), id<'person'>('luis')] } as const;

/** Starts the fleet as a process of its own and writes the site directory, keys and secrets that fit it. */
export async function openLab(options: LabOptions): Promise<Lab> {
  const { folder } = options;
  const site = join(folder, 'site');
  const state = join(folder, 'state');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const secrets = join(folder, 'fleet-secrets.json');
  const answers = new EventEmitter();
  const fleet = await start({
    program: 'drill',
    args: fleetArguments(options, secrets),
    ready: readyLine,
    onLine: (line) => {
      if (line.startsWith(MENDED)) answers.emit(MENDED);
    },
  });
  const { targets, ipmi } = fleet.said;
  await initSite({
    dir: site,
    state,
    name: id('drill'),
    engineAddress: options.engineAddress,
    zones: [{ id: id('drill'), title: 'Emulated fleet on this machine' }],
    people: [
      { id: CAST.responder, name: 'Dana Drill', roles: [id('responder')] },
      ...CAST.leads.map((lead) => ({ id: lead, name: `${lead} Lead`, roles: [id<'role'>('lead'), id<'role'>('responder')] })),
    ],
    targets: [...targets.map(asTarget), ...ipmi.map(asIpmiTarget)],
    drill: true,
  });
  await storeSecrets(site, state, secrets);
  let canaries: Promise<readonly string[]> | null = null;
  return {
    ...{ folder, site, state, targets, ipmi: ipmi.length, fleet },
    async mend() {
      const mended = once(answers, MENDED);
      fleet.tell('{"mend":true}');
      await Promise.race([mended, fleet.ended]);
    },
    endFleet: () => (canaries ??= ended(fleet, canariesFile(folder))),
  };
}

/** How the fleet's answer to the order begins. */
const MENDED = '{"mended"';

async function ended(fleet: Running, path: string): Promise<readonly string[]> {
  await fleet.stop();
  // A fleet that broke down has written none.
  const text = await readFile(path, 'utf8').catch(() => '[]');
  await rm(path, { force: true });
  return z.array(z.string()).parse(JSON.parse(text));
}

function canariesFile(folder: string): string {
  return join(folder, 'fleet-canaries.json');
}

/** The private key of a drill's person. */
export function keyFile(lab: Lab, person: string): string {
  return join(lab.state, 'people', `${person}.key.asc`);
}

/** Runs the real `cofferdam` in this lab. */
export async function cofferdam(lab: Lab, args: readonly string[]): Promise<Said> {
  const said = await run('cli', ['--site', lab.site, '--state', lab.state, ...args], { env: { NO_COLOR: '1' } });
  await keepOutput(lab, `$ cofferdam ${args.join(' ')}\n${said.stdout}${said.stderr}`);
  return said;
}

/** Starts a real worker for the lab's zone and waits until it polls. */
export async function startWorker(lab: Lab, args: readonly string[] = []): Promise<Running> {
  return start({
    program: 'worker',
    args: ['--site', lab.site, '--state', lab.state, ...args],
    ready: (line) => (line.includes('"worker ready"') ? true : null),
    onLine: (line) => void keepOutput(lab, `${line}\n`),
  });
}

/** What the programs said, for whoever looks for a secret in it. */
function keepOutput({ folder }: Lab, text: string): Promise<void> {
  return appendFile(join(folder, 'outputs.log'), text, { mode: 0o600 });
}

function fleetArguments(options: LabOptions, secrets: string): string[] {
  const { folder, targets, trees, profile, seed, latencyMs, faults, ipmi, attack, persistence } = options;
  return [
    ...(targets === null ? [] : ['--targets', String(targets)]),
    ...trees.flatMap((tree) => ['--tree', tree]),
    ...(profile === null ? [] : ['--profile', profile]),
    ...['--seed', String(seed), '--latency', String(latencyMs)],
    ...[
      '--wire-log',
      join(folder, 'wire.jsonl'),
      '--ground-truth',
      join(folder, 'ground-truth.json'),
      '--secrets',
      secrets,
      '--canaries',
      canariesFile(folder),
    ],
    ...faults.flatMap((fault) => ['--fault', fault]),
    ...(attack ? ['--attack'] : []),
    ...(persistence === true ? ['--persistence'] : []),
    ...(ipmi === 0 ? [] : ['--ipmi', String(ipmi), '--ipmi-state', join(folder, 'ipmi')]),
  ];
}

const allowSchema = z.object({
  accounts: z.array(z.object({ userName: z.string(), roleId: z.string(), usedBy: z.string() })),
  sessions: z.array(z.object({ userName: z.string(), address: z.string() })),
  addresses: z.array(z.string()),
  subscriptions: z.array(z.string()),
  keys: z.array(z.custom<Digest<'key'>>(isDigest)),
});
const readySchema = z.object({
  ready: z.literal(true),
  targets: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      pin: z.custom<Digest<'spki'>>(isDigest),
      serial: z.string(),
      uuid: z.string(),
      class: z.string(),
      host: z.string(),
      allow: allowSchema,
    }),
  ),
  ipmi: z.array(
    z.object({ id: z.string(), address: z.string(), guid: z.string(), class: z.string(), host: z.string(), allow: allowSchema }),
  ),
});
type Ready = z.infer<typeof readySchema>;
export type FleetTarget = Ready['targets'][number];

function readyLine(line: string): Ready | null {
  if (!line.startsWith('{')) return null;
  const parsed = readySchema.safeParse(JSON.parse(line));
  return parsed.success ? parsed.data : null;
}

function asTarget(target: FleetTarget): Target {
  const { address, pin, serial, uuid, host, allow } = target;
  return {
    id: id(target.id),
    address,
    protocol: 'redfish',
    zone: id('drill'),
    pin,
    identity: { serial, uuid },
    secret: `vault://file/${target.id}`,
    host,
    class: target.class,
    usedBy: [],
    failureDomain: 'drill',
    allow,
  };
}

function asIpmiTarget({ id: name, address, guid, class: kind, host, allow }: Ready['ipmi'][number]): Target {
  return {
    id: id(name),
    address,
    protocol: 'ipmi',
    ipmi: { reason: 'a drill of BMCs that speak nothing else' },
    zone: id('drill'),
    identity: { serial: '', uuid: guid },
    secret: `vault://file/${name}`,
    host,
    class: kind,
    usedBy: [],
    failureDomain: 'drill',
    allow,
  };
}

const secretsSchema = z.object({ targets: z.array(z.object({ id: z.string(), userName: z.string(), password: z.string() })) });

/** Hands the fleet's logins to the worker's store over standard input; the desk has no code to write one. */
async function storeSecrets(site: string, state: string, path: string): Promise<void> {
  const { targets } = secretsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const lines = targets.map(({ id: name, userName, password }) => JSON.stringify({ name, userName, password }));
  const said = await run('worker', ['put-secrets', '--site', site, '--state', state], { input: `${lines.join('\n')}\n` });
  if (said.exitCode !== 0)
    throw new CliError('DRILL_FAILED', 'the worker did not take the logins of the fleet', { why: said.stderr.trim() });
  await rm(path);
}
