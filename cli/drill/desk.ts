import { setTimeout as pause } from 'node:timers/promises';
import type { IncidentView } from '../../lib/model/incident.js';
import { CliError, EXIT } from '../error.js';
import { cofferdam, keyFile, type Lab } from './lab.js';

const POLL_MS = 1_500;
/** A look costs a process of its own; on a busy machine or with many targets they would take what the drill itself needs. */
const SHARE = 3;
/** Times that an incident is asked for before nobody answers. */
const LOOKS = 40;

/** Shows an incident to `decide` again and again until it has ended; returns how it ended. */
export async function untilEnded(
  lab: Lab,
  incident: string,
  signal: AbortSignal,
  decide: (view: IncidentView) => Promise<void>,
): Promise<IncidentView> {
  for (;;) {
    signal.throwIfAborted();
    const began = Date.now();
    const view = await look(lab, incident);
    if (view.state === 'ended') return view;
    const pauseMs = Math.max(POLL_MS, (Date.now() - began) * SHARE);
    await decide(view);
    await pause(pauseMs, undefined, { signal });
  }
}

export function signedBy(lab: Lab, person: string, reason: string): string[] {
  return ['--as', person, '--key', keyFile(lab, person), '--reason', reason];
}

/** A busy machine may keep engine or worker from answering in time, which is no end of a drill: asked again, for minutes. */
async function look(lab: Lab, incident: string): Promise<IncidentView> {
  let last = '';
  for (let asked = 0; asked < LOOKS; asked++) {
    const { stdout, stderr } = await cofferdam(lab, ['incident', 'show', incident, '-o', 'json']);
    const view: unknown = stdout === '' ? null : JSON.parse(stdout);
    if (isView(view)) return view;
    last = stderr.trim();
    await pause(POLL_MS);
  }
  throw new CliError('DRILL_FAILED', 'incident show did not print an incident', { why: last === '' ? 'no worker answered' : last });
}

/** The desk's own command wrote it; that it is one at all is what can be wrong here. */
function isView(value: unknown): value is IncidentView {
  return typeof value === 'object' && value !== null && 'phases' in value && 'gates' in value && 'parked' in value;
}

/** Runs one command; an exit code that was not expected ends the drill. */
export async function must(lab: Lab, args: readonly string[], expected: readonly number[] = [EXIT.done]): Promise<string> {
  const said = await cofferdam(lab, args);
  if (!expected.includes(said.exitCode))
    throw new CliError('DRILL_FAILED', `cofferdam ${args.slice(0, 2).join(' ')} ended with ${String(said.exitCode)}`, {
      why: said.stderr.trim(),
    });
  return said.stdout;
}
