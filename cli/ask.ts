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
  try {
    return await ask(context, question, null);
  } finally {
    context.stderr.write('\n');
  }
}

/** @param echo where readline shows what is typed; null: nowhere. */
async function ask(context: Base['context'], question: string, echo: NodeJS.WritableStream | null): Promise<string> {
  const lines = createInterface({ input: context.stdin, output: echo ?? nowhere(), terminal: true });
  // Only now does the terminal itself no longer echo: a question asked earlier could be answered in the open.
  if (echo === null) context.stderr.write(question);
  const stop = new AbortController();
  lines.once('SIGINT', () => {
    stop.abort();
  });
  lines.once('close', () => {
    stop.abort();
  });
  try {
    return await lines.question(echo === null ? '' : question, { signal: AbortSignal.any([stop.signal, context.interrupted]) });
  } catch (cause) {
    throw new CliError('INTERRUPTED', 'interrupted before anything was signed', { cause });
  } finally {
    lines.close();
  }
}

function nowhere(): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
}
