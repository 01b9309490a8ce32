import { readIpmiAddress } from '../model/ipmi-address.js';

/** Suites with authentication, integrity and encryption (IPMI 2.0, table 22-20): 17 is HMAC-SHA256 and AES-CBC-128, 3 the same with SHA-1. */
export type CipherSuite = 17 | 3;

/** What a session may do, and how often ipmitool sends each datagram that is not answered. */
export interface Terms {
  readonly privilege: 'OPERATOR' | 'ADMINISTRATOR';
  readonly tries: number;
  readonly waitS: number;
}

/**
 * Operator is enough to read everything, and keeps a BMC that obeys from letting such a session change users or LAN settings (IPMI 2.0,
 * appendix G). Reads may repeat.
 */
export const READING: Terms = { privilege: 'OPERATOR', tries: 3, waitS: 1 };

/** Set User Password asks for an administrator. ipmitool sends a request that is not answered again, a change as well, unless there is one try. */
export const CHANGING: Terms = { privilege: 'ADMINISTRATOR', tries: 1, waitS: 5 };

export interface Whom {
  /** `ipmi://host[:port]`. */
  readonly address: string;
  readonly userName: string;
  readonly suite: CipherSuite;
}

/** The arguments of one session: RMCP+ only, never IPMI 1.5; the password is in the environment. */
export function argumentsFor({ address, userName, suite }: Whom, { privilege, tries, waitS }: Terms): readonly string[] {
  const at = readIpmiAddress(address);
  if (at === null) throw new RangeError(`expected ipmi://host or ipmi://host:port, got ${address}`);
  const session = ['-I', 'lanplus', '-C', String(suite), '-L', privilege, '-N', String(waitS), '-R', String(tries), '-Z'];
  return ['-v', ...session, '-H', at.host, '-p', String(at.port), '-U', userName, '-E'];
}
