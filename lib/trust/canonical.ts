import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { digest, type Digest } from '../model/json.js';
import { TrustError } from './error.js';

/**
 * The one text of a JSON value (RFC 8785), which is what gets hashed and signed. Throws NOT_JSON for what JSON would drop or change in silence:
 * undefined, functions, NaN, infinities, class instances, half surrogate pairs, cycles.
 */
export function canonical(value: unknown): string {
  requireJson(value, '$', 0);
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new TrustError('NOT_JSON', 'expected a value that canonical JSON can hold, got text with half a surrogate pair', { cause });
  }
  throw new TrustError('NOT_JSON', 'expected a JSON value, got nothing');
}

/** SHA-256 of a value's canonical JSON. */
export function digestOf<Of extends string>(value: unknown): Digest<Of> {
  return sha256(canonical(value));
}

/** SHA-256 of bytes, or of a text as UTF-8. */
export function sha256<Of extends string>(bytes: Uint8Array | string): Digest<Of> {
  return digest(createHash('sha256').update(bytes).digest('hex'));
}

// Deeper values are either cyclic or made to exhaust the stack.
const MAX_DEPTH = 100;

function requireJson(value: unknown, where: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object') throw new TrustError('NOT_JSON', `expected a JSON value at ${where}, got ${nameOf(value)}`);
  if (depth >= MAX_DEPTH) throw new TrustError('NOT_JSON', `expected at most ${String(MAX_DEPTH)} levels at ${where}, got more or a cycle`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) requireJson(value[index], `${where}[${String(index)}]`, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TrustError('NOT_JSON', `expected a plain object at ${where}, got an instance of a class`);
  for (const [key, member] of Object.entries(value)) requireJson(member, `${where}.${key}`, depth + 1);
}

function nameOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value;
}
