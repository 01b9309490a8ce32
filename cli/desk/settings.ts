import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { CliError } from '../error.js';
import type { Base } from '../globals.js';
import { siteDir } from '../place.js';
import { siteHead } from '../site-head.js';

export interface EngineSettings {
  readonly connection: ConnectionOptions & { readonly address: string };
  readonly namespace: string;
}

/** Which engine: flags, else Temporal's own environment and configuration file, else site.yaml. */
export async function engineSettings(base: Base): Promise<EngineSettings> {
  const { connectionOptions, namespace } = fromEnvironment(base);
  const site = await siteHead(siteDir(base));
  const address = base.globals.address ?? connectionOptions.address ?? site?.address;
  if (address === undefined)
    throw new CliError('CONFIG_INVALID', 'no engine is named', {
      why: `there is no readable site.yaml in ${siteDir(base)}, and neither --address nor TEMPORAL_ADDRESS is given`,
      fix: 'go to the site directory, name it with --site, or make one with: cofferdam init',
    });
  return { connection: { ...connectionOptions, address }, namespace: base.globals.namespace ?? namespace ?? site?.namespace ?? 'default' };
}

function fromEnvironment(base: Base): ReturnType<typeof loadClientConnectConfig> {
  const set = Object.entries(base.context.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  } catch (cause) {
    throw new CliError('CONFIG_INVALID', 'the configuration of the Temporal client cannot be used', {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'correct the TEMPORAL_* variables or the file that TEMPORAL_CONFIG_FILE names',
      cause,
    });
  }
}
