import { id } from '../../lib/model/json.js';
import type { Rules } from '../../lib/model/isolation.js';
import type { NftablesTerms } from '../../lib/model/isolation-terms.js';
import type { Enforcer } from '../../lib/isolation/enforcer.js';
import type { Lab } from './lab.js';

/** What a careful owner of a gateway has: filtered input, a forward chain that trusts what is established, and addresses translated. */
export function gatewayRules(include: string): string {
  return `#!/usr/sbin/nft -f
flush ruleset

table inet filter {
  set admins {
    type ipv4_addr
    flags interval
    elements = { 10.66.10.0/24, 10.66.11.0/24 }
  }

  chain input {
    type filter hook input priority filter; policy accept;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "wan0" tcp dport 22 drop comment "no ssh from outside"
  }

  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related counter accept
    ip saddr @admins tcp dport { 443, 623 } counter accept
  }
}

table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan0" ip saddr 10.66.11.0/24 masquerade
  }
}

${include}
`;
}

export function rulesOf(lab: Lab, more: Partial<Rules> = {}): Rules {
  return {
    incident: id<'incident'>('inc-1'),
    scope: 'segment',
    inside: lab.segment,
    responders: ['10.66.10.0/24', 'fd66:10::/64'],
    fallback: ['10.66.11.2', 'fd66:11::2'],
    allowances: [],
    ...more,
  };
}

/** The gateway as its own engineer sees it: our worker runs on it. */
export function localTerms(lab: Lab, more: Partial<NftablesTerms> = {}): NftablesTerms {
  return {
    name: id<'enforcer'>('gateway-1'),
    kind: 'nftables',
    interfaces: lab.interfaces,
    gateway: '10.66.10.1:22',
    command: lab.prefix('gateway'),
    ssh: null,
    persist: null,
    ...more,
  };
}

/** A line for whoever runs the tests. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Takes our rules away. */
export function release(enforcer: Enforcer): Promise<void> {
  const nothing = null;
  return enforcer.apply(nothing, null);
}
