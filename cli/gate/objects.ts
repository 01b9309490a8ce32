import type { Digest, Id } from '../../lib/model/json.js';
import { canonical, sha256 } from '../../lib/trust/canonical.js';
import type { Desk } from '../desk.js';
import { CliError } from '../error.js';

/** Reads an object of one of the zones and believes it only when its bytes hash to its name and are the one spelling of what they say. */
export async function fetchObject<T>(
  desk: Desk,
  where: { readonly zones: readonly Id<'zone'>[]; readonly incident: Id<'incident'> },
  digest: Digest<string>,
  parse: (value: unknown) => T,
): Promise<{ readonly value: T; readonly zone: Id<'zone'> }> {
  for (const zone of where.zones) {
    const bytes = await desk.read(zone, where.incident, digest);
    if (bytes === null) continue;
    return { value: believed(bytes, digest, zone, parse), zone };
  }
  throw new CliError('NOT_FOUND', `no zone of ${where.incident} has the object ${digest}`, {
    why: `asked: ${where.zones.join(', ')}`,
    fix: 'do not sign; look into the stores of these zones',
  });
}

function believed<T>(bytes: Uint8Array, digest: Digest<string>, zone: string, parse: (value: unknown) => T): T {
  const actual = sha256(bytes);
  if (actual !== digest) throw forged(`zone ${zone} was asked for ${digest} and answered with bytes that hash to ${actual}`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (canonical(value) !== text) throw new TypeError('not the canonical spelling; two readers could understand it differently');
    return parse(value);
  } catch (cause) {
    throw forged(`the object ${digest} of zone ${zone} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** What a zone shows is not what the gate's root covers. */
export function forged(why: string, cause?: unknown): CliError {
  return new CliError('FORGED_PLAN', 'what the worker shows is not what this gate is about', {
    why,
    fix: 'do not sign; deny the gate, and find out who changed the plans or the messages of this zone',
    cause,
  });
}
