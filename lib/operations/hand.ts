import type { Look, Prepared, Workbench } from './bench.js';

/** What carries one operation out on its subject: it knows its device, gets ready, and looks. */
export interface Hand {
  readonly bench: Workbench;
  /** Refuses when another device answers than the one that was planned for. */
  requireDevice(): Promise<void>;
  /** Null when the postcondition holds already. */
  prepare(): Promise<Prepared | null>;
  observe(): Promise<Look>;
}
