import type { WitnessFile } from '../enforcer.js';
import { IsolationError } from '../error.js';
import type { Shell } from '../shell.js';

const READS: readonly { readonly name: string; readonly argv: readonly string[] }[] = [
  { name: 'ruleset.txt', argv: ['nft', '-s', 'list', 'ruleset'] },
  { name: 'conntrack-ipv4.txt', argv: ['conntrack', '-L', '-f', 'ipv4', '-o', 'extended'] },
  { name: 'conntrack-ipv6.txt', argv: ['conntrack', '-L', '-f', 'ipv6', '-o', 'extended'] },
  { name: 'neighbours-ipv4.txt', argv: ['ip', 'neigh', 'show'] },
  { name: 'neighbours-ipv6.txt', argv: ['ip', '-6', 'neigh', 'show'] },
  { name: 'routes-ipv4.txt', argv: ['ip', 'route'] },
  { name: 'routes-ipv6.txt', argv: ['ip', '-6', 'route'] },
  { name: 'bridge-macs.txt', argv: ['bridge', 'fdb', 'show'] },
  { name: 'leases-dnsmasq.txt', argv: ['cat', '/var/lib/misc/dnsmasq.leases'] },
  { name: 'leases-dhcpd.txt', argv: ['cat', '/var/lib/dhcp/dhcpd.leases'] },
  { name: 'leases-kea4.csv', argv: ['cat', '/var/lib/kea/kea-leases4.csv'] },
  { name: 'leases-kea6.csv', argv: ['cat', '/var/lib/kea/kea-leases6.csv'] },
];

/** What the gateway knows that the first rules destroy. One read that fails is named, and does not keep the others from being taken. */
export async function takeWitness(shell: Shell): Promise<{ readonly files: readonly WitnessFile[]; readonly missing: readonly string[] }> {
  const files: WitnessFile[] = [];
  const missing: string[] = [];
  for (const { name, argv } of READS) {
    const how = argv.join(' ');
    const taken = await take(shell, argv);
    if (taken === null) missing.push(how);
    else files.push({ name, how, body: taken.body });
    if (taken?.cut === true) missing.push(`${how}: what comes after the first ${String(taken.body.length)} bytes`);
  }
  return { files, missing };
}

async function take(shell: Shell, argv: readonly string[]): Promise<{ readonly body: Uint8Array; readonly cut: boolean } | null> {
  try {
    const { exitCode, stdout, cut } = await shell.run(argv, { mayBeCut: true });
    return exitCode === 0 ? { body: stdout, cut } : null;
  } catch (error) {
    if (error instanceof IsolationError && error.code === 'TOOL_MISSING') return null;
    throw error;
  }
}
