#!/usr/bin/env node
import { processContext } from './context.js';
import { EXIT, type ExitCode } from './error.js';
import { runCli } from './run.js';

let answered: ExitCode = EXIT.done;
const interruption = new AbortController();

// The first Ctrl-C lets the command detach and say so; the second does not wait for it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  });
// Whoever reads our output may stop early (`| head`); that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

const context = processContext(interruption.signal, (code) => {
  answered = code;
});
const failed = await runCli(process.argv.slice(2), context);
process.exit(failed ?? answered);
