import { spawn } from 'node:child_process';

/** Talk goes to stderr only: stdout belongs to the command that npm runs after us. */
export function say(line) {
  process.stderr.write(`cofferdam: ${line}\n`);
}

/** A step that failed for a reason already told in full. */
export class Failure extends Error {}

/**
 * Runs a program, says every 10 seconds that it goes on, and keeps its words to itself unless it fails. `stdin` is closed: nothing here asks.
 */
export async function run(what, command, args, options) {
  const start = Date.now();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      words = (words + text).slice(-20_000);
    });
  const timer = setInterval(() => say(`${what}: ${seconds(start)} so far`), 10_000);
  try {
    const outcome = await new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message)).on('close', (code, signal) => resolve(signal ?? code));
    });
    if (outcome !== 0) throw new Failure(`${what} failed (${outcome}) after ${seconds(start)}:\n${words.trimEnd()}`);
    say(`${what}: done in ${seconds(start)}`);
  } finally {
    clearInterval(timer);
  }
}

function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(0)} s`;
}
