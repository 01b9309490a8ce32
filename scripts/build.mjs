import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, run, say } from './say.mjs';

const ROOT = join(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url)), '..');
const FOLDERS = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')).include;
const OTHER_INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs', 'scripts/bundle-workflows.mjs'];
const STAMP = 'dist/.built-from';

/** Compiles into dist/ when any input differs from what dist/ was built from. */
export async function buildWhenStale(root) {
  const stamp = join(root, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root)) return;
  say('compiling and bundling; about half a minute');
  await build(root);
}

/** Compiles, copies what is not TypeScript, removes what has no source any more, and bundles the workflows. */
export async function build(root) {
  // Taken first: what is edited meanwhile makes the result stale. Written last: so does an interruption.
  const inputs = fingerprint(root);
  rmSync(join(root, STAMP), { force: true });
  await run(
    'compile',
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--pretty', 'false'],
    { cwd: root },
  );
  copyOthers(root);
  removeOrphans(root);
  await run('bundle workflows', process.execPath, [join(root, 'scripts/bundle-workflows.mjs')], { cwd: root });
  for (const binary of ['dist/cli/main.js', 'dist/worker/main.js', 'dist/worker/probe.js'])
    if (existsSync(join(root, binary))) chmodSync(join(root, binary), 0o755);
  writeFileSync(join(root, STAMP), inputs);
}

function sourcesOf(root) {
  return FOLDERS.flatMap((folder) => filesOf(root, folder));
}

function filesOf(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}

function fingerprint(root) {
  const hash = createHash('sha256').update(process.version);
  for (const path of [...sourcesOf(root), ...OTHER_INPUTS]) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function copyOthers(root) {
  for (const path of sourcesOf(root).filter((source) => !source.endsWith('.ts'))) {
    mkdirSync(dirname(join(root, 'dist', path)), { recursive: true });
    copyFileSync(join(root, path), join(root, 'dist', path));
  }
}

function removeOrphans(root) {
  const wanted = new Set(
    sourcesOf(root).flatMap((path) => (path.endsWith('.ts') ? [`${path.slice(0, -3)}.js`, `${path.slice(0, -3)}.js.map`] : [path])),
  );
  for (const path of FOLDERS.flatMap((folder) => filesOf(join(root, 'dist'), folder)))
    if (!wanted.has(path)) rmSync(join(root, 'dist', path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build(ROOT).catch((error) => {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
    process.exitCode = 1;
  });
}
