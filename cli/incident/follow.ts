import { setTimeout as pause } from 'node:timers/promises';
import type { Id } from '../../lib/model/json.js';
import type { Desk } from '../desk.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base } from '../globals.js';
import { talk } from '../output/print.js';
import { text } from '../output/text.js';
import { LiveTargets } from './live.js';
import { waitsForPeople } from './needs.js';
import { openScreen } from './screen.js';
import { endOf, standingOf, type Standing } from './standing.js';

export interface FollowOptions extends Base {
  readonly incident: Id<'incident'>;
  /** Ends with a code for the outcome, and with 8 as soon as nothing goes on without a human. */
  readonly exitStatus: boolean;
}

const EVERY_MS = 1_000;

/** Shows an incident until it ends, the person detaches, or, with `exitStatus`, it waits for a human. A silent engine is waited for. */
export async function follow(options: FollowOptions, desk: Desk, everyMs = EVERY_MS): Promise<ExitCode> {
  const { context, incident } = options;
  const screen = await openScreen(options);
  const live = new LiveTargets(desk);
  try {
    while (!context.interrupted.aborted) {
      const standing = await look(options, desk);
      if (standing !== null) {
        await screen.show(standing, await live.of(standing.view));
        const code = codeOf(standing, options);
        if (code !== null) {
          await screen.end(standing);
          return code;
        }
      }
      await pause(everyMs, undefined, { signal: context.interrupted }).catch(() => undefined);
    }
  } finally {
    screen.close();
  }
  talk(options, text`you stopped watching; ${incident} goes on`);
  talk(options, text`  watch it again: cofferdam incident watch ${incident}`);
  talk(options, text`  cancel it:      cofferdam incident cancel ${incident} --reason TEXT --as PERSON --key FILE`);
  return EXIT.interrupted;
}

/** Null when the engine does not answer now; an engine that is being restarted is no reason to stop watching. */
async function look(options: FollowOptions, desk: Desk): Promise<Standing | null> {
  try {
    return await standingOf(desk, options.incident, options.context.now());
  } catch (error) {
    if (!(error instanceof CliError) || (error.code !== 'ENGINE_UNREACHABLE' && error.code !== 'INTERRUPTED')) throw error;
    if (error.code === 'ENGINE_UNREACHABLE') talk(options, text`the engine does not answer; trying again`);
    return null;
  }
}

function codeOf(standing: Standing, { exitStatus }: FollowOptions): ExitCode | null {
  const end = endOf(standing);
  if (end !== null) return exitStatus ? end : EXIT.done;
  return exitStatus && standing.view !== null && waitsForPeople(standing.view) ? EXIT.pending : null;
}
