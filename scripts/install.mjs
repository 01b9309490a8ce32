import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from './say.mjs';

/** Brings node_modules up to the lock file with `npm ci` when they differ. */
export async function installWhenStale(root) {
  const reason = staleness(root);
  if (reason === null) return;
  say(`${reason}: installing packages with npm ci; about half a minute, 500 MB`);
  // Under "npm run" npm says where it is; by hand the one on PATH will do. Development packages are needed to build, whatever NODE_ENV says.
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm !== undefined && npm.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await run('npm ci', command, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root });
}

/**
 * Why node_modules does not hold what package-lock.json says, or null. npm leaves its own stamp there, the list of what it installed, written
 * last: so an install that was interrupted, or made by hand, is judged rightly.
 */
export function staleness(root) {
  const locked = packagesOf(join(root, 'package-lock.json'));
  if (locked === null) return 'package-lock.json cannot be read';
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'node_modules is missing or was never finished';
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    // Packages of other platforms are in the lock and rightly not installed.
    if (found === undefined && entry.optional !== true && entry.devOptional !== true) return `${path} is not installed`;
    if (found !== undefined && (found.version !== entry.version || found.integrity !== entry.integrity))
      return `${path} differs from package-lock.json`;
  }
  return null;
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}
