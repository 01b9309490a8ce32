import { IpmiError, type IpmiCode } from './errors.js';

/** What ipmitool 1.8.19 prints when there is no session. */
const NO_SESSION = 'Error: Unable to establish IPMI v2 / RMCP+ session';

type Reason = readonly [words: string, code: IpmiCode, told: string];
const UNTOLD: Reason = ['', 'LOGIN_FAILED', 'ipmitool does not say why'];

/**
 * What it prints before that under `-v`, and what it means. Measured against ipmi_sim, and for the codes of the BMC the words of ipmitool's
 * table for IPMI 2.0, table 13-15. The order matters: the first that occurs counts.
 */
const REASONS: readonly Reason[] = [
  ['RAKP 2 HMAC is invalid', 'LOGIN_REFUSED', 'it has another password for this user'],
  ['RAKP 4 message has invalid integrity check value', 'LOGIN_REFUSED', 'it wants a key of its own (Kg), or has another password'],
  ['unauthorized name', 'LOGIN_REFUSED', 'it has no such user'],
  ['unauthorized role or privilege level requested', 'LOGIN_REFUSED', 'the user may not be operator on this channel'],
  ['invalid role', 'LOGIN_REFUSED', 'the user may not be operator on this channel'],
  ['invalid integrity check value', 'LOGIN_REFUSED', 'it did not take our proof of the password'],
  ['insufficient resources', 'SESSION_LIMIT', 'it has no room for another session; wait until one ends'],
  ['invalid authentication algorithm', 'CIPHER_REFUSED', 'it does not take the cipher suite'],
  ['invalid integrity algorithm', 'CIPHER_REFUSED', 'it does not take the cipher suite'],
  ['invalid confidentiality algorithm', 'CIPHER_REFUSED', 'it does not take the cipher suite'],
  ['no matching cipher suite', 'CIPHER_REFUSED', 'it does not take the cipher suite'],
  ['Get Auth Capabilities error', 'UNREACHABLE', 'nobody answers; check address, port and whether IPMI over LAN is on'],
  ['Address lookup for', 'UNREACHABLE', 'its name has no address'],
  ['Could not open socket', 'UNREACHABLE', 'there is no way to it'],
  ['Timeout in open session response message', 'UNREACHABLE', 'it fell silent before the login'],
  ['no response from RAKP 1 message', 'UNREACHABLE', 'it fell silent before the login'],
];

/** Why there was no session; null when there was one. The words are ipmitool's own, none of them a BMC's. */
export function refusalIn(stderr: Buffer, address: string): IpmiError | null {
  const said = stderr.toString('latin1');
  if (!said.includes(NO_SESSION)) return null;
  const [, code, told] = REASONS.find(([words]) => said.includes(words)) ?? UNTOLD;
  return new IpmiError(code, `${address}: no IPMI session: ${told}`);
}

/** What a BMC said to a change: that it was made, that it is not made, or nothing that could be told. */
export type Said = 'yes' | 'no' | 'nothing';

/**
 * Completion codes by which a BMC refuses a request without having begun it (IPMI 2.0, table 5-2), in the words of ipmitool's table for them. Others, as
 * "unspecified error", do not say what was done.
 */
const REFUSING: readonly string[] = [
  'Invalid command',
  'Request data length invalid',
  'Request data field length limit exceeded',
  'Parameter out of range',
  'Invalid data field in request',
  'Insufficient privilege level',
  'Command not supported in present state',
];

/** Of one run that did nothing but `user set password`, in a session that there was. */
export function saidIn({ stdout, stderr }: { readonly stdout: Buffer; readonly stderr: Buffer }): Said {
  if (stdout.toString('latin1').includes('Set User Password command successful')) return 'yes';
  const lines = stderr.toString('latin1').split('\n');
  return lines.some((line) => REFUSING.some((words) => line === `IPMI command failed: ${words}`)) ? 'no' : 'nothing';
}
