import type { Json } from '../model/json.js';
import { canonicalUri } from './uri.js';

/** Where a document leads. */
export interface Links {
  /** Over `@odata.id`, `Location[].Uri` and `@Redfish.ActionInfo`. */
  readonly resources: readonly string[];
  /** Over `*nextLink`: the same collection goes on. */
  readonly pages: readonly string[];
}

/**
 * Every distinct canonical URI that a complete capture follows from here: never an action's `target`, a schema's `$ref`, an
 * `@odata.context`, and never another host.
 */
export function linksOf(uri: string, json: Json): string[] {
  const { resources, pages } = readLinks(uri, json);
  return [...new Set([...resources, ...pages])];
}

/** {@link linksOf}, apart by kind, for those who bound them apart. */
export function readLinks(uri: string, json: Json, origin: string | null = null): Links {
  const resources = new Set<string>();
  const pages = new Set<string>();
  const add = (set: Set<string>, link: unknown): void => {
    const canonical = typeof link === 'string' ? canonicalUri(link, uri, origin) : null;
    if (canonical !== null) set.add(canonical);
  };
  const values: Json[] = [json];
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries<Json>(value)) {
      if (key === '@odata.id' || key === '@Redfish.ActionInfo') add(resources, child);
      else if (key.endsWith('nextLink')) add(pages, child);
      else if (key === 'Location' && Array.isArray(child)) for (const file of child) add(resources, uriOf(file));
      if (typeof child === 'object' && child !== null) values.push(child);
    }
  }
  return { resources: [...resources], pages: [...pages] };
}

function uriOf(file: unknown): unknown {
  return typeof file === 'object' && file !== null && 'Uri' in file ? file.Uri : undefined;
}
