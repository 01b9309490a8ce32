import { z } from 'zod';
import { isDigest, isId, isTime, type Digest, type Id, type Time } from '../model/json.js';
import type { Subject } from '../model/operation.js';

/** The zod spelling of the model's branded words; each use names what it stands for. */
export function idOf<Of extends string>(): z.ZodType<Id<Of>> {
  return z.custom<Id<Of>>((value) => isId(value), 'expected an id: 1 to 48 of a-z, 0-9 and "-", not starting with "-"');
}

export function digestOfKind<Of extends string>(): z.ZodType<Digest<Of>> {
  return z.custom<Digest<Of>>((value) => isDigest(value), 'expected a SHA-256 digest: 64 digits 0-9 and a-f, lower case, no colons');
}

export const timeSchema: z.ZodType<Time> = z.custom<Time>((value) => isTime(value), 'expected a UTC time with milliseconds');

export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bmc'), target: idOf<'target'>() }),
  z.strictObject({ kind: z.literal('enforcer'), zone: idOf<'zone'>(), name: idOf<'enforcer'>() }),
]) satisfies z.ZodType<Subject>;
