import type { Id } from './json.js';

/** What can be looked for on a BMC; closed, since each kind has rules of its own for what counts as the same. */
export const INDICATOR_KINDS = ['account', 'key', 'destination', 'address', 'image'] as const;
export type IndicatorKind = (typeof INDICATOR_KINDS)[number];

/** One trace of an attacker, as it was seen somewhere. */
export interface Indicator {
  readonly kind: IndicatorKind;
  /** A user name; a digest of a key; a URL, host or mail address; an IP address; the place or file name of an image. */
  readonly value: string;
}

/** A file of `hunts/` in the site directory: what the team looks for on every BMC. */
export interface Hunt {
  readonly version: 1;
  readonly name: Id<'hunt'>;
  readonly title: string;
  readonly indicators: readonly Indicator[];
}

/** An indicator and the file that asks for it. */
export interface Sought extends Indicator {
  readonly hunt: Id<'hunt'>;
}

/** Characters of a value; what is longer is no name of anything. */
export const INDICATOR_CHARACTERS = 300;

/** Over all files of a site. */
export const INDICATORS = 500;
