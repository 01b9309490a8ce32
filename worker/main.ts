#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { putSecret, putSecrets, type StoreFlags } from './put-secret.js';
import type { WorkerFlags } from './run.js';
import type { VantageFlags } from './vantage.js';

/** `cofferdam-worker`: the process beside the BMCs. It holds their secrets, speaks to them, and keeps the evidence. */
const program = new Command('cofferdam-worker').exitOverride();

withPlace(program.command('run', { isDefault: true }))
  .description('run workflows (--control) and the activities of zones (--zone); both when neither is named')
  .option('--zone <zone...>', 'serve the activities of this zone')
  .option('--control', 'run workflows')
  .option('--address <host:port>', 'engine (TEMPORAL_ADDRESS; default: of site.yaml)')
  .option('--namespace <name>', 'namespace of the engine (TEMPORAL_NAMESPACE; default: of site.yaml)')
  .action(async (flags: WorkerFlags) => (await import('./run.js')).runWorker(flags));

program
  .command('vantage <zone> <name>')
  .description('try paths from where this host stands, for the zone that names it in site.yaml; needs no site directory')
  .requiredOption('--state <dir>', 'folder that holds codec.key, and need hold nothing else')
  .requiredOption('--address <host:port>', 'engine')
  .requiredOption('--namespace <name>', 'namespace of the engine')
  .action(async (zone: string, name: string, flags: VantageFlags) => (await import('./vantage.js')).runVantage(zone, name, flags));

withPlace(program.command('put-secret <name>'))
  .description('store the login of a BMC; the password is read from standard input')
  .requiredOption('--user <name>', 'user name on the BMC')
  .action((name: string, flags: StoreFlags & { user: string }) => putSecret(name, flags.user, flags));

withPlace(program.command('put-secrets'))
  .description('store many logins: one JSON object {"name","userName","password"} a line on standard input')
  .action((flags: StoreFlags) => putSecrets(flags));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function withPlace(command: Command): Command {
  return command
    .requiredOption('--site <dir>', 'site directory')
    .option('--state <dir>', 'private state folder (COFFERDAM_STATE; default: the data folder of this user)');
}
