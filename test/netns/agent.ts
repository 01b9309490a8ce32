import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** Somebody in a namespace, who echoes on a port and opens connections. */
export interface Agent {
  /** Whether a new connection opens and carries a byte both ways; `from` is another source address than the host would take. */
  reaches(to: string, options?: { readonly port?: number; readonly from?: string }): Promise<boolean>;
  /** Opens a connection that stays; what it returns tells whether it still carries a byte both ways. */
  holds(to: string): Promise<() => Promise<boolean>>;
  close(): Promise<void>;
}

/** Nothing in the lab takes a tenth of it; only a packet that was dropped does. */
const LIMIT_MS = 700;

export async function openAgent(prefix: readonly string[], port: number): Promise<Agent> {
  const [program, ...args] = [...prefix, process.execPath, fileURLToPath(new URL('agent-process.mjs', import.meta.url)), String(port)];
  const child = execa(program, args, { stdin: 'pipe', buffer: false, reject: false });
  const waiting = new Map<number, (ok: boolean) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer: unknown = JSON.parse(line);
    if (!isAnswer(answer)) return;
    waiting.get(answer.id)?.(answer.ok);
    waiting.delete(answer.id);
  });
  let asked = 0;
  const answered = (id: number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      void child.then(() => reject(new Error(`the agent of ${prefix.join(' ')} ended`)));
    });
  const ask = (request: Readonly<Record<string, string | number>>): Promise<boolean> => {
    asked += 1;
    child.stdin.write(`${JSON.stringify({ id: asked, limitMs: LIMIT_MS, ...request })}\n`);
    return answered(asked);
  };
  await answered(0);
  return {
    reaches: (to, options = {}) => ask({ op: 'reach', to, port, ...options }),
    holds: async (to) => {
      const name = `flow ${String(asked)}`;
      if (!(await ask({ op: 'hold', name, to, port }))) throw new Error(`no connection to ${to}`);
      return () => ask({ op: 'echo', name });
    },
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

function isAnswer(value: unknown): value is { readonly id: number; readonly ok: boolean } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'ok' in value &&
    typeof value.id === 'number' &&
    typeof value.ok === 'boolean'
  );
}
