import { DEPENDENCIES, type Allowance, type Dependency } from '../model/isolation.js';
import type { Isolation } from '../model/isolation-terms.js';
import { holds, readNetwork } from './networks.js';

/** How the site answers for one thing that servers inside may need of the outside. */
export interface Answered {
  readonly dependency: Dependency;
  readonly is: 'allowed' | 'accepted' | 'unanswered';
  /** The reason that was given; empty when none was. */
  readonly because: string;
}

/**
 * Asks of each dependency, before the segment is cut, whether somebody thought of it: an allowance whose reason names it, or an acceptance.
 * The answers are the site's word; isolation waits for no BMC. What they themselves say is held against it later, by {@link isCutOff}.
 */
export function answersFor({ allowances, accepted }: Isolation): readonly Answered[] {
  return DEPENDENCIES.map((dependency): Answered => {
    const allowance = allowances.find(({ reason }) => names(reason, dependency));
    if (allowance !== undefined) return { dependency, is: 'allowed', because: allowance.reason };
    const acceptance = accepted.find((one) => one.dependency === dependency);
    if (acceptance !== undefined) return { dependency, is: 'accepted', because: acceptance.reason };
    return { dependency, is: 'unanswered', because: '' };
  });
}

/** Something outside that a server inside is set to use. */
export interface Need {
  readonly dependency: Dependency;
  /** Address or name; null where whoever answers will do. */
  readonly host: string | null;
  readonly via: readonly Pick<Allowance, 'protocol' | 'port'>[];
}

/**
 * Whether the isolation takes it away, and nobody accepted that. Names are not looked up, so for one it is the site's word again: an allowance of
 * that protocol and port whose reason names the dependency. What lies in the network of the server itself does not pass the gateway.
 */
export function isCutOff({ segment, allowances, accepted }: Isolation, { dependency, host, via }: Need, own: string): boolean {
  if (accepted.some((one) => one.dependency === dependency)) return false;
  const asked = host === null ? null : readNetwork(host);
  const from = readNetwork(own);
  const lie = (text: string, one: typeof asked): boolean => {
    const network = readNetwork(text);
    return network !== null && one !== null && holds(network, one);
  };
  if (asked !== null && segment.some((network) => lie(network, asked) && (from === null || lie(network, from)))) return false;
  const open = allowances.filter((one) => via.some(({ protocol, port }) => one.protocol === protocol && one.port === port));
  if (asked !== null) return !open.some(({ to }) => lie(to, asked));
  return !open.some(({ reason }) => host === null || names(reason, dependency));
}

/** What a lead is told about a dependency that nobody answered for. */
export function adviceFor(dependency: Dependency): string {
  return `nobody has said what becomes of ${BREAKS[dependency]} when the segment is cut: add an allowance whose reason names "${dependency}", or accept it with a reason`;
}

const BREAKS: Readonly<Record<Dependency, string>> = {
  dhcp: 'the leases of BMCs (dhcp), which lose their addresses when they cannot renew them',
  'directory-login': 'logins through LDAP or Active Directory (directory-login); responders need a local account on every BMC',
  syslog: 'the logs that BMCs send away (syslog), which are evidence',
  alerts: 'what BMCs report by SNMP trap or mail (alerts)',
  kms: 'keys that BMCs or their drives fetch (kms); a host that restarts may not unlock',
  fencing: 'clusters that fence their nodes through BMCs (fencing)',
  ntp: 'the clocks of BMCs (ntp), by which their logs are read',
  dns: 'names that BMCs look up (dns)',
};

/** As a word of its own: "no dnssec" does not name dns. */
function names(reason: string, dependency: Dependency): boolean {
  return new RegExp(`(^|[^a-z0-9-])${dependency}($|[^a-z0-9-])`, 'i').test(reason);
}
