import { randomBytes } from 'node:crypto';
import { copyFile, lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { stringify } from 'yaml';
import { makePrivateFolder, writeAtomic } from '../files/private-file.js';
import type { Id } from '../model/json.js';
import type { Site, Target } from '../model/site.js';
import { generateKey, readCertificate, type GeneratedKey } from '../trust/keys.js';
import { makeStoreKey } from '../vault/sealer.js';
import { CODEC_KEY_BYTES, fileFailure, STATE_FILES, type Config } from './config.js';
import { SiteError } from './error.js';
import { packageRoot } from './package-root.js';
import { inventoryYaml, siteYaml } from './templates.js';
import { signPolicy } from './trust-root.js';

/** Somebody who decides. Without a certificate of their own, a key is made, whose private part goes to the state folder. */
export interface NewPerson {
  readonly id: Id<'person'>;
  readonly name: string;
  readonly roles: readonly Id<'role'>[];
  /** ASCII armor of a certificate that the person has already. */
  readonly certificate?: string;
}

export interface InitOptions {
  /** The site directory to make; kept in git, holds nothing secret. */
  readonly dir: string;
  /** The private state folder; never inside `dir`. */
  readonly state: string;
  readonly name: Id<'site'>;
  readonly people: readonly NewPerson[];
  readonly targets: readonly Target[];
  readonly zones: Site['zones'];
  readonly engineAddress: string;
  readonly drill: boolean;
}

export interface MadeSite {
  readonly dir: string;
  readonly state: string;
  /** Who signed the first policy, and is the trust root. */
  readonly trustRoot: readonly string[];
  /** Private key files that were made, by person: each belongs on that person's own machine. */
  readonly keyFiles: Readonly<Record<string, string>>;
  /** The certificate with which evidence of this site is verified. */
  readonly collectorCertificate: string;
}

/**
 * Makes a site directory that loads, with its policy signed, and the private state that fits it. Launching is for the role `responder`; the gate
 * `change` wants one `lead` who did not launch. The leads whose keys are made here are the trust root. Overwrites nothing.
 */
export async function initSite(options: InitOptions): Promise<MadeSite> {
  const dir = resolve(options.dir);
  const state = resolve(options.state);
  const made = await requireFree(dir, state);
  const people = await Promise.all(options.people.map(withKey));
  const signers = signersAmong(people);
  await makePrivateFolder(state).catch((cause: unknown) => {
    throw fileFailure(cause);
  });
  try {
    await writeSite(dir, options, people);
    const trustRoot: string[] = [];
    for (const { privateKey } of signers) trustRoot.push(await signPolicy(dir, { privateKey }));
    const keyFiles = await writePrivateKeys(state, people);
    await writeState(
      state,
      { version: 1, site: dir, trustRoot: { fingerprints: trustRoot, needed: 1 }, drill: options.drill },
      options.name,
    );
    return { dir, state, trustRoot, keyFiles, collectorCertificate: join(state, STATE_FILES.collectorCertificate) };
  } catch (error) {
    // A site that does not load (nobody to approve, say) must not block the next try.
    for (const path of made) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

interface KeyedPerson extends NewPerson {
  readonly fingerprint: string;
  readonly certificate: string;
  readonly privateKey: string | null;
}

/** Everything that init makes; none of it may be there already. */
async function requireFree(dir: string, state: string): Promise<readonly string[]> {
  const { config, codecKey, collectorKey, collectorCertificate, storeKey, people } = STATE_FILES;
  const made = [
    ...['site.yaml', 'inventory.yaml', 'keys', 'runbooks'].map((name) => join(dir, name)),
    ...[config, codecKey, collectorKey, collectorCertificate, storeKey, people].map((name) => join(state, name)),
  ];
  for (const path of made)
    if (await exists(path))
      throw new SiteError('ALREADY_EXISTS', `${path} exists already, and init overwrites nothing; name another folder`);
  const inside = relative(await realPath(dir), await realPath(state));
  if (inside.split(sep)[0] !== '..')
    throw new SiteError(
      'STATE_INSIDE_SITE',
      `the state folder ${state} would lie inside the site directory, and its private keys sooner or later in git; name another with --state`,
    );
  return made;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** As `realpath`, for a path whose last parts may not exist yet. */
async function realPath(path: string): Promise<string> {
  if (await exists(path)) return realpath(path);
  return join(await realPath(dirname(path)), basename(path));
}

async function withKey(person: NewPerson): Promise<KeyedPerson> {
  if (person.certificate !== undefined) {
    const { fingerprint, armored } = await readCertificate(person.certificate);
    return { ...person, fingerprint, certificate: armored, privateKey: null };
  }
  return { ...person, ...(await generateKey({ name: person.name, email: `${person.id}@cofferdam.example` })) };
}

/** Leads first; a site without one is signed by whoever got a key. */
function signersAmong(people: readonly KeyedPerson[]): readonly Pick<GeneratedKey, 'privateKey'>[] {
  const able = people.flatMap(({ privateKey, roles }) => (privateKey === null ? [] : [{ privateKey, roles }]));
  const leads = able.filter(({ roles }) => roles.some((role) => role === 'lead'));
  if (able.length === 0)
    throw new SiteError(
      'NO_SIGNER',
      'expected at least one person without a certificate, whose new key can sign the first policy, got none',
    );
  return leads.length > 0 ? leads : able;
}

async function writePrivateKeys(state: string, people: readonly KeyedPerson[]): Promise<Record<string, string>> {
  const folder = join(state, STATE_FILES.people);
  await makePrivateFolder(folder);
  const keyFiles: Record<string, string> = {};
  for (const { id, privateKey } of people) {
    if (privateKey === null) continue;
    const file = join(folder, `${id}.key.asc`);
    await writeAtomic(file, privateKey, 0o600);
    keyFiles[id] = file;
  }
  return keyFiles;
}

/** What every new site begins with. */
const RUNBOOKS = ['bmc-compromise.yaml', 'break-glass.yaml', 'certificates.yaml', 'hunt.yaml', 'offboard.yaml', 'rotate.yaml'];

async function writeSite(dir: string, options: InitOptions, people: readonly KeyedPerson[]): Promise<void> {
  await mkdir(join(dir, 'keys'), { recursive: true });
  await mkdir(join(dir, 'runbooks'));
  for (const { fingerprint, certificate } of people) await writeAtomic(join(dir, 'keys', `${fingerprint}.asc`), certificate, 0o644);
  for (const name of RUNBOOKS) await copyFile(join(packageRoot(), 'runbooks', name), join(dir, 'runbooks', name));
  // Line ends that git changes on one machine and not on another would give desk and worker two different sites.
  if (!(await exists(join(dir, '.gitattributes')))) await writeAtomic(join(dir, '.gitattributes'), '* -text\n', 0o644);
  await writeAtomic(join(dir, 'inventory.yaml'), inventoryYaml(options.targets), 0o644);
  const listed = people.map(({ id, name, roles, fingerprint }) => ({ id, name, roles, keys: [fingerprint] }));
  await writeAtomic(join(dir, 'site.yaml'), siteYaml(options, listed), 0o644);
}

async function writeState(state: string, config: Config, site: string): Promise<void> {
  const collector = await generateKey({ name: `Cofferdam collector of ${site}`, email: `collector@${site}.cofferdam.example` });
  await writeAtomic(join(state, STATE_FILES.collectorKey), collector.privateKey, 0o600);
  await writeAtomic(join(state, STATE_FILES.collectorCertificate), collector.certificate, 0o644);
  await writeAtomic(join(state, STATE_FILES.codecKey), `${randomBytes(CODEC_KEY_BYTES).toString('base64')}\n`, 0o600);
  await makeStoreKey(join(state, STATE_FILES.storeKey));
  for (const folder of [STATE_FILES.secrets, STATE_FILES.zones, STATE_FILES.engine]) await makePrivateFolder(join(state, folder));
  await writeAtomic(
    join(state, STATE_FILES.config),
    `# Whom this site's workers and desks trust. Not in git; the same on every machine of the site.\n${stringify(config)}`,
    0o600,
  );
}
