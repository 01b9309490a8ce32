import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../cli/engine/error.js';
import { findEngine } from '../../cli/engine/find.js';
import { freePort } from '../../cli/engine/free-port.js';
import { prepareNamespace } from '../../cli/engine/namespace.js';
import { startEngine, type RunningEngine } from '../../cli/engine/start.js';

/** A real engine of one test file: own folder, own port, a prepared namespace. */
export interface TestEngine {
  readonly address: string;
  readonly namespace: string;
  readonly folder: string;
  /** Ends the engine and removes its folder. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, and waits until the process is gone. */
  readonly kill9: () => Promise<void>;
  /** Starts it again at the same address over the same database, stopping it first when it still runs. */
  readonly restart: () => Promise<void>;
}

/** Starts an engine for tests; call `stop` in `afterAll`. */
export async function startTestEngine(): Promise<TestEngine> {
  const { binary } = await findEngine({ env: process.env, onLine: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-engine-'));
  const namespace = 'cofferdam-test';
  const { port, first } = await startSomewhere(binary, folder);
  const start = async (): Promise<RunningEngine> => startEngine({ binary, folder, port });
  let engine = first;
  await prepareNamespace({ address: engine.address, namespace, retentionDays: 90 });
  return {
    address: engine.address,
    namespace,
    folder,
    stop: async () => {
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
    kill9: async () => {
      process.kill(engine.pid, 'SIGKILL');
      await engine.exited;
    },
    restart: async () => {
      await engine.stop();
      engine = await start();
    },
  };
}

/** Another process may take a free port before the engine does: the next one is as good. */
async function startSomewhere(binary: string, folder: string): Promise<{ port: number; first: RunningEngine }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      return { port, first: await startEngine({ binary, folder, port }) };
    } catch (error) {
      const taken = error instanceof EngineError && (error.code === 'PORT_IN_USE' || error.code === 'INNER_PORT_TAKEN');
      if (!taken || tries >= 3) throw error;
    }
  }
}
