import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';

/** Starts programs of `test/support` in processes of their own, which a test may kill. */
export interface Children {
  start(program: string, ...args: readonly string[]): ChildProcess;
  /** Ends all that still run. */
  close(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../..');

/** Makes JavaScript of the sources as they are now, so that a test never runs an older build of them. */
export async function compileChildren(): Promise<Children> {
  const out = await mkdtemp(join(tmpdir(), 'cofferdam-child-'));
  await symlink(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  const sources = (await Promise.all(['lib', 'test/support'].map(sourcesIn))).flat();
  await Promise.all(sources.map((source) => compile(source, out)));
  const running = new Set<ChildProcess>();
  return {
    start(program, ...args) {
      const child = spawn(process.execPath, [join(out, 'test/support', program), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      running.add(child);
      return child;
    },
    async close() {
      await Promise.all([...running].map(kill));
      await rm(out, { recursive: true, force: true });
    },
  };
}

async function sourcesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

async function compile(source: string, out: string): Promise<void> {
  const text = await readFile(join(ROOT, source), 'utf8');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  const path = join(out, source.replace(/\.ts$/, '.js'));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, ts.transpileModule(text, { compilerOptions }).outputText);
}

/** The first line that the child writes; null when it ends without one. */
export async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return null;
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}
