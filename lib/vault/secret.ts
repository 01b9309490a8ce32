import { inspect } from 'node:util';
import { VaultError } from './error.js';

/** What every accidental way of printing a secret shows instead. */
export const HIDDEN = '[secret]';

/**
 * A text that must not leave the process by accident. Printing shows {@link HIDDEN}, serialising throws, and cloning yields an empty object;
 * only `reveal`, which is easy to search for, gives it away.
 */
export class Secret {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static of(text: string): Secret {
    return new Secret(text);
  }

  /** The text itself, for the one call that sends or encrypts it. Never keep the result. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }

  /** Throws rather than write a placeholder: a file or message that needs the secret would be silently wrong. */
  toJSON(): never {
    throw new VaultError('SECRET_EXPOSED', 'a secret was about to be written as JSON; pass its vault:// reference instead');
  }
}

/** What a login needs. */
export interface Credential {
  readonly userName: string;
  readonly password: Secret;
}
