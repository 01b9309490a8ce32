import { resolve } from 'node:path';
import { readCodecKey as readKey, stateFolder } from '../lib/site/config.js';
import { CliError } from './error.js';
import type { Base } from './globals.js';
import { siteFailure } from './site-failure.js';
import { siteHead } from './site-head.js';

/** The site directory: flag, environment, or here. */
export function siteDir({ globals, context }: Base): string {
  return resolve(context.cwd, globals.site ?? context.env['COFFERDAM_SITE'] ?? '.');
}

/** The private state folder: flag, environment, or the data folder named after the site. */
export async function stateDir(base: Base): Promise<string> {
  const { globals, context } = base;
  const named = globals.state ?? context.env['COFFERDAM_STATE'];
  if (named !== undefined) return resolve(context.cwd, named);
  const site = await siteHead(siteDir(base));
  if (site === null)
    throw new CliError('CONFIG_INVALID', 'no state folder is named', {
      why: `there is no readable site.yaml in ${siteDir(base)}, after which the folder would be named`,
      fix: 'go to the site directory, or name --site or --state',
    });
  return stateFolder(undefined, site.name);
}

/** The key that seals everything between desk, engine and workers. */
export async function readCodecKey(base: Base): Promise<Uint8Array> {
  const dir = await stateDir(base);
  try {
    return await readKey(dir);
  } catch (cause) {
    throw siteFailure(cause, dir);
  }
}
