import type { Rules } from '../../model/isolation.js';
import { IsolationError } from '../error.js';
import type { Shell } from '../shell.js';
import { networkOf, overlap, type Network } from './networks.js';

/** Pairs of addresses; more are not worth their time, since the rules drop them anyway. */
const MOST = 2_000;
const AT_ONCE = '4';

/**
 * Forgets the flows between the inside and everybody but responders, so that none goes on in a flow table or comes back with rules that trust what is
 * established. Best effort: the rules cut them whether this works or not. Responders' flows stay, since a long answer would stall without its entry.
 */
export async function forgetFlows(shell: Shell, command: readonly string[], rules: Rules): Promise<void> {
  try {
    const orders = [...(await ordersFor(shell, 'ipv4', rules)), ...(await ordersFor(shell, 'ipv6', rules))].slice(0, MOST);
    if (orders.length === 0) return;
    // `conntrack -R -` opens /dev/stdin by its name, which fails where standard input is a socket, as under sshd.
    const argv = ['xargs', '-P', AT_ONCE, '-L', '1', ...command, 'conntrack'];
    await shell.run(argv, { input: `${orders.join('\n')}\n`, asLogin: true, mayBeCut: true });
  } catch (error) {
    if (!(error instanceof IsolationError)) throw error;
  }
}

async function ordersFor(shell: Shell, family: 'ipv4' | 'ipv6', rules: Rules): Promise<ReadonlySet<string>> {
  const { stdout } = await shell.run(['conntrack', '-L', '-f', family], { mayBeCut: true });
  const lines = stdout.toString('latin1').split('\n');
  const inside = networksOf(rules.inside);
  const responders = networksOf(rules.responders);
  return new Set(lines.flatMap((line) => orderOf(line, family, inside, responders)));
}

function networksOf(listed: readonly string[]): readonly Network[] {
  return listed.map(networkOf).filter((each) => each !== null);
}

const FLOW = /^(\w+)\s+\d+ .*?\bsrc=(\S+) dst=(\S+) .*?\bsrc=(\S+) dst=(\S+)/;

/** What makes conntrack forget the flows between the two ends of one; nothing for a flow that may stay. */
function orderOf(line: string, family: string, inside: readonly Network[], responders: readonly Network[]): readonly string[] {
  const [, protocol = '', from = '', to = '', ...answering] = FLOW.exec(line) ?? [];
  const ends = networksOf([from, to, ...answering]);
  const among = (networks: readonly Network[]): boolean => ends.some((each) => networks.some((network) => overlap(network, each)));
  return among(inside) && !among(responders) ? [`-D -f ${family} -s ${from} -d ${to} -p ${protocol}`] : [];
}
