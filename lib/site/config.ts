import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { parse } from 'yaml';
import { z } from 'zod';
import { FileError, readBounded, readPrivate } from '../files/private-file.js';
import { readCertificate } from '../trust/keys.js';
import { SiteError } from './error.js';
import { FINGERPRINT } from './schema/fields.js';
import type { TrustRoot } from './trust-root.js';

/** The private configuration of a desk or worker. It lies outside the site directory, so that whoever can change the one cannot change the other. */
export interface Config {
  readonly version: 1;
  /** Absolute path of the site directory that this state was made for. */
  readonly site: string;
  readonly trustRoot: TrustRoot;
  /** Everything done with this state is practice, and marked as such in its evidence. */
  readonly drill: boolean;
}

/** Fixed names inside a state folder. */
export const STATE_FILES = {
  config: 'config.yaml',
  codecKey: 'codec.key',
  collectorKey: 'collector.key.asc',
  collectorCertificate: 'collector.asc',
  people: 'people',
  secrets: 'secrets',
  storeKey: 'secrets.key.asc',
  zones: 'zones',
  engine: 'engine',
} as const;

export const CODEC_KEY_BYTES = 32;

/** The state folder: as named, else COFFERDAM_STATE, else the user's data folder with the site's name. */
export function stateFolder(named: string | undefined, site: string): string {
  return resolve(named ?? process.env['COFFERDAM_STATE'] ?? join(envPaths('cofferdam', { suffix: '' }).data, site));
}

/** Reads config.yaml. Throws CONFIG_MISSING, CONFIG_INVALID, or MODE_TOO_OPEN when others could change the trust root that it pins. */
export async function loadConfig(stateDir: string): Promise<Config> {
  const path = join(stateDir, STATE_FILES.config);
  const text = await readBounded(path, MAX_BYTES).catch((cause: unknown) => {
    throw fileFailure(cause);
  });
  await requireNotWritable(stateDir);
  await requireNotWritable(path);
  const result = ConfigFile.safeParse(parsed(path, text.toString('utf8')));
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`);
  throw new SiteError('CONFIG_INVALID', `${path}: ${issues.join('; ')}`);
}

/** The key that seals what desk, engine and workers tell each other. */
export async function readCodecKey(stateDir: string): Promise<Uint8Array> {
  const path = join(stateDir, STATE_FILES.codecKey);
  const text = await readSecretFile(path);
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length === CODEC_KEY_BYTES && key.toString('base64') === text.trim()) return key;
  throw new SiteError(
    'CONFIG_INVALID',
    `${path}: expected ${String(CODEC_KEY_BYTES)} bytes in base64; copy codec.key from another machine of this site`,
  );
}

/** The key with which a worker signs evidence. */
export async function readCollector(stateDir: string): Promise<{ readonly privateKey: string; readonly fingerprint: string }> {
  const privateKey = await readSecretFile(join(stateDir, STATE_FILES.collectorKey));
  const certificate = await readBounded(join(stateDir, STATE_FILES.collectorCertificate), MAX_BYTES).catch((cause: unknown) => {
    throw fileFailure(cause);
  });
  return { privateKey, fingerprint: (await readCertificate(certificate.toString('utf8'))).fingerprint };
}

const MAX_BYTES = 65_536;

const ConfigFile = z.strictObject({
  version: z.literal(1),
  site: z.string().min(1),
  trustRoot: z
    .strictObject({ fingerprints: z.array(z.string().regex(FINGERPRINT)).min(1), needed: z.int().min(1) })
    .refine(({ fingerprints, needed }) => needed <= new Set(fingerprints).size, 'expected at least as many fingerprints as are needed'),
  drill: z.boolean(),
}) satisfies z.ZodType<Config>;

function parsed(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new SiteError('CONFIG_INVALID', `${path}: expected YAML`, { cause });
  }
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readPrivate(path, MAX_BYTES)).toString('utf8');
  } catch (cause) {
    throw fileFailure(cause);
  }
}

async function requireNotWritable(path: string): Promise<void> {
  const { mode, uid } = await stat(path);
  if ((mode & 0o022) === 0 && [0, process.getuid?.() ?? uid].includes(uid)) return;
  throw new SiteError(
    'MODE_TOO_OPEN',
    `${path}: others can change it, and with it whom this site trusts; compare it with another machine of the site, then chmod go-w it`,
  );
}

/** What lib/files throws, as an error of lib/site; anything else unchanged. */
export function fileFailure(cause: unknown): unknown {
  if (!(cause instanceof FileError)) return cause;
  switch (cause.code) {
    case 'NOT_FOUND':
      return new SiteError(
        'CONFIG_MISSING',
        `${cause.message}; make the state folder with \`cofferdam init\`, or name the right one with --state`,
        { cause },
      );
    case 'MODE_TOO_OPEN':
      return new SiteError('MODE_TOO_OPEN', cause.message, { cause });
    case 'NOT_REGULAR':
    case 'TOO_LARGE':
    case 'UNREADABLE':
      return new SiteError('CONFIG_INVALID', cause.message, { cause });
  }
}
