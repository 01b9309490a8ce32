import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { EngineError } from './error.js';
import { withEngine } from './probe.js';
import { ATTRIBUTE_DEFINITIONS, ATTRIBUTE_TYPES } from './search-attributes.js';

/** What the engine has of a namespace. */
export interface NamespaceState {
  readonly retentionDays: number;
  /** Definitions that are not registered yet. */
  readonly missing: readonly string[];
  /** Search attributes of ours that exist with another type; nothing but another namespace helps. */
  readonly mistyped: readonly string[];
}

export interface PrepareOptions {
  readonly address: string;
  readonly namespace: string;
  readonly retentionDays: number;
}

/**
 * Makes a namespace ready: registers it or raises its retention (never lowers it), and registers the typed search attributes.
 * Idempotent. Throws ATTRIBUTE_TYPE when one exists with another type, which the engine itself would pass over in silence.
 */
export async function prepareNamespace({ address, namespace, retentionDays }: PrepareOptions): Promise<void> {
  await withEngine(address, async (connection) => {
    await register(connection, namespace, retentionDays);
    const state = await untilKnown(connection, namespace);
    if (state.retentionDays < retentionDays)
      await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: days(retentionDays) } });
    if (state.mistyped.length > 0)
      throw new EngineError(
        'ATTRIBUTE_TYPE',
        `namespace ${namespace} has ${state.mistyped.join(', ')} with another type than ours; remove it there, or name another namespace`,
      );
    const missing = ATTRIBUTE_DEFINITIONS.filter(({ name }) => state.missing.includes(name));
    if (missing.length > 0)
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, ATTRIBUTE_TYPES[type]])),
      });
  }).catch(refused);
}

/** Reads what the engine has of a namespace; null when it does not know it. */
export async function readNamespace(connection: Connection, namespace: string): Promise<NamespaceState | null> {
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const types: Readonly<Record<string, number>> = customAttributes;
    const ttl = config?.workflowExecutionRetentionTtl;
    return {
      retentionDays: ttl === undefined || ttl === null ? 0 : Math.floor(tsToMs(ttl) / DAY),
      missing: ATTRIBUTE_DEFINITIONS.filter(({ name }) => !(name in types)).map(({ name }) => name),
      mistyped: ATTRIBUTE_DEFINITIONS.filter(({ name, type }) => name in types && types[name] !== ATTRIBUTE_TYPES[type]).map(
        ({ name }) => name,
      ),
    };
  } catch (error) {
    if (hasGrpcCode(error, GRPC.notFound)) return null;
    throw error;
  }
}

const DAY = 86_400_000;
const GRPC = { notFound: 5, alreadyExists: 6 } as const;

function hasGrpcCode(error: unknown, wanted: number): boolean {
  const code: number | null = isGrpcServiceError(error) ? error.code : null;
  return code === wanted;
}

function days(count: number): ReturnType<typeof msToTs> {
  return msToTs(count * DAY);
}

async function register(connection: Connection, namespace: string, retentionDays: number): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: days(retentionDays) });
  } catch (error) {
    if (!hasGrpcCode(error, GRPC.alreadyExists)) throw error;
  }
}

/** A namespace just registered is not known at once to every part of the engine. */
async function untilKnown(connection: Connection, namespace: string): Promise<NamespaceState> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const state = await readNamespace(connection, namespace);
    if (state !== null) return state;
  }
  throw new EngineError('REFUSED', `the engine registered namespace ${namespace}, but does not know it 10 s later; look into its log`);
}

function refused(error: unknown): never {
  if (!isGrpcServiceError(error)) throw error;
  throw new EngineError('REFUSED', `the engine refused: ${error.details}`, { cause: error });
}
