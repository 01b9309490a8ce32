import { Command } from 'commander';
import type { Id, Time } from '../../lib/model/json.js';
import { idArgument } from '../arguments.js';
import type { Context } from '../context.js';
import { deskOf } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Globals } from '../globals.js';
import { printDocument } from '../output/print.js';
import { text, type Text } from '../output/text.js';
import { openSite } from '../site.js';
import { findTarget } from '../target/choose.js';
import { addTimeoutFlag, heardFrom, type AskOptions, type Heard } from './ask.js';

export interface CheckOptions extends AskOptions {
  readonly target: Id<'target'>;
}

export function newCheckCommand(context: Context, run = runCheck): Command {
  return addTimeoutFlag(
    new Command('check')
      .description(
        'For other automation, before it touches a BMC: exits 0 when no incident has frozen the target, and 3 when one has, or when nobody can say: ' +
          'engine or worker away, the record damaged, the target unknown to its zone’s worker. 10: this inventory has no such target. ' +
          'Go on with 0 only; every other code means hands off.\n\nExample:\n  cofferdam freeze check r12-u07',
      )
      .argument('<target>', 'target of the inventory', idArgument<'target'>),
  ).action(async (target: Id<'target'>, flags: Pick<CheckOptions, 'timeout'>, command: Command) => {
    const base = { context, globals: command.optsWithGlobals<Globals>() };
    context.answer(await run({ ...base, ...flags, target, desk: deskOf(base) }));
  });
}

/** The shape of `freeze check -o json`. */
interface Answer {
  readonly target: Id<'target'>;
  readonly frozen: boolean;
  readonly incident: Id<'incident'> | null;
  readonly since: Time | null;
  readonly reason: 'lease' | 'no-answer' | 'unreadable' | null;
  /** Why nobody can say; null when somebody does. */
  readonly why: string | null;
}

export async function runCheck(options: CheckOptions): Promise<ExitCode> {
  const { inventory } = await openSite(options);
  const { zone } = findTarget(inventory, options.target);
  const answer = answerOf(options.target, await heardFrom(options, zone, options.target));
  await printDocument(options, answer, () => [line(answer)]);
  return answer.frozen ? EXIT.no : EXIT.done;
}

function answerOf(target: Id<'target'>, heard: Heard): Answer {
  const frozen = { target, frozen: true, incident: null, since: null } as const;
  if ('silent' in heard) return { ...frozen, reason: 'no-answer', why: heard.silent };
  const [found] = heard.frozen;
  if (found === undefined) return { ...frozen, frozen: false, reason: null, why: null };
  if (found.target !== target) return { ...frozen, reason: 'no-answer', why: `the answer is about ${found.target}` };
  const { incident, since } = found;
  return incident === null
    ? { ...frozen, reason: 'unreadable', why: 'its record in the zone’s store cannot be read' }
    : { ...frozen, incident, since, reason: 'lease', why: null };
}

function line({ target, incident, since, reason, why }: Answer): Text {
  if (reason === null) return text`${target} is not frozen`;
  if (reason === 'lease') return text`${target} is frozen by incident ${incident ?? ''} since ${since ?? ''}`;
  return text`${target} counts as frozen: ${why ?? ''}`;
}
