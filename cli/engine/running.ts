import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EngineError } from './error.js';
import { listens } from './probe.js';

/** The right to serve a folder: two engines on one database would each overwrite what the other acknowledged. */
export interface Claim {
  /** Writes down which process serves the folder now. */
  readonly serve: (pid: number) => Promise<void>;
  readonly release: () => Promise<void>;
}

/** Claims a folder for one engine; takes it over when the one that held it is gone. Throws ALREADY_RUNNING. */
export async function claimFolder(folder: string, address: string): Promise<Claim> {
  const path = join(folder, 'engine.json');
  const note = (pid: number): string => `${JSON.stringify({ pid, address })}\n`;
  for (let tries = 0; !(await create(path, note(process.pid))); tries += 1) {
    const holder = await readNote(path);
    if (holder !== null && (tries > 2 || (await isServing(holder))))
      throw new EngineError(
        'ALREADY_RUNNING',
        `process ${holder.pid} serves ${folder} at ${holder.address}; use that engine, or end it with "kill ${holder.pid}"`,
      );
    await rm(path, { force: true });
  }
  const ours = [process.pid];
  return {
    serve: async (pid) => {
      ours.push(pid);
      await writeFile(`${path}.new`, note(pid));
      await rename(`${path}.new`, path);
    },
    release: async () => {
      const holder = await readNote(path);
      if (holder !== null && ours.includes(holder.pid)) await rm(path, { force: true });
    },
  };
}

async function create(path: string, text: string): Promise<boolean> {
  return writeFile(path, text, { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

interface Note {
  readonly pid: number;
  readonly address: string;
  /** Milliseconds since 1970 when the note was written. */
  readonly since: number;
}

async function readNote(path: string): Promise<Note | null> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof note !== 'object' || note === null || !('pid' in note) || !('address' in note)) return null;
    if (typeof note.pid !== 'number' || typeof note.address !== 'string') return null;
    return { pid: note.pid, address: note.address, since: (await stat(path)).mtimeMs };
  } catch {
    return null;
  }
}

/**
 * A live process alone proves nothing, since numbers come round again after a reboot: the engine also listens. One that wrote its note less than
 * a minute ago may still be starting.
 */
async function isServing({ pid, address, since }: Note): Promise<boolean> {
  while (isAlive(pid)) {
    if (await listens(address)) return true;
    if (Date.now() > since + 60_000) return false;
    await wait(100);
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
