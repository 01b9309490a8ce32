import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const HEAD = z.object({ name: z.string(), engine: z.object({ address: z.string(), namespace: z.string() }) });

export interface SiteHead {
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
}

/** Name and engine of a site, and nothing else: a list of incidents must come up even when the rest of the directory does not load. Null when there is none. */
export async function siteHead(folder: string): Promise<SiteHead | null> {
  try {
    const read = HEAD.safeParse(parse(await readFile(join(folder, 'site.yaml'), 'utf8')));
    return read.success ? { name: read.data.name, ...read.data.engine } : null;
  } catch {
    return null;
  }
}
