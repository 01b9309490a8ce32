/** What can be wrong with one BMC. */
export const FAULTS = [
  /** Nothing listens. */
  'down',
  /** Every answer comes late. */
  'slow',
  /** Every answer to a read ends in a reset in mid-body. */
  'dropping',
  /** Another key and certificate than the pinned one. */
  'wrong-certificate',
  /** No login finds room. */
  'out-of-sessions',
  /** Every login is refused. */
  'unauthorized',
  /** A PATCH is answered with success and changes nothing. */
  'ignores-patch',
  /** A change is applied, and the connection dropped before the answer. */
  'lost-answer',
  /** A change is neither applied nor answered until the fault ends. */
  'hang-before-apply',
  /** A dump's task works for ever. */
  'task-never-ends',
  /** A dump's task is gone after a while and leaves nothing. */
  'task-vanishes',
  /** A dump's task ends in an exception. */
  'task-fails',
] as const;
export type FaultName = (typeof FAULTS)[number];

export function isFault(name: unknown): name is FaultName {
  return FAULTS.some((fault) => fault === name);
}
