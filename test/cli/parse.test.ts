import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { newVerifyCommand } from '../../cli/evidence/verify.js';
import { newExportCommand } from '../../cli/evidence/export.js';
import { newApproveCommand } from '../../cli/gate/decide.js';
import { newShowCommand as newGateShowCommand } from '../../cli/gate/show.js';
import { addGlobalFlags } from '../../cli/globals.js';
import { newCancelCommand } from '../../cli/incident/cancel.js';
import { newOpenCommand } from '../../cli/incident/open.js';
import { newResolveCommand } from '../../cli/incident/resolve.js';
import { newWatchCommand } from '../../cli/incident/watch.js';
import { newInitCommand } from '../../cli/init/init.js';
import { stage } from '../support/desk.js';

const on = stage();
let got: object | null = null;
const run = async (options: object): Promise<0> => {
  got = options;
  return 0;
};
const COMMANDS = {
  init: newInitCommand(on.context, run),
  open: newOpenCommand(on.context, run),
  watch: newWatchCommand(on.context, run),
  resolve: newResolveCommand(on.context, run),
  cancel: newCancelCommand(on.context, run),
  'gate-show': newGateShowCommand(on.context, run).name('gate-show'),
  approve: newApproveCommand(on.context, run),
  export: newExportCommand(on.context, run),
  verify: newVerifyCommand(on.context, run),
};
const program = addGlobalFlags(new Command('cofferdam'));
for (const command of Object.values(COMMANDS)) program.addCommand(command);

async function parsed(line: string): Promise<object | null> {
  got = null;
  await program.parseAsync(line.split(' '), { from: 'user' });
  expect(on.answered()).toBe(0);
  return got;
}

const SIGNED = '--reason why --as alice --key alice.asc';
const SIGNER = { reason: 'why', as: 'alice', key: 'alice.asc' };

describe('the words of a command become its options', () => {
  it.each([
    [`open r1 r2 ${SIGNED}`, { targets: ['r1', 'r2'], all: false, runbook: 'bmc-compromise', wait: false, ...SIGNER }],
    [`open --all --id inc-1 --runbook other --wait ${SIGNED}`, { targets: [], all: true, id: 'inc-1', runbook: 'other', wait: true }],
    ['watch inc-1 --exit-status', { incident: 'inc-1', exitStatus: true }],
    [
      `resolve inc-1 r1 r2 --step triage --choice retry ${SIGNED}`,
      { incident: 'inc-1', targets: ['r1', 'r2'], step: 'triage', choice: 'retry', ...SIGNER },
    ],
    [`cancel inc-1 ${SIGNED}`, { incident: 'inc-1', ...SIGNER }],
    ['gate-show inc-1', { incident: 'inc-1', gate: null, round: null }],
    ['gate-show inc-1 change --round 2', { incident: 'inc-1', gate: 'change', round: 2 }],
    [`approve inc-1 change --yes ${SIGNED}`, { verb: 'approve', incident: 'inc-1', gate: 'change', round: null, yes: true, ...SIGNER }],
    ['export inc-1 --out case', { incident: 'inc-1', out: 'case' }],
    ['verify case --keys keys.asc --drill', { path: 'case', keys: 'keys.asc', drill: true }],
    [
      'init site --person alice:responder,lead --person bob:lead:bob.asc --zone a --zone b',
      {
        dir: 'site',
        zone: ['a', 'b'],
        person: [
          { id: 'alice', roles: ['responder', 'lead'], certificate: null },
          { id: 'bob', roles: ['lead'], certificate: 'bob.asc' },
        ],
      },
    ],
  ])('%s', async (line, expected) => {
    expect(await parsed(line)).toMatchObject(expected);
  });

  it('flags of all commands stand anywhere', async () => {
    expect(await parsed('watch inc-1 -o jsonl --no-input -q --site s --state t')).toMatchObject({
      globals: { output: 'jsonl', input: false, quiet: true, site: 's', state: 't' },
    });
  });
});
