import { RedfishError } from '../redfish/errors.js';
import type { Answer, Connection } from '../redfish/types.js';

/**
 * A conversation whose answers to changes never hold this secret: a BMC that repeats the password it was just given, in a message id or a location,
 * would have us write it into records and evidence in clear. Only the status of such an answer is left.
 */
export function withoutEcho(connection: Connection, secret: string): Connection {
  const holds = (texts: readonly string[]): boolean => texts.some((text) => text.includes(secret));
  return {
    ...connection,
    async send(change) {
      try {
        const answer = await connection.send(change);
        return holds([Buffer.from(answer.body).toString('utf8'), JSON.stringify(answer.json), ...Object.values(answer.headers)])
          ? bare(answer)
          : answer;
      } catch (error) {
        if (!(error instanceof RedfishError) || !holds([error.message, ...error.messageIds])) throw error;
        const { code, uri, sent, status, peer } = error;
        throw new RedfishError(code, 'the answer repeats the new secret; nothing of it is kept', { uri, sent, status, peer });
      }
    },
  };
}

function bare(answer: Answer): Answer {
  return { ...answer, headers: {}, etag: null, body: new Uint8Array(), json: null, unread: 'NOT_JSON' };
}
