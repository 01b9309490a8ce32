import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { Path, Place, Rules } from '../../../lib/model/isolation.js';
import { id } from '../../../lib/model/json.js';
import type { Isolation, Vantage } from '../../../lib/model/isolation-terms.js';
import type { Target } from '../../../lib/model/site.js';
import { target } from '../../support/site-fixture.js';

export const NEVER = new AbortController().signal;

export const ISOLATION: Isolation = {
  scope: 'segment',
  segment: ['10.20.0.0/24', 'fd00:20::/64'],
  responders: ['10.9.0.5'],
  fallback: [],
  allowances: [],
  accepted: [],
  enforcers: [],
  vantages: [],
  watchSeconds: 300,
};

export const RULES: Rules = {
  incident: id('i1'),
  scope: 'segment',
  inside: ['10.20.0.0/24', 'fd00:20::/64'],
  responders: ['10.9.0.5'],
  fallback: [],
  allowances: [{ to: '10.9.0.2', protocol: 'udp', port: 514, reason: 'syslog' }],
};

export function at(address: string, name = 'node1'): Target {
  return { ...target(name), address };
}

export function vantage(place: Place, name: string, script: string): Vantage {
  return { name: id(name), at: place, command: [process.execPath, '-e', script] };
}

/** A vantage point that answers so whatever it is asked. */
export function saying(place: Place, name: string, answer: unknown): Vantage {
  return vantage(place, name, `process.stdout.write(${JSON.stringify(JSON.stringify(answer))})`);
}

export function path(from: Vantage, name: string, must: Path['must'], to = '10.20.0.7', port = 443): Path {
  return { id: name, vantage: from.name, at: from.at, to, port, must };
}

export interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function folder(): Promise<Folder> {
  const made = await mkdtemp(join(tmpdir(), 'cofferdam-isolation-'));
  return { path: made, remove: () => rm(made, { recursive: true, force: true }) };
}

/** The reference vantage program as one file, where nothing of ours lies beside it. */
export async function probeProgram(into: Pick<Folder, 'path'>): Promise<readonly string[]> {
  const source = await readFile(join(import.meta.dirname, '../../../worker/probe.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  const program = join(into.path, 'cofferdam-probe.mjs');
  await writeFile(program, outputText);
  return [process.execPath, program];
}
