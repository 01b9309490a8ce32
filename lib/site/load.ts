import type { z } from 'zod';
import type { Digest } from '../model/json.js';
import type { Sought } from '../model/hunt.js';
import type { Runbook } from '../model/runbook.js';
import type { Inventory, Site } from '../model/site.js';
import { digestOf } from '../trust/canonical.js';
import { readAuthorities } from './authorities.js';
import { readCertificates } from './certificates.js';
import { siteInvalid, type Problem } from './error.js';
import { policyDocument } from './policy-document.js';
import { readSiteFiles, type RawFile } from './read-files.js';
import { huntProblems } from './rules/hunts.js';
import { inventoryProblems } from './rules/inventory.js';
import { notificationProblems } from './rules/notifications.js';
import { runbookProblems } from './rules/runbooks.js';
import { siteProblems } from './rules/site.js';
import { certifierProblems, storeProblems } from './rules/stores.js';
import { HuntFile } from './schema/hunt.js';
import { InventoryFile } from './schema/inventory.js';
import { RunbookFile } from './schema/runbook.js';
import { SiteFile } from './schema/site.js';
import { readYaml, type SiteFileText } from './yaml-file.js';

/** A site directory without a single problem, and the digests by which everybody else refers to it. */
export interface LoadedSite {
  readonly dir: string;
  readonly site: Site;
  readonly inventory: Inventory;
  readonly runbooks: Readonly<Record<string, { readonly runbook: Runbook; readonly digest: Digest<'runbook'> }>>;
  /** What the team looks for on every BMC, over all files of hunts/. */
  readonly sought: readonly Sought[];
  /** ASCII armor by upper-case fingerprint. Nobody is to be believed because a certificate lies here: see `checkTrustRoot`. */
  readonly certificates: Readonly<Record<string, string>>;
  /** PEM certificates of authorities, by their file's name in ca/. */
  readonly authorities: Readonly<Record<string, string>>;
  /** Exactly the files that count, sorted by path. */
  readonly files: readonly { readonly path: string; readonly sha256: Digest<'file'> }[];
  /** Digest of `files`: what a launch statement binds, and what a snapshot must have. */
  readonly digest: Digest<'site'>;
  /** Digest of people, certificates and policy: what the trust root signs and every decision binds. */
  readonly policyDigest: Digest<'policy'>;
}

/** Loads a site directory. Throws SITE_MISSING, or SITE_INVALID with every problem of every file at once. */
export async function loadSite(dir: string): Promise<LoadedSite> {
  const { files, problems: fileProblems } = await readSiteFiles(dir);
  const { certificates, problems: keyProblems } = await readCertificates(files);
  const { authorities, problems: authorityProblems } = readAuthorities(files);
  const problems = [...fileProblems, ...keyProblems, ...authorityProblems];
  const site = parse(files, 'site.yaml', SiteFile, problems);
  const inventory = parse(files, 'inventory.yaml', InventoryFile, problems);
  const runbooks = files
    .filter(({ path }) => path.startsWith('runbooks/'))
    .flatMap(({ path }) => parse(files, path, RunbookFile, problems) ?? []);
  const hunts = files.filter(({ path }) => path.startsWith('hunts/')).flatMap(({ path }) => parse(files, path, HuntFile, problems) ?? []);
  problems.push(...huntProblems(hunts));
  if (site !== null) problems.push(...siteProblems(site, new Set(Object.keys(certificates)), inventory?.value.targets.length ?? 0));
  if (site !== null) problems.push(...notificationProblems(site, new Set(Object.keys(authorities))));
  if (site !== null) problems.push(...storeProblems(site, new Set(Object.keys(authorities))));
  if (site !== null) problems.push(...certifierProblems(site, new Set(Object.keys(authorities))));
  if (site !== null && inventory !== null) problems.push(...inventoryProblems(inventory, site.value, new Set(Object.keys(authorities))));
  if (site !== null) problems.push(...runbooks.flatMap((runbook) => runbookProblems(runbook, site.value)));
  if (site === null || inventory === null || problems.length > 0) throw siteInvalid(dir, problems);
  const counted = files.map(({ path, sha256 }) => ({ path, sha256 })).sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    dir,
    site: site.value,
    inventory: inventory.value,
    runbooks: Object.fromEntries(runbooks.map(({ value }) => [value.name, { runbook: value, digest: digestOf<'runbook'>(value) }])),
    sought: hunts.flatMap(({ value: { name, indicators } }) => indicators.map((one) => ({ ...one, hunt: name }))),
    certificates,
    authorities,
    files: counted,
    digest: digestOf(counted),
    policyDigest: digestOf(policyDocument(site.value, certificates)),
  };
}

/** Adds the file's problems to the list, or returns its value. */
function parse<Value>(files: readonly RawFile[], path: string, schema: z.ZodType<Value>, problems: Problem[]): SiteFileText<Value> | null {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) return null;
  const read = readYaml(path, file.text, schema);
  if ('parsed' in read) return read.parsed;
  problems.push(...read.problems);
  return null;
}
