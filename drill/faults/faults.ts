import { BODIES } from './bodies.js';
import { CERTIFICATES } from './certificates.js';
import { CONNECTION } from './connection.js';
import { DEVICE } from './device.js';
import type { Fault } from './fault.js';
import { FREEZE } from './freeze.js';
import { HTTP } from './http.js';
import { LINKS } from './links.js';
import { LISTS } from './lists.js';
import { LOGINS } from './logins.js';
import { MOMENTS } from './moments.js';
import { NAMES } from './names.js';
import { PASSWORDS } from './passwords.js';

/** Everything that can be wrong with one BMC, by name. */
const ROWS = {
  ...DEVICE,
  ...CONNECTION,
  ...HTTP,
  ...BODIES,
  ...LINKS,
  ...LISTS,
  ...NAMES,
  ...LOGINS,
  ...MOMENTS,
  ...FREEZE,
  ...PASSWORDS,
  ...CERTIFICATES,
} as const;

export type FaultName = keyof typeof ROWS;

export const FAULTS: Readonly<Record<FaultName, Fault>> = ROWS;

export function isFault(name: unknown): name is FaultName {
  return typeof name === 'string' && Object.hasOwn(ROWS, name);
}

export function faultNames(): FaultName[] {
  return Object.keys(ROWS).filter(isFault);
}
