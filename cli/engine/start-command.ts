import { Command } from 'commander';
import { once } from 'node:events';
import { join } from 'node:path';
import { STATE_FILES } from '../../lib/site/config.js';
import type { Context } from '../context.js';
import { engineSettings } from '../desk/settings.js';
import { CliError, EXIT, type ExitCode } from '../error.js';
import type { Base, Globals } from '../globals.js';
import { printDocument, talk } from '../output/print.js';
import { text } from '../output/text.js';
import { stateDir } from '../place.js';
import { explainedEngine } from './failures.js';
import { findEngine } from './find.js';
import { prepareNamespace } from './namespace.js';
import { startEngine } from './start.js';

/** As long as an incident and what it decided can be looked up in the engine. */
const RETENTION_DAYS = 90;

export function newStartCommand(context: Context, run = runStart): Command {
  return new Command('start')
    .description(
      'Runs the engine of one machine, Temporal’s dev server, over a database in the state folder, and prepares its namespace. It listens on loopback only. ' +
        'Ctrl-C stops it; incidents go on when it is started again.\n\nExample:\n  cofferdam engine start --site my-site',
    )
    .action(async (_flags: object, command: Command) => {
      context.answer(await run({ context, globals: command.optsWithGlobals<Globals>() }));
    });
}

async function runStart(base: Base): Promise<ExitCode> {
  const { connection, namespace } = await engineSettings(base);
  const port = loopbackPort(connection.address);
  const folder = join(await stateDir(base), STATE_FILES.engine);
  return explainedEngine(async () => {
    const { binary, server, source } = await findEngine({ env: base.context.env, onLine: (line) => talk(base, text`${line}`) });
    talk(base, text`engine ${server} from ${source}`);
    const engine = await startEngine({ binary, folder, port });
    try {
      await prepareNamespace({ address: engine.address, namespace, retentionDays: RETENTION_DAYS });
      await printDocument(base, { address: engine.address, namespace, pid: engine.pid, folder, log: engine.log }, () => [
        text`engine ready at ${engine.address}, namespace ${namespace}, process ${engine.pid}; Ctrl-C stops it`,
      ]);
      const { interrupted } = base.context;
      await Promise.race([engine.exited, interrupted.aborted ? undefined : once(interrupted, 'abort')]);
      if (!interrupted.aborted) throw new CliError('ENGINE_FAILED', 'the engine ended by itself', { see: engine.log });
      talk(base, text`stopping the engine; incidents go on when it is started again`);
      return EXIT.done;
    } finally {
      await engine.stop();
    }
  });
}

/** The dev server has no authentication, so it is never more than the engine of its own machine. */
function loopbackPort(address: string): number {
  const port = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d+))?$/.exec(address);
  if (port !== null) return Number(port[1] ?? 7233);
  throw new CliError('CONFIG_INVALID', `the engine of this site is at ${address}, not on this machine`, {
    fix: 'use it as it is; or name one on loopback with --address 127.0.0.1:7233',
  });
}
