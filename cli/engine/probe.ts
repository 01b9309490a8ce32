import { connect } from 'node:net';
import { Connection } from '@temporalio/client';
import { EngineError } from './error.js';

/** Whether anything accepts connections at the address. Asked first, since the client waits its whole time even where nobody listens. */
export async function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), timeout: 3000 });
    const settle = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}

/** Whether a Temporal engine answers at the address, and answers for its namespaces. */
export async function answers(address: string): Promise<boolean> {
  try {
    return await withEngine(address, async (connection) => {
      await connection.workflowService.listNamespaces({ pageSize: 1 });
      return true;
    });
  } catch {
    return false;
  }
}

/** Runs `work` over a connection of its own and closes it when all calls have settled. Throws UNREACHABLE when nobody answers. */
export async function withEngine<Result>(address: string, work: (connection: Connection) => Promise<Result>): Promise<Result> {
  if (!(await listens(address)))
    throw new EngineError(
      'UNREACHABLE',
      `no engine listens at ${address}; start one with "cofferdam engine start", or correct the address`,
    );
  const connection = await Connection.connect({ address, connectTimeout: '5s' }).catch((cause: unknown) => {
    throw new EngineError('UNREACHABLE', `something listens at ${address}, but does not answer as a Temporal engine`, { cause });
  });
  try {
    return await connection.withDeadline(Date.now() + 15_000, async () => work(connection));
  } finally {
    await connection.close();
  }
}
