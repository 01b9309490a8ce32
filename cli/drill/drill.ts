import { Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context.js';
import type { Base, Globals } from '../globals.js';
import { newFleetCommand } from './fleet.js';
import { runDrill } from './run.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

export interface DrillOptions extends Base {
  readonly targets: number | null;
  readonly ipmi: number;
  readonly trees: readonly string[];
  readonly seed: number;
  readonly latencyMs: number;
  readonly profile: string | null;
  readonly faults: readonly string[];
  readonly scenario: Scenario | null;
}

/** `drill`: the default runbook against an emulated, compromised fleet, with the real programs, scored against what was planted. */
export function newDrillCommand(context: Context, run = runDrill): Command {
  return new Command('drill')
    .description('Play an incident against an emulated, compromised fleet with the real programs, and score it.')
    .option('--targets <n>', 'how many BMCs (default: one for each tree, else 3)', wholeNumber)
    .option('--ipmi <n>', 'how many BMCs that speak IPMI only, beside them; needs ipmi_sim and ipmitool', wholeNumber, 0)
    .option('--tree <dir>', 'serve a captured tree in mockup layout; may be repeated', collect, [])
    .option('--seed <n>', 'what is planted where', wholeNumber, 1)
    .option('--latency <ms>', 'how long a BMC takes to answer', wholeNumber, 0)
    .option('--profile <name>', 'one profile for all: dell, hpe, lenovo, openbmc, supermicro or small')
    .option(
      '--fault <name>',
      'break a target on purpose: a name, target=name, or all for one small target per fault; may be repeated',
      collect,
      [],
    )
    .addOption(
      new Option(
        '--scenario <name>',
        'play one thing: with contain the attacker comes back during the freeze, and all it tries must be refused and seen; with persistence it left every way to stay that each maker’s BMC can hold, and all must be found',
      ).choices(SCENARIOS),
    )
    .action(async (_options: unknown, command: Command) => {
      const { targets, ipmi, tree, seed, latency, profile, fault, scenario, ...globals } = command.optsWithGlobals<Globals & Given>();
      await run({
        context,
        globals,
        targets: targets ?? null,
        ipmi,
        trees: tree,
        seed,
        latencyMs: latency,
        profile: profile ?? null,
        faults: fault,
        scenario: scenario ?? null,
      });
    })
    .addCommand(newFleetCommand(context));
}

interface Given {
  readonly targets?: number;
  readonly ipmi: number;
  readonly tree: readonly string[];
  readonly seed: number;
  readonly latency: number;
  readonly profile?: string;
  readonly fault: readonly string[];
  readonly scenario?: Scenario;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
}

export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
