import { time, type Digest, type Time } from '../model/json.js';
import { answerHeaders } from './answer.js';
import { downloadPath } from './download-path.js';
import { RedfishError } from './errors.js';
import { whoWeAre, type Wire } from './reading.js';
import { COMMON_HEADERS } from './session.js';

/** A whole HTTP answer of any status whose body is too large to hold. The chunks are read once, to their end or their error. */
export interface Download {
  /** Request target, as the resource spelled it. */
  readonly uri: string;
  readonly status: number;
  /** Allow-listed response headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly startedAt: Time;
  readonly peer: Digest<'spki'>;
  /** Throws a {@link RedfishError} when the body does not come whole within the limits. Who stops early ends the connection. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface DownloadLimits {
  /** Without a byte: some BMCs pack the file first. */
  readonly quietMs: number;
  /** For the whole file. */
  readonly totalMs: number;
  readonly bytes: number;
}

export const DOWNLOAD_LIMITS: DownloadLimits = { quietMs: 120_000, totalMs: 30 * 60_000, bytes: 4 * 1024 ** 3 };

/** One GET of a file, once: no redirect is followed and nothing is resumed. The token goes to the pinned origin and nowhere else. */
export async function download(wire: Wire, link: string, limits: DownloadLimits): Promise<Download> {
  const uri = downloadPath(link, wire.origin);
  if (uri === null) throw new RedfishError('BAD_URI', 'not the plain path of a file on this BMC', { uri: link, sent: false });
  if (wire.closed) throw new RedfishError('CLOSED', `GET ${uri} after the connection was closed`, { uri, sent: false });
  const startedAt = time(Date.now());
  const { status, headers, peer, chunks } = await wire.transport.stream({
    method: 'GET',
    path: uri,
    // An iDRAC answers 406 to anyone who does not take every type.
    headers: { ...COMMON_HEADERS, accept: '*/*', 'accept-encoding': 'identity', ...whoWeAre(wire) },
    body: null,
    ...limits,
    signal: wire.ended,
  });
  if (status === 401 && wire.session !== null)
    throw new RedfishError('UNAUTHORIZED', `GET ${uri}: the BMC no longer takes our token`, { uri, sent: true, status });
  return { uri, status, headers: answerHeaders(headers), startedAt, peer, chunks };
}
