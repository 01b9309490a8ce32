import { Command } from 'commander';
import type { Context } from '../context.js';
import { engineSettings } from '../desk/settings.js';
import { EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, type Line } from '../output/print.js';
import { styled, text } from '../output/text.js';
import { explainedEngine } from './failures.js';
import { engineStatus, type EngineStatus } from './status.js';

export function newStatusCommand(context: Context, run = runStatus): Command {
  return new Command('status')
    .description(
      'Asks the engine what it is and how far its namespace is prepared; exit 3 when it is not.\n\nExample:\n  cofferdam engine status -o json',
    )
    .action(async (_flags: object, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>() }));
    });
}

async function runStatus(base: Base): Promise<ExitCode> {
  const { connection, namespace } = await engineSettings(base);
  const status = await explainedEngine(() => engineStatus({ address: connection.address, namespace }));
  const prepared = status.state !== null && status.state.missing.length === 0 && status.state.mistyped.length === 0;
  await printDocument(base, { ...status, prepared }, () => statusLines(status, prepared));
  return prepared ? EXIT.done : EXIT.no;
}

function statusLines({ address, server, namespace, state }: EngineStatus, prepared: boolean): readonly Line[] {
  const head = text`engine ${server} at ${address}, namespace ${namespace}: ${prepared ? styled('green', 'prepared') : styled('red', 'not prepared')}`;
  if (state === null) return [head, text`  the engine does not know this namespace; cofferdam engine start makes it`];
  return [
    head,
    text`  keeps ended incidents ${state.retentionDays} days`,
    ...state.missing.map((name) => text`  search attribute ${name} is missing`),
    ...state.mistyped.map((name) => text`  search attribute ${name} has another type`),
  ];
}
