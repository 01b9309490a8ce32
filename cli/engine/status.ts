import { readNamespace, type NamespaceState } from './namespace.js';
import { withEngine } from './probe.js';

/** What `engine status` prints. */
export interface EngineStatus {
  readonly address: string;
  readonly server: string;
  readonly namespace: string;
  /** Null when the engine does not know the namespace. */
  readonly state: NamespaceState | null;
}

/** Asks the engine at an address what it is and how far a namespace is prepared. Throws UNREACHABLE. */
export async function engineStatus({
  address,
  namespace,
}: {
  readonly address: string;
  readonly namespace: string;
}): Promise<EngineStatus> {
  return withEngine(address, async (connection) => {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    return { address, server: serverVersion, namespace, state: await readNamespace(connection, namespace) };
  });
}
