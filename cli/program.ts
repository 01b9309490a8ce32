import { Command } from 'commander';
import type { Context } from './context.js';
import { addGlobalFlags } from './globals.js';
import { NOUNS } from './nouns.js';

/** A command that is loaded only when it is meant. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(context: Context) => Command>;
}

export interface Noun {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
}

/** `init` and `drill` are verbs without a noun. A noun of the same name as a verb's holds its sub-commands. */
export type Entry = Verb | Noun;

type Wanted = (name: string) => boolean;

/**
 * The command tree for this command line. Only commands whose names occur in it are loaded; the others stand there with their summary, so
 * that `--help` is about as fast as a bare node.
 */
export async function newProgram(context: Context, argv: readonly string[]): Promise<Command> {
  return build(context, (name) => argv.includes(name));
}

/** Every command, loaded; for the reference page. */
export async function wholeProgram(context: Context): Promise<Command> {
  return build(context, () => true);
}

async function build(context: Context, wanted: Wanted): Promise<Command> {
  const program = addGlobalFlags(new Command('cofferdam').description('Durable incident response for compromised BMCs.'));
  await addEntries(program, NOUNS, context, wanted);
  return program;
}

async function addEntries(parent: Command, entries: readonly Entry[], context: Context, wanted: Wanted): Promise<void> {
  parent.helpCommand(false);
  for (const entry of entries) {
    if ('verbs' in entry) await addEntries(parent.command(entry.name).description(entry.summary), entry.verbs, context, wanted);
    else if (wanted(entry.name)) parent.addCommand((await entry.load())(context).summary(entry.summary));
    else parent.command(entry.name).summary(entry.summary);
  }
}
