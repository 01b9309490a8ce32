// Runs before `npm test` and `npm run drill`, in a fresh clone too: packages, build, engine. Plain Node without packages, since there may be none yet.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildWhenStale } from './build.mjs';
import { installWhenStale } from './install.mjs';
import { Failure, say } from './say.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const LOCK = join(ROOT, '.bootstrap.lock');

try {
  demandNode();
  await alone(async () => {
    await installWhenStale(ROOT);
    await buildWhenStale(ROOT);
    await findEngine();
  });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(error.message);
  process.exitCode = 1;
}

function demandNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Failure(`Node ${process.versions.node} is too old; install 20.19 or later`);
}

async function findEngine() {
  const { findEngine } = await import(pathToFileURL(join(ROOT, 'dist/cli/engine/find.js')).href);
  try {
    const { binary, server, source } = await findEngine({ env: process.env, onLine: say });
    say(`engine: server ${server}, ${binary} (${source})`);
  } catch (error) {
    throw error.name === 'EngineError' ? new Failure(error.message) : error;
  }
}

/** Two commands started at once in one clone must not install over each other. */
async function alone(work) {
  for (let told = false; !take(); told = true) {
    if (!told) say(`waiting for process ${holder()}, which is preparing this folder`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const release = () => rmSync(LOCK, { force: true });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (release(), process.exit(130)));
  try {
    await work();
  } finally {
    release();
  }
}

/** The lock appears with its owner's number inside, never empty, so that a dead owner can always be told from a live one. */
function take() {
  const mine = `${LOCK}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, LOCK);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const owner = holder();
    if (owner !== null && !isAlive(owner)) rmSync(LOCK, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function holder() {
  try {
    return Number(readFileSync(LOCK, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
