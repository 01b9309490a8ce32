import { InvalidArgumentError, type Command } from 'commander';
import type { Id } from '../../lib/model/json.js';
import type { Frozen } from '../../lib/model/lease.js';
import { wholeNumber } from '../arguments.js';
import { withDesk, type Desk } from '../desk.js';
import { CliError, type CliCode } from '../error.js';
import type { Base } from '../globals.js';

export interface AskOptions extends Base {
  /** Seconds to wait for an answer. */
  readonly timeout: number;
  readonly desk: () => Promise<Desk>;
}

const SECONDS = 10;

export function addTimeoutFlag(command: Command): Command {
  return command.option('--timeout <seconds>', 'how long to wait for the zone’s worker; silence counts as frozen', seconds, SECONDS);
}

/** What a zone says, or why it says nothing that can be believed. */
export type Heard = { readonly frozen: readonly Frozen[] } | { readonly silent: string };

/** Asks a zone's worker within the time. */
export async function heardFrom(options: AskOptions, zone: Id<'zone'>, target: Id<'target'> | null): Promise<Heard> {
  const until = options.context.now() + options.timeout * 1000;
  return heard(() => withDesk(options.desk, (desk) => desk.frozen(zone, target, until - options.context.now())));
}

/** What is wrong at this desk (its site, its flags, Ctrl-C) is thrown; everything else is silence. */
export async function heard(ask: () => Promise<readonly Frozen[]>): Promise<Heard> {
  try {
    return { frozen: await ask() };
  } catch (error) {
    if (!(error instanceof CliError) || OURS.has(error.code)) throw error;
    return { silent: error.why === null ? error.message : `${error.message}: ${error.why}` };
  }
}

const OURS: ReadonlySet<CliCode> = new Set(['USAGE', 'CONFIG_INVALID', 'SITE_INVALID', 'INTERRUPTED', 'UNEXPECTED']);

function seconds(typed: string): number {
  const number = wholeNumber(typed);
  if (number === 0) throw new InvalidArgumentError('Expected at least one second.');
  return number;
}
