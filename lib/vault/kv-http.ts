import { Agent, request } from 'undici';
import type { Digest } from '../model/json.js';
import { RedfishError } from '../redfish/errors.js';
import { trustedPeer } from '../redfish/pinned-connector.js';
import { VaultError } from './error.js';
import type { Secret } from './secret.js';

/** Where a server of HashiCorp Vault's API is, and whom of those who answer there we believe. */
export interface Server {
  /** `https://host:port`. */
  readonly address: string;
  readonly namespace: string | null;
  /** PEM of its certificate authorities; with a pin as well both must hold, and one of the two there must be. */
  readonly ca: string | null;
  readonly pin: Digest<'spki'> | null;
}

export interface Ask {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`. */
  readonly path: string;
  /** Null for a login. */
  readonly token: Secret | null;
  readonly body?: unknown;
}

/** What the server decided: done, refused as it is asked, not allowed, not there. Whatever else it answers is thrown. */
export interface Answer {
  readonly status: 200 | 204 | 400 | 403 | 404;
  /** JSON; null when there was none. */
  readonly body: unknown;
}

export interface KvHttp {
  /** Throws UNREACHABLE, SEALED and UNREADABLE. Follows no redirect, repeats nothing, and quotes nothing of an answer. */
  ask(ask: Ask): Promise<Answer>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
const TOTAL_MS = 20_000;
const ANSWER_BYTES = 1_048_576;

export function openKvHttp(server: Server): KvHttp {
  const { connect } = trustedPeer({ pin: server.pin, ca: server.ca, minimum: 'TLSv1.2' }, CONNECT_MS);
  const agent = new Agent({ connect, headersTimeout: TOTAL_MS, bodyTimeout: TOTAL_MS, maxHeaderSize: 16_384 });
  return {
    async ask(ask) {
      try {
        return await answered(server, agent, ask);
      } catch (cause) {
        if (cause instanceof VaultError) throw cause;
        const why = cause instanceof RedfishError ? cause.message : 'no whole answer within bounds';
        throw new VaultError('UNREACHABLE', `${server.address}: ${why}`, { cause });
      }
    },
    close: () => agent.destroy(),
  };
}

async function answered(server: Server, agent: Agent, { method, path, token, body }: Ask): Promise<Answer> {
  const answer = await request(`${server.address}/v1/${path}`, {
    method,
    headers: {
      'user-agent': 'cofferdam',
      // Vault refuses it from a browser that was lured here; agents and proxies may insist on it.
      'x-vault-request': 'true',
      ...(server.namespace === null ? {} : { 'x-vault-namespace': server.namespace }),
      ...(token === null ? {} : { 'x-vault-token': token.reveal() }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    dispatcher: agent,
    signal: AbortSignal.timeout(TOTAL_MS),
  });
  const text = await readBounded(server, answer.body);
  const { statusCode: status } = answer;
  switch (status) {
    case 200:
    case 204:
    case 400:
    case 403:
    case 404:
      return { status, body: text === '' ? null : parse(server, text) };
    case 503:
      throw new VaultError('SEALED', `${server.address} is sealed, or not ready; its keepers have to unseal it`);
    default:
      throw new VaultError(
        'UNREACHABLE',
        `${server.address} answers with status ${String(status)}; name the server itself, not what stands before it`,
      );
  }
}

async function readBounded(server: Server, body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > ANSWER_BYTES) throw new VaultError('UNREADABLE', `${server.address} answers with more than ${String(ANSWER_BYTES)} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The parser's words could quote a secret. */
function parse(server: Server, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new VaultError('UNREADABLE', `${server.address} answers with something else than JSON`);
  }
}
