import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { openAgent, type Agent } from './agent.js';

/** Who is in the lab. The gateway has an interface to each; `oob0` and `oob1` lead to the BMCs. */
export const HOSTS = ['bmc1', 'bmc2', 'jump', 'fallback', 'attacker'] as const;
export type Host = (typeof HOSTS)[number];
export type Place = Host | 'gateway';

/** The gateway's interface, and the networks behind it: the gateway is .1, the host .2. */
const LINKS: Readonly<Record<Host, { readonly link: string; readonly v4: string; readonly v6: string }>> = {
  bmc1: { link: 'oob0', v4: '10.66.1', v6: 'fd66:1:' },
  bmc2: { link: 'oob1', v4: '10.66.2', v6: 'fd66:2:' },
  jump: { link: 'jump0', v4: '10.66.10', v6: 'fd66:10:' },
  fallback: { link: 'fall0', v4: '10.66.11', v6: 'fd66:11:' },
  attacker: { link: 'wan0', v4: '10.66.20', v6: 'fd66:20:' },
};

/** Every host echoes on it. */
export const PORT = 443;

export interface Lab {
  /** The names of the namespaces. */
  readonly namespaces: Readonly<Record<Place, string>>;
  readonly addresses: Readonly<Record<Host, { readonly v4: string; readonly v6: string }>>;
  /** The gateway's own, as a host sees it. */
  gatewayOf(host: Host): { readonly v4: string; readonly v6: string };
  /** The gateway's interfaces to the BMCs. */
  readonly interfaces: readonly string[];
  /** The networks of the segment. */
  readonly segment: readonly string[];
  /** For files of the lab; goes with it. */
  readonly folder: string;
  /** Put before a command, it runs at that place. */
  prefix(at: Place): readonly string[];
  /** Runs a program at a place; throws when it fails. */
  exec(at: Place, argv: readonly string[], input?: string): Promise<string>;
  /** What stands there: opens connections and echoes. */
  agent(at: Place): Agent;
  /** `nft -s list ruleset` of the gateway. */
  ruleset(): Promise<string>;
  close(): Promise<void>;
}

const TOOLS = ['ip', 'nft', 'conntrack', 'sysctl'];

/** Why there can be no lab on this machine; null when there can. */
export const unavailable: string | null = whyNot();

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const lacking = TOOLS.filter((tool) => spawnSync(tool, ['-V']).error !== undefined);
  if (lacking.length > 0) return `this machine lacks ${lacking.join(', ')}`;
  return spawnSync('ip', ['netns', 'add', `cofferdam-${String(process.pid)}-try`]).status === 0
    ? (spawnSync('ip', ['netns', 'del', `cofferdam-${String(process.pid)}-try`]), null)
    : 'this machine does not let root make network namespaces';
}

let labs = 0;

/** A gateway between two BMCs, a jump host, a fallback host and an attacker, each in a namespace of its own, over IPv4 and IPv6. */
export async function openLab(): Promise<Lab> {
  labs += 1;
  const name = (place: Place): string => `cofferdam-${String(process.pid)}-${String(labs)}-${place}`;
  const places: readonly Place[] = ['gateway', ...HOSTS];
  const namespaces = byPlace(name);
  const agents = new Map<Place, Agent>();
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-lab-'));
  const prefix = (at: Place): readonly string[] => ['ip', 'netns', 'exec', name(at)];
  const exec = async (at: Place, argv: readonly string[], input = ''): Promise<string> => {
    const [program = '', ...args] = [...prefix(at), ...argv];
    return (await execa(program, args, { input, stripFinalNewline: false })).stdout;
  };
  const close = async (): Promise<void> => {
    await Promise.all([...agents.values()].map((agent) => agent.close()));
    for (const place of places) await execa('ip', ['netns', 'del', name(place)], { reject: false });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await removeAbandoned();
    await build(name, folder);
    await Promise.all(places.map(async (place) => agents.set(place, await openAgent(prefix(place), PORT))));
    await untilConnected(agents);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    namespaces,
    addresses: byHost(({ v4, v6 }) => ({ v4: `${v4}.2`, v6: `${v6}:2` })),
    gatewayOf: (host) => ({ v4: `${LINKS[host].v4}.1`, v6: `${LINKS[host].v6}:1` }),
    interfaces: [LINKS.bmc1.link, LINKS.bmc2.link],
    segment: [LINKS.bmc1, LINKS.bmc2].flatMap(({ v4, v6 }) => [`${v4}.0/24`, `${v6}:/64`]),
    folder,
    prefix,
    exec,
    agent: (at) => {
      const agent = agents.get(at);
      if (agent === undefined) throw new Error(`nobody stands at ${at}`);
      return agent;
    },
    ruleset: () => exec('gateway', ['nft', '-s', 'list', 'ruleset']),
    close,
  };
}

function byHost<T>(make: (link: (typeof LINKS)[Host]) => T): Readonly<Record<Host, T>> {
  const { bmc1, bmc2, jump, fallback, attacker } = LINKS;
  return { bmc1: make(bmc1), bmc2: make(bmc2), jump: make(jump), fallback: make(fallback), attacker: make(attacker) };
}

function byPlace(name: (place: Place) => string): Readonly<Record<Place, string>> {
  return {
    gateway: name('gateway'),
    bmc1: name('bmc1'),
    bmc2: name('bmc2'),
    jump: name('jump'),
    fallback: name('fallback'),
    attacker: name('attacker'),
  };
}

/** Right after the links come up neighbours are not known yet. */
async function untilConnected(agents: ReadonlyMap<Place, Agent>): Promise<void> {
  const giveUpAt = Date.now() + 15_000;
  for (const from of HOSTS)
    for (const host of HOSTS.filter((other) => other !== from))
      for (const version of ['v4', 'v6'] as const) {
        const to = `${LINKS[host][version]}${version === 'v4' ? '.' : ':'}2`;
        while (!(await agents.get(from)?.reaches(to)))
          if (Date.now() > giveUpAt) throw new Error(`${from} does not reach ${host} at ${to} in this lab`);
      }
}

/** One run of `ip` for all links and addresses: a process for each would take a second. */
async function build(name: (place: Place) => string, folder: string): Promise<void> {
  const gateway = name('gateway');
  await batch(
    folder,
    ['gateway' as const, ...HOSTS].map((place) => `netns add ${name(place)}`),
    [],
  );
  // Nobody else is on these links: an address need not wait until it is proven to be nobody's.
  for (const place of ['gateway' as const, ...HOSTS])
    await execa('ip', [
      'netns',
      'exec',
      name(place),
      'sysctl',
      '-qw',
      'net.ipv6.conf.default.accept_dad=0',
      'net.ipv6.conf.all.accept_dad=0',
    ]);
  await batch(
    folder,
    HOSTS.map((host) => `link add ${LINKS[host].link} netns ${gateway} type veth peer name eth0 netns ${name(host)}`),
    [],
  );
  await batch(
    folder,
    HOSTS.flatMap((host) => end(LINKS[host].link, host, 1)),
    ['-n', gateway],
  );
  for (const host of HOSTS) {
    const { v4, v6 } = LINKS[host];
    const routes = [`route add default via ${v4}.1`, `route add ::/0 via ${v6}:1`];
    await batch(folder, [...end('eth0', host, 2), ...routes], ['-n', name(host)]);
  }
  await execa('ip', ['netns', 'exec', gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
}

function end(link: string, host: Host, number: number): readonly string[] {
  const { v4, v6 } = LINKS[host];
  return [
    'link set lo up',
    `address add ${v4}.${String(number)}/24 dev ${link}`,
    `address add ${v6}:${String(number)}/64 dev ${link} nodad`,
    `link set ${link} up`,
  ];
}

async function batch(folder: string, lines: readonly string[], options: readonly string[]): Promise<void> {
  const file = join(folder, 'batch');
  await writeFile(file, `${lines.join('\n')}\n`);
  await execa('ip', [...options, '-batch', file]);
}

/** A run that was killed could not remove its own. */
async function removeAbandoned(): Promise<void> {
  const { stdout } = await execa('ip', ['netns', 'list']);
  for (const [name, pid] of stdout.matchAll(/^cofferdam-(\d+)-\S+/gm)) {
    if (!isAlive(Number(pid))) await execa('ip', ['netns', 'del', name], { reject: false });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
