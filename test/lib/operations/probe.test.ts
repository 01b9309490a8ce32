import { expect, test } from 'vitest';
import type { Path, PathState, ProbedPath } from '../../../lib/model/isolation.js';
import { id } from '../../../lib/model/json.js';
import { judge } from '../../../lib/operations/probe.js';

const path = (must: Path['must'], state: PathState): ProbedPath => ({
  id: `${must} ${state}`,
  vantage: id('outside'),
  at: 'outside',
  to: '10.20.0.7',
  port: 443,
  must,
  state,
  how: 'test',
});

const CLOSED = path('blocked', 'closed');
const OPEN = path('blocked', 'open');
const UNTRIED = path('blocked', 'unknown');
const REACHED = path('reach', 'open');
const CUT = path('reach', 'closed');
const UNREACHED = path('reach', 'unknown');

const DONE = { is: 'done' };
const LEAK = { is: 'failed', code: 'PATH_OPEN' };
const LOCKED_OUT = { is: 'unsettled', shown: true, acknowledged: true, code: 'PATH_CLOSED' };
const NOBODY = { is: 'failed', code: 'NO_VANTAGE' };

test.each<[string, readonly ProbedPath[], object]>([
  ['one way that must be blocked is', [CLOSED], DONE],
  ['all that could be tried is blocked, and the control reached', [CLOSED, UNTRIED, REACHED], DONE],
  ['the responder reaches the gateway', [REACHED], DONE],
  ['one of several responder paths was tried', [REACHED, UNREACHED], DONE],
  ['one way is open among many that are not', [CLOSED, CLOSED, OPEN], LEAK],
  ['open ways count before a responder who does not get through', [OPEN, CUT], LEAK],
  ['the responder does not get through', [CUT], LOCKED_OUT],
  ['one responder does not get through and another does', [REACHED, CUT], LOCKED_OUT],
  ['nothing could be tried', [UNTRIED], NOBODY],
  ['a control that was reached proves nothing about what must be blocked', [UNTRIED, REACHED], NOBODY],
  ['the responder could not be tried', [UNREACHED], NOBODY],
  ['there is no path', [], NOBODY],
])('%s', (_, probed, look) => {
  expect(judge(probed)).toEqual(look);
});
