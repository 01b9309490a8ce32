import type { Client, Connection } from '@temporalio/client';
import type { SealingCodec } from '../../lib/codec/codec.js';

/** A connection to one namespace of one engine. */
export interface Link {
  readonly client: Client;
  readonly connection: Connection;
  readonly codec: SealingCodec;
  readonly namespace: string;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
}
