import type { Taking } from '../passwords.js';
import type { Reply } from '../reply.js';
import type { Request } from '../service.js';
import type { State } from '../state.js';
import type { Planted } from '../truth.js';

/** One thing that can be wrong with a BMC, by accident or because an attacker owns it. */
export interface Fault {
  /** What it does. */
  readonly line: string;
  /** What the runbook must come to on a BMC that has it. */
  readonly expect: Expect;
  /** What answers where the BMC should listen, instead of it. */
  readonly listens?: Listens;
  /** Which certificate it shows, other than the pinned one. */
  readonly presents?: Presents;
  /** Requests that the fault meddles with. */
  readonly on?: (request: Request) => boolean;
  /** What such a request is answered with; the BMC has processed it by then. */
  readonly answer?: (asked: Asked) => Reply | Raw;
  /** What becomes of a new password that an account is given by PATCH. */
  readonly password?: OddPassword;
  /** What logs in to an account after an honest rotation that met it; `none` of those that were sent; `new-restricted`: the new one, which may do nothing but change itself. */
  readonly rotates?: 'old' | 'new' | 'old-or-new' | 'both' | 'none' | 'new-to-20-bytes' | 'new-restricted';
  /** Done to the BMC when the fault begins; returns what a review has to find of it. */
  readonly plant?: (state: State) => readonly Planted[];
}

export interface OddPassword {
  /** True for a password that the BMC does not want, though it follows the rules that it shows. */
  readonly refuses?: (password: string) => boolean;
  /** `new` when absent; `late`: some time after the answer. */
  readonly takes?: Taking | 'late';
  /**
   * After it was taken; open sessions go as in any start of this BMC. `tells-a-task`: the answer is 202, and the task runs as long as it is late.
   * `demands-another`: it has to be changed as the one before had.
   */
  readonly then?: 'starts-again' | 'tells-a-task' | 'demands-another';
}

export type Listens = 'nobody' | 'mute' | 'noise' | 'plain-http' | 'old-tls' | 'hangs-up';
/** `another-key-later`: from the second connection on. */
export type Presents = 'another-key' | 'another-key-later' | 'same-key-expired' | 'same-key-renewed';

/** `done`, or the code with which the step parks. */
export interface Expect {
  readonly triage: string;
  readonly capture: string;
  /** Of review-access: making the plan, and carrying it out. */
  readonly plan: string;
  readonly act: string;
  /** Of freeze, where it differs from what happens to an honest BMC; on those that have what it breaks. */
  readonly freeze?: string;
  /** Of rotate, where it differs from what the review's plan comes to. */
  readonly rotate?: string;
  /** Of the release of what the freeze had done; `done` when absent. */
  readonly release?: string;
  /** Of a login with what the vault holds, once everything is over and the BMC mended; `done` when absent. */
  readonly login?: string;
  /** It hides from the review what the attacker left elsewhere. */
  readonly hides: boolean;
  /** It costs the secret in passing: a step after the one that met it may be sent none. */
  readonly burns?: boolean;
}

export const DONE: Expect = { triage: 'done', capture: 'done', plan: 'done', act: 'done', hides: false };

/** Nothing works, for one and the same reason. */
export function never(code: string): Expect {
  return { triage: code, capture: code, plan: code, act: code, hides: true };
}

/** The review cannot read what it must; without a plan nothing is found. */
export function unplanned(code: string): Expect {
  return { ...DONE, plan: code, hides: true };
}

/** What a fault sees of the request that it meddles with. */
export interface Asked {
  readonly request: Request;
  /** What the BMC would answer if nothing were wrong. */
  readonly reply: Reply;
  /** How many requests the fault has met, this one included. */
  readonly nth: number;
  /** How many things a flood holds. */
  readonly volume: number;
}

/** Bytes as they go over the wire, where Node's HTTP server would not write them. A number is a pause in milliseconds. */
export interface Raw {
  readonly parts: Iterable<Buffer | number>;
  /** What becomes of the connection afterwards; `silence` leaves it open without a word. */
  readonly end: 'close' | 'reset' | 'silence';
}
