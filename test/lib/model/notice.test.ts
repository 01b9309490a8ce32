import { expect, it } from 'vitest';
import { id, time } from '../../../lib/model/json.js';
import { noticeOf, type NoticeFacts } from '../../../lib/model/notice.js';

const HEAD = { incident: id<'incident'>('inc-1'), seq: 1, event: 'target-parked', at: time(0) } as const;
const HOSTILE = 'https://10.20.0.11/ "password" \u202e\u001b[2J canary';

it('a notice takes identifiers, counts and words of a closed list, and nothing else of what it is made of', () => {
  // What a careless caller, or a workflow of another version, might hand over.
  const facts: unknown = {
    step: HOSTILE,
    gate: HOSTILE,
    round: HOSTILE,
    zone: [HOSTILE],
    enforcer: { name: HOSTILE },
    targets: -1,
    state: HOSTILE,
    document: HOSTILE,
    why: HOSTILE,
    address: HOSTILE,
    reason: HOSTILE,
  };
  if (!isFacts(facts)) throw new TypeError('the test is wrong');
  const nothing = { step: null, gate: null, round: null, zone: null, enforcer: null, targets: null, state: null, document: null };
  expect(noticeOf(HEAD, facts)).toEqual({ ...HEAD, ...nothing, next: 'cofferdam incident show inc-1' });
});

it('a notice made of a notice is the same, so that it can be cleaned twice', () => {
  const once = noticeOf({ ...HEAD, event: 'gate-opened' }, { gate: id('change'), round: 2, step: id('rotate'), targets: 3 });
  expect(noticeOf(once, once)).toEqual(once);
});

/** As little as TypeScript knows of what crossed a process. */
function isFacts(value: unknown): value is NoticeFacts {
  return typeof value === 'object';
}
