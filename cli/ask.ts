import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError } from './error.js';
import type { Base } from './globals.js';

/** Asks only a person at a terminal who did not forbid it; everybody else is told which flag or variable is missing. */
export function demandTerminal({ globals, context }: Base, missing: string): void {
  if (globals.input && context.terminal.stdin && context.terminal.stderr && globals.output === 'table') return;
  throw new CliError('INPUT_NEEDED', 'this needs an answer, and there is nobody to ask', {
    why: 'no terminal, or --no-input, or -o json',
    fix: missing,
  });
}

/** True for `y` or `yes`. */
export async function confirm({ context }: Base, question: string): Promise<boolean> {
  const answer = await ask(context, `${question} [y/N] `, context.stderr);
  return /^y(es)?$/i.test(answer.trim());
}

/** A line that is not shown while it is typed. */
export async function askHidden({ context }: Base, question: string): Promise<string> {
  context.stderr.write(question);
  // readline echoes to its output: into nothing.
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  try {
    return await ask(context, '', nowhere);
  } finally {
    context.stderr.write('\n');
  }
}

async function ask(context: Base['context'], question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: context.stdin, output, terminal: true });
  const stop = new AbortController();
  lines.once('SIGINT', () => {
    stop.abort();
  });
  lines.once('close', () => {
    stop.abort();
  });
  try {
    return await lines.question(question, { signal: AbortSignal.any([stop.signal, context.interrupted]) });
  } catch (cause) {
    throw new CliError('INTERRUPTED', 'interrupted before anything was signed', { cause });
  } finally {
    lines.close();
  }
}
