import type { Digest } from '../model/json.js';
import type { PinsRecord } from '../store/pins.js';

/** The keys that a target may show. */
export interface OwnPin {
  /** The one that is required; null: an authority alone vouches for it. */
  readonly pin: Digest<'spki'> | null;
  /** The one that may be shown instead, between the sending of a certificate and its proof. */
  readonly orPin: Digest<'spki'> | null;
}

/**
 * Which key is taken for a target's, whoever asks. `said`: as the inventory has it, or a person who vouched for it in this incident. One that was
 * replaced counts for the one that replaced it, also where there is none: an authority alone would take the old certificate as well. While a
 * certificate was sent and not proven, its key is taken beside the one that it replaces, and beside no other.
 */
export function ownPin(said: Digest<'spki'> | null, { pin, retired, renewal }: PinsRecord): OwnPin {
  const inForce = said === null || retired.includes(said) ? (pin ?? said) : said;
  const mayShow = renewal?.state === 'sent' && (inForce === null || inForce === renewal.old);
  return mayShow ? { pin: renewal.old, orPin: renewal.fresh } : { pin: inForce, orPin: null };
}
