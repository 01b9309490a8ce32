import { z } from 'zod';
import { isDigest, isId, isTime, type Digest, type Id, type Time } from '../model/json.js';
import type { Subject } from '../model/operation.js';

/** The zod spelling of the model's branded words; each use names what it stands for. */
export function idOf<Of extends string>(): z.ZodType<Id<Of>> {
  return z.custom<Id<Of>>((value) => isId(value), 'expected an id');
}

export function digestOfKind<Of extends string>(): z.ZodType<Digest<Of>> {
  return z.custom<Digest<Of>>((value) => isDigest(value), 'expected a SHA-256 in hexadecimal');
}

export const timeSchema: z.ZodType<Time> = z.custom<Time>((value) => isTime(value), 'expected a UTC time with milliseconds');

export const subjectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bmc'), target: idOf<'target'>() }),
  z.strictObject({ kind: z.literal('enforcer'), zone: idOf<'zone'>(), name: z.string() }),
]) satisfies z.ZodType<Subject>;
