import type { Digest } from '../model/json.js';
import type { TlsVersion } from '../model/site.js';
import { originOf } from './client.js';
import { RedfishError } from './errors.js';
import { anyPeer } from './pinned-connector.js';
import { LIMITS } from './types.js';

export interface ShownKeyOptions {
  /** `https://host[:port]`. */
  readonly address: string;
  readonly minimum: TlsVersion;
  readonly signal: AbortSignal;
}

/**
 * The key that whoever answers at an address has just proven to own: one TLS handshake, and not a byte of HTTP. Throws UNREACHABLE, TLS_FAILED and
 * ABORTED.
 */
export function shownKey({ address, minimum, signal }: ShownKeyOptions): Promise<Digest<'spki'>> {
  const { hostname, host, port } = new URL(originOf(address));
  const peer = anyPeer(minimum, LIMITS.connectMs);
  const gaveUp = new RedfishError('ABORTED', 'the caller gave up during the handshake', { uri: '', sent: false });
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(gaveUp);
      return;
    }
    const onAbort = (): void => reject(gaveUp);
    signal.addEventListener('abort', onAbort, { once: true });
    peer.connect({ hostname, host, protocol: 'https:', port: port === '' ? '443' : port }, (error, socket) => {
      signal.removeEventListener('abort', onAbort);
      socket?.destroy();
      const seen = peer.seen();
      if (seen !== null) resolve(seen.peer);
      else reject(error ?? gaveUp);
    });
  });
}
