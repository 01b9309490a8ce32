import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { startSim, type Sim, type SimOptions } from '../../../drill/ipmi/sim.js';

/** Tests that need the real programs are skipped where they are not installed; `.ci/run` installs them. */
export const hasIpmi = ['ipmi_sim', 'ipmitool'].every((program) => spawnSync(program, ['-V']).error === undefined);
if (!hasIpmi) process.stderr.write('skipped: there is no ipmi_sim or no ipmitool here (apt-get install openipmi ipmitool)\n');

export const GUID = 'a123456789abcdefa123456789abcdef';
/** As ipmitool prints it. */
export const SHOWN_GUID = 'efcdab89-6745-23a1-efcd-ab89674523a1';
export const PASSWORD = 'sim-canary-7Xq2';

export const USERS: SimOptions['users'] = {
  1: { name: '', password: '', privilege: 'user' },
  2: { name: 'irops', password: PASSWORD, privilege: 'operator' },
  3: { name: 'root', password: 'root-canary', privilege: 'admin' },
  4: { name: 'svc-update', password: 'evil-canary', privilege: 'admin' },
};

export interface Stage extends Sim {
  readonly folder: string;
}

/** One simulated BMC in a folder of its own. */
export async function startStage(change: Partial<SimOptions> = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-sim-'));
  const sim = await startSim({ folder, guid: GUID, users: USERS, ipmi15: true, ...change });
  return {
    ...sim,
    folder,
    stop: async () => {
      await sim.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
