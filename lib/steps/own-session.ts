import type { Series } from '../evidence/types.js';
import { RedfishError, type RedfishCode } from '../redfish/errors.js';
import type { Connection } from '../redfish/types.js';

/**
 * Opens a conversation and puts it on record: who we are in it, where from, and in the lines' own times from when to when. Our logins are rows
 * in the BMC's own logs, and whoever reads those must be able to subtract them. A login that was refused is a row there too.
 */
export async function onRecord(series: Pick<Series, 'record'>, open: () => Promise<Connection>): Promise<Connection> {
  const connection = await open().catch(async (error: unknown) => {
    if (error instanceof RedfishError && REFUSALS.has(error.code))
      await series.record('session.refused', { uri: error.uri, code: error.code });
    throw error;
  });
  if (connection.auth === 'none') return connection;
  try {
    await series.record('session.opened', factsOf(connection));
  } catch (error) {
    await connection.close();
    throw error;
  }
  let closing: Promise<void> | null = null;
  return {
    ...connection,
    close: () => {
      closing ??= end(series, connection);
      return closing;
    },
  };
}

/** Logins that the BMC has seen and not taken. */
const REFUSALS: ReadonlySet<RedfishCode> = new Set<RedfishCode>(['LOGIN_REFUSED', 'LOGIN_FAILED', 'LOCKED_OUT', 'SESSION_LIMIT']);

async function end(series: Pick<Series, 'record'>, connection: Connection): Promise<void> {
  await connection.close();
  // Closing never throws: a series that ended before us has the line that opened the session.
  await series.record('session.ended', factsOf(connection)).catch(() => undefined);
}

function factsOf({ auth, session, userName, localAddress }: Connection): Readonly<Record<string, string | null>> {
  return { auth, session, userName, from: localAddress };
}
