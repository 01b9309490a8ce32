import { InvalidArgumentError } from 'commander';
import { isDigest, isId, type Digest, type Id } from '../lib/model/json.js';

/** Parses an id argument; commander turns the refusal into a usage error. */
export function idArgument<Of extends string>(typed: string): Id<Of> {
  if (!isId<Of>(typed)) throw new InvalidArgumentError('Expected 1 to 48 characters a-z, 0-9 and "-".');
  return typed;
}

/** Collects a repeated id argument. */
export function idArguments<Of extends string>(typed: string, before: readonly Id<Of>[] | undefined): readonly Id<Of>[] {
  return [...(before ?? []), idArgument<Of>(typed)];
}

/** Collects a repeated digest argument. */
export function digestArguments<Of extends string>(typed: string, before: readonly Digest<Of>[] | undefined): readonly Digest<Of>[] {
  if (!isDigest<Of>(typed)) throw new InvalidArgumentError('Expected 64 digits 0-9 and a-f.');
  return [...(before ?? []), typed];
}

/** A key as `target enroll` and openssl print it, with or without colons. */
export function pinArgument(typed: string): Digest<'spki'> {
  const digits = typed.replaceAll(':', '').toLowerCase();
  if (!isDigest<'spki'>(digits)) throw new InvalidArgumentError('Expected the SHA-256 of a public key: 64 digits 0-9 and a-f.');
  return digits;
}

export function wholeNumber(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(typed);
}
