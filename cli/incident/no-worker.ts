import { CliError } from '../error.js';

export function noWorker(incident: string): CliError {
  return new CliError('NO_WORKER', 'no worker answers for this incident', {
    why: 'the engine keeps it, and nobody runs it at the moment',
    fix: 'start one with: cofferdam-worker --site DIR --control',
    see: `cofferdam incident show ${incident}`,
  });
}
