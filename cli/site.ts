import { loadSite, type LoadedSite } from '../lib/site/load.js';
import type { Base } from './globals.js';
import { siteDir } from './place.js';
import { siteFailure } from './site-failure.js';

/** Loads the whole site directory. Throws SITE_INVALID with every problem: file, line, what and fix. */
export async function openSite(base: Base): Promise<LoadedSite> {
  const dir = siteDir(base);
  try {
    return await loadSite(dir);
  } catch (cause) {
    throw siteFailure(cause, dir);
  }
}
