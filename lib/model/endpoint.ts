import type { Id } from './json.js';
import type { NoticeEvent } from './notice.js';

/** Where notices go. */
export type Endpoint = WebhookEndpoint | MailEndpoint | CommandEndpoint;

export interface WebhookEndpoint extends AnyEndpoint {
  readonly kind: 'webhook';
  /** https, or http to this host alone. */
  readonly url: string;
  /** Reference to the key of the HMAC, as the password of the record. */
  readonly secret: string;
  /** Reference to the rest of the address, for receivers whose address is itself the secret; null: `url` is all of it. */
  readonly path: string | null;
  /** Name of a file in `ca/`; null: the authorities that Node knows. */
  readonly ca: string | null;
}

export interface MailEndpoint extends AnyEndpoint {
  readonly kind: 'mail';
  readonly host: string;
  readonly port: number;
  /** Nothing is sent without TLS: from the first byte, or after STARTTLS. */
  readonly tls: 'implicit' | 'starttls';
  readonly from: string;
  readonly to: readonly string[];
  /** Reference to a login at the mail server; null: it wants none. */
  readonly secret: string | null;
  readonly ca: string | null;
}

export interface CommandEndpoint extends AnyEndpoint {
  readonly kind: 'command';
  /** An argument list, run without a shell; the notice comes on standard input. */
  readonly command: readonly string[];
}

interface AnyEndpoint {
  readonly id: Id<'endpoint'>;
  readonly events: readonly NoticeEvent[];
}
