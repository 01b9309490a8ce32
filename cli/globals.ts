import { Option, type Command } from 'commander';
import type { Context } from './context.js';

export type OutputForm = 'table' | 'json' | 'jsonl';

/** Flags that every command takes. */
export interface Globals {
  readonly output: OutputForm;
  readonly color: 'auto' | 'always' | 'never';
  /** False with `--no-input`: nothing is ever asked. */
  readonly input: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly site?: string;
  readonly state?: string;
  readonly address?: string;
  readonly namespace?: string;
}

/** What every command's options begin with. */
export interface Base {
  readonly context: Context;
  readonly globals: Globals;
}

export function addGlobalFlags(program: Command): Command {
  return program
    .addOption(new Option('-o, --output <form>', 'form of the data on stdout').choices(['table', 'json', 'jsonl']).default('table'))
    .addOption(new Option('--color <when>', 'colour on a terminal').choices(['auto', 'always', 'never']).default('auto'))
    .option('--no-input', 'never ask; fail and name the missing flag')
    .option('-q, --quiet', 'no talk on stderr but errors', false)
    .option('-v, --verbose', 'more talk on stderr, and stacks with errors', false)
    .option('--site <dir>', 'site directory (COFFERDAM_SITE; default: here)')
    .option('--state <dir>', 'private state folder (COFFERDAM_STATE; default: the data folder of this user)')
    .option('--address <host:port>', 'engine (TEMPORAL_ADDRESS; default: of site.yaml)')
    .option('--namespace <name>', 'namespace of the engine (TEMPORAL_NAMESPACE; default: of site.yaml)');
}
