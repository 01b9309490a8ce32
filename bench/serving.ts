import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { start } from '../cli/drill/processes.js';
import { digest } from '../lib/model/json.js';
import type { BenchTarget } from './capturing.js';

const PIN = z.string().transform((text) => digest<'spki'>(text));
const READY = z.object({ targets: z.array(z.object({ id: z.string(), address: z.string(), pin: PIN })) });
const SECRETS = z.object({ targets: z.array(z.object({ id: z.string(), userName: z.string(), password: z.string() })) });
const WIRE = z.object({ target: z.string(), method: z.string(), uri: z.string(), status: z.number().nullable() });

export interface Serving {
  readonly targets: readonly BenchTarget[];
  /** Every request that a target was sent so far. */
  requests(target: string): Promise<readonly z.infer<typeof WIRE>[]>;
  stop(): Promise<void>;
}

/** The drill's fleet as a process of its own, serving captured trees in turn, with nothing planted. */
export async function serveTrees(folder: string, trees: readonly string[], targets: number, latencyMs: number): Promise<Serving> {
  const [secrets, wire] = [join(folder, 'secrets.json'), join(folder, 'wire.jsonl')];
  const numbers = ['--targets', String(targets), '--latency', String(latencyMs)];
  const files = ['--secrets', secrets, '--wire-log', wire];
  const fleet = await start({
    program: 'drill',
    args: ['--no-compromise', ...trees.flatMap((tree) => ['--tree', tree]), ...numbers, ...files],
    ready: (line) => (line.startsWith('{') ? (READY.safeParse(JSON.parse(line)).data?.targets ?? null) : null),
  });
  const logins = SECRETS.parse(JSON.parse(await readFile(secrets, 'utf8'))).targets;
  return {
    targets: fleet.said.map((target) => {
      const login = logins.find(({ id }) => id === target.id);
      if (login === undefined) throw new Error(`the fleet told no login for ${target.id}`);
      return { ...target, ...login };
    }),
    requests: async (target) =>
      (await readFile(wire, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => WIRE.parse(JSON.parse(line)))
        .filter((entry) => entry.target === target),
    stop: () => fleet.stop(),
  };
}

const ONE = z.object({ address: z.string(), pin: PIN });

/** The BMC with the long log, as a process of its own. */
export async function serveBigLog(entries: string): Promise<{ readonly target: BenchTarget; readonly stop: () => void }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('big-log.js', import.meta.url)), entries], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const target = { id: 'big-log', ...ONE.parse(JSON.parse(said)), userName: 'bench', password: 'bench' };
  return { target, stop: () => child.stdin.end() };
}
