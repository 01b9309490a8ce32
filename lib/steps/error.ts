import type { UnsupportedCode } from '../model/verdict.js';

/** Why a step could not be planned; closed. */
export type StepCode =
  /** A collection or member that decides what is planned could not be read: a plan without it would pass a part for the whole. */
  | 'UNREADABLE'
  /** The target cannot do it: settles as `unsupported`, while the others park. */
  | UnsupportedCode
  /** Another serial number or UUID answers than the inventory has for this target. */
  | 'WRONG_DEVICE'
  /** The BMC lets our login change its own password and read nothing else, not even which device it is: nothing can be planned for it. */
  | 'PASSWORD_CHANGE_REQUIRED'
  /** The step has no planner in this version. */
  | 'NO_PLANNER'
  /** A hunt without anything to look for would read as if nothing was found. */
  | 'NOTHING_SOUGHT'
  /** The launch names nobody who leaves: nothing found would read as nothing left. */
  | 'NOBODY_NAMED';

/** Thrown by planners; nothing was changed. */
export class StepError extends Error {
  readonly code: StepCode;

  constructor(code: StepCode, message: string) {
    super(message);
    this.name = 'StepError';
    this.code = code;
  }
}
