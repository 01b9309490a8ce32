import { readIpmiAddress } from '../model/ipmi-address.js';
import type { Target } from '../model/site.js';

/** The host of a target's address: an IP address without brackets, or a name. */
export function targetHost(target: Pick<Target, 'address'>): string {
  return readIpmiAddress(target.address)?.host ?? new URL(target.address).hostname.replace(/^\[|\]$/g, '');
}

/** Where a target answers over TCP. IPMI is UDP: its host is tried at the port of its web interface, where a refusal shows a way as well. */
export function targetPort(target: Pick<Target, 'address'>): number {
  return readIpmiAddress(target.address) === null ? Number(new URL(target.address).port || '443') : 443;
}
