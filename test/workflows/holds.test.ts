import { expect, test } from 'vitest';
import type { ParkedView } from '../../lib/model/incident.js';
import { digest, id } from '../../lib/model/json.js';
import type { Runbook } from '../../lib/model/runbook.js';
import type { Opened } from '../../lib/model/work.js';
import { Holds, type Approved } from '../../workflows/holds.js';
import { Ledger } from '../../workflows/ledger.js';
import { Notices } from '../../workflows/notices.js';
import { Sweeps } from '../../workflows/sweeps.js';

const [one, two] = [id<'target'>('one'), id<'target'>('two')];
const RUNBOOK: Runbook = {
  version: 1,
  name: id('test'),
  title: 'test',
  phases: [{ step: id('freeze'), gate: id('change'), background: false, maxFailures: null }],
};
const CASE = { incident: id<'incident'>('inc-1'), launch: digest<'statement'>('1'.repeat(64)), home: id<'zone'>('oob') };
const OPENED: Opened = {
  launch: CASE.launch,
  requester: id('rita'),
  reason: 'test',
  policy: { launch: { roles: [], cosignersAbove: 0, cosigners: 0 }, gates: {} },
  policyDigest: digest('2'.repeat(64)),
  people: [],
  runbook: RUNBOOK,
  enforcers: [],
  notifications: [],
};
const AGAIN: Approved = { gate: { gate: id('change'), round: 2, root: digest('3'.repeat(64)) }, pages: [] };
const state = (code: string): ParkedView['state'] => ({ at: 'parked', code, why: 'test', operation: null, offers: ['replan', 'skip'] });

function holding(): { readonly holds: Holds; readonly ledger: Ledger } {
  const ledger = new Ledger(RUNBOOK);
  const input = { incident: CASE.incident, launch: { text: '', signature: '' }, zones: [] };
  const sweeps = new Sweeps(input, OPENED, CASE, ledger);
  return { holds: new Holds({ opened: OPENED, known: CASE, ledger, sweeps, notices: new Notices(CASE, []) }), ledger };
}

test('what a look found before another plan is carried out waits for nobody: a skip of it would leave the target unwatched', () => {
  const { holds, ledger } = holding();
  ledger.park(0, state('FREEZE_DRIFT'), [one]);
  ledger.park(0, state('NOT_APPLIED'), [two]);
  holds.hold(0, [one, two], AGAIN);
  expect(ledger.parked.map(({ target, state: { code } }) => [target, code])).toEqual([[two, 'NOT_APPLIED']]);
});
