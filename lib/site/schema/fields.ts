import { z } from 'zod';
import { INDICATOR_CHARACTERS } from '../../model/hunt.js';
import { readSecretReference } from '../../model/secret-reference.js';
import { isAddressOrNetwork } from '../addresses.js';

/** How a fingerprint is written in site files and state. */
export const FINGERPRINT = /^[0-9A-F]{40}$/;

/** How the file of a certificate authority is named in ca/. */
export const AUTHORITY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.pem$/;

const PLAIN = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}]*$/u;

export const Version = z.literal(1);

export const Text = z
  .string()
  .min(1, 'expected text, got an empty one')
  .max(500, 'expected at most 500 characters')
  .regex(PLAIN, 'expected text without control characters');

/** A name as a BMC shows it. */
export const Seen = z
  .string()
  .min(1, 'expected text, got an empty one')
  .max(INDICATOR_CHARACTERS, `expected at most ${String(INDICATOR_CHARACTERS)} characters`)
  .regex(PLAIN, 'expected text without control characters');

/** An SSH key by its fingerprint. */
export const KeyName = z
  .string()
  .regex(
    /^(?:[0-9a-f]{64}|SHA256:[A-Za-z0-9+/]{43})$/,
    'expected a SHA-256 of 64 digits 0-9 and a-f, or SHA256:… as ssh-keygen -l prints it',
  );

export const AddressOrNetwork = z
  .string()
  .refine(isAddressOrNetwork, 'expected an IP address, or a network as 10.20.0.0/24 or fd00:20::/64');

export const HostPort = z.string().regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'expected host:port');

export const Port = z.int().min(1).max(65_535);

export const AbsolutePath = z.string().regex(/^\/[A-Za-z0-9._/-]{1,200}$/, 'expected an absolute path of letters, digits and ._-/');

export const Argv = z.array(z.string().min(1)).min(1, 'expected a program and its arguments, as a list');

export const AuthorityFile = z.string().regex(AUTHORITY_NAME, 'expected the name of a file in ca/, as rack-ca.pem');

export const Mount = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,3}$/, 'expected the path of a mount, as secret or teams/ir');

export const Reference = z
  .string()
  // The message never quotes what it got: it may be the secret itself.
  .refine(
    (text) => readSecretReference(text) !== null,
    'expected a reference vault://STORE/NAME, got something else, which is not shown here',
  );

/** True for `https://host` or `https://host:port` as a URL parser writes it, and nothing else. */
export function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && url.origin === text;
}
