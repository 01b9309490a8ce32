import { isIP } from 'node:net';
import { networkText, readNetwork } from './networks.js';

/** An address and a port. */
export interface Endpoint {
  readonly to: string;
  readonly port: number;
}

/** Reads `address:port`, an IPv6 address in brackets; null for names, which are not looked up: whoever answers for them may be the attacker. */
export function readEndpoint(text: string): Endpoint | null {
  const [, bracketed, bare, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const address = bracketed ?? bare ?? '';
  const network = isIP(address) === (bracketed === undefined ? 4 : 6) ? readNetwork(address) : null;
  return network === null || Number(port) > 65_535 ? null : { to: networkText(network), port: Number(port) };
}
