import { DONE, never, type Fault } from './fault.js';

/** Trouble as every fleet has it. Those without an answer of their own are carried out where the BMC acts: in `bmc.ts` and `service.ts`. */
export const DEVICE = {
  down: { line: 'nothing listens', listens: 'nobody', expect: never('UNREACHABLE') },
  slow: { line: 'every answer comes late', expect: DONE },
  dropping: { line: 'every answer to a read ends in a reset in mid-body', expect: never('DROPPED') },
  'wrong-certificate': { line: 'another key and certificate than the pinned one', presents: 'another-key', expect: never('PIN_MISMATCH') },
  'out-of-sessions': { line: 'no login finds room', expect: never('SESSION_LIMIT') },
  unauthorized: { line: 'every login is refused', expect: never('LOGIN_REFUSED') },
  'ignores-patch': {
    line: 'a PATCH is answered with success and changes nothing',
    expect: { ...DONE, act: 'NOT_APPLIED', freeze: 'NOT_APPLIED', rotate: 'NOT_APPLIED' },
  },
  'lost-answer': { line: 'a change is applied, and the connection dropped before the answer', expect: DONE },
  'hang-before-apply': {
    line: 'a change is neither applied nor answered until the fault ends',
    expect: { ...DONE, act: 'NOT_OBSERVED', freeze: 'NOT_OBSERVED', rotate: 'NOT_APPLIED' },
  },
} as const satisfies Record<string, Fault>;
