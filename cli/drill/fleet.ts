import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Context } from '../context.js';
import type { Base, Globals } from '../globals.js';
import { collect, wholeNumber } from './drill.js';
import { CAST, keyFile, openLab } from './lab.js';

export interface FleetOptions extends Base {
  readonly folder: string;
  readonly targets: number | null;
  readonly ipmi: number;
  readonly trees: readonly string[];
  readonly seed: number;
  readonly latencyMs: number;
}

/** `drill fleet DIR`: an emulated fleet to practise on by hand, with a site directory that knows it. */
export function newFleetCommand(context: Context, run = runFleet): Command {
  return new Command('fleet')
    .description('Serve an emulated, compromised fleet, and write a site directory with keys for it, until Ctrl-C.')
    .argument('<dir>', 'new folder for the site directory and the private state')
    .option('--targets <n>', 'how many BMCs (default: one for each tree, else 3)', wholeNumber)
    .option('--ipmi <n>', 'how many BMCs that speak IPMI only, beside them; needs ipmi_sim and ipmitool', wholeNumber, 0)
    .option('--tree <dir>', 'serve a captured tree in mockup layout; may be repeated', collect, [])
    .option('--seed <n>', 'what is planted where', wholeNumber, 1)
    .option('--latency <ms>', 'how long a BMC takes to answer', wholeNumber, 0)
    .action(async (folder: string, _options: unknown, command: Command) => {
      const { targets, ipmi, tree, seed, latency, ...globals } = command.optsWithGlobals<Globals & Given>();
      await run({
        context,
        globals,
        folder: resolve(context.cwd, folder),
        targets: targets ?? null,
        ipmi,
        trees: tree,
        seed,
        latencyMs: latency,
      });
    });
}

interface Given {
  readonly targets?: number;
  readonly ipmi: number;
  readonly tree: readonly string[];
  readonly seed: number;
  readonly latency: number;
}

export async function runFleet(options: FleetOptions): Promise<void> {
  const { context } = options;
  const trees = options.trees.map((tree) => resolve(context.cwd, tree));
  const lab = await openLab({ ...options, trees, profile: null, faults: [], attack: false, engineAddress: '127.0.0.1:7233' });
  const lines = [
    `${String(lab.targets.length + lab.ipmi)} emulated BMCs answer until Ctrl-C. In other terminals:`,
    '',
    `  export COFFERDAM_SITE=${lab.site} COFFERDAM_STATE=${lab.state}`,
    '  cofferdam engine start',
    `  cofferdam-worker --site "$COFFERDAM_SITE"`,
    `  cofferdam incident open --all --reason practice --as ${CAST.responder} --key ${keyFile(lab, CAST.responder)}`,
    `  cofferdam gate approve INCIDENT --as ${CAST.leads[0]} --key ${keyFile(lab, CAST.leads[0])} --reason practice`,
    '',
  ];
  context.stderr.write(`${lines.join('\n')}\n`);
  await new Promise<void>((done) => {
    context.interrupted.addEventListener('abort', () => done(), { once: true });
    void lab.fleet.ended.then(done);
  });
  await lab.endFleet();
}
