import { createHash, type X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { digest, type Digest } from '../model/json.js';
import type { TlsVersion } from '../model/site.js';
import { RedfishError, type RedfishCode } from './errors.js';

/** Whom a connection believes. With both a pin and an authority, both must hold; with neither, nobody. */
export interface TlsTrust {
  readonly pin: Digest<'spki'> | null;
  /** The key that a renewal has made there and not proven yet: taken as well as the pin. */
  readonly orPin?: Digest<'spki'> | null;
  /** PEM of the certificate authorities; null: none is asked. */
  readonly ca: string | null;
  readonly minimum: TlsVersion;
}

/** Who answered, and how, as the handshake showed it. */
export interface TlsSeen {
  /** SHA-256 of the SubjectPublicKeyInfo that the peer has just proven to own. */
  readonly peer: Digest<'spki'>;
  /** As OpenSSL writes it: `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  /** DER, the peer's own certificate first, then its issuers as far as it sent them. */
  readonly chain: readonly Uint8Array[];
}

/** A connector, and what its handshakes have shown: null until the first is through. */
export interface PeerConnector {
  readonly connect: buildConnector.connector;
  seen(): TlsSeen | null;
}

/**
 * Connects over TLS and hands the socket on only when the peer's key is the pinned one, and its certificate holds under the authority, if there is
 * one: otherwise the socket is destroyed before a byte of HTTP. With a pin alone nothing else of the certificate counts: those of BMCs are self-signed
 * and expired. Sessions are never resumed: a resumed handshake shows no certificate. One conversation is held with one key.
 */
export function trustedPeer(trust: TlsTrust, timeout: number): PeerConnector {
  return connector(trust, timeout, (socket, seen, host) => {
    if (trust.pin === null && trust.ca === null)
      return failure('NO_TRUST', `${host} has neither a pin nor an authority that vouches for it`);
    if (trust.pin !== null && trust.pin !== seen.peer && trust.orPin !== seen.peer) return mismatch(trust.pin, seen.peer, host);
    // OpenSSL verified the chain, and Node the host name, or `authorized` is not true.
    if (trust.ca !== null && !(socket.authorized && !socket.isSessionReused())) return notVerified(socket, seen.peer, host);
    return null;
  });
}

/** Connects to whoever answers. For looking only: nothing secret may ever be sent over what comes of it. */
export function anyPeer(minimum: TlsVersion, timeout: number): PeerConnector {
  return connector({ pin: null, ca: null, minimum }, timeout, () => null);
}

type Judge = (socket: TLSSocket, seen: TlsSeen, host: string) => RedfishError | null;

function connector(trust: TlsTrust, timeout: number, judge: Judge): PeerConnector {
  let first: TlsSeen | null = null;
  const connect = buildConnector({
    // What is checked is checked below, in this connection's own callback.
    rejectUnauthorized: false,
    // Without an authority of ours nobody else's is asked either: the list of the world's would only lengthen the chain.
    ca: trust.ca === null ? [] : [trust.ca],
    minVersion: trust.minimum,
    // OpenSSL's own level forbids what old TLS needs (SHA-1 in the handshake); lowered for a target that is a named exception, and for no other.
    ...(trust.minimum === 'TLSv1.2' ? {} : { ciphers: 'DEFAULT@SECLEVEL=0' }),
    maxCachedSessions: 0,
    allowH2: false,
    timeout,
  });
  return {
    seen: () => first,
    connect: (options, callback) => {
      connect(options, (...[error, socket]) => {
        if (error !== null) {
          callback(unreachable(error, options.hostname, trust.minimum), null);
          return;
        }
        const refusal = judged(socket, options.hostname);
        if (refusal === null) {
          callback(null, socket);
          return;
        }
        socket.destroy();
        callback(refusal, null);
      });
    },
  };

  function judged(socket: unknown, host: string): RedfishError | null {
    const seen = socket instanceof TLSSocket ? seenOn(socket) : null;
    if (!(socket instanceof TLSSocket) || seen === null)
      return trust.pin === null
        ? failure('TLS_FAILED', `${host} shows no certificate that can be read. Nothing was sent.`)
        : mismatch(trust.pin, null, host);
    const refusal =
      judge(socket, seen, host) ?? (first !== null && first.peer !== seen.peer ? mismatch(first.peer, seen.peer, host) : null);
    if (refusal === null) first ??= seen;
    return refusal;
  }
}

/** Null when there is no certificate, or OpenSSL cannot read its key. */
function seenOn(socket: TLSSocket): TlsSeen | null {
  try {
    const certificate = socket.isSessionReused() ? undefined : socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    return {
      peer: digest(createHash('sha256').update(spki).digest('hex')),
      version: socket.getProtocol() ?? 'unknown',
      cipher: socket.getCipher().standardName,
      chain: chainOf(certificate),
    };
  } catch {
    return null;
  }
}

/** A peer may send as many certificates as it likes; real chains have three. */
const CHAIN = 8;

/** As far as the certificates issued each other; what else the peer sent, Node does not show. */
function chainOf(own: X509Certificate): Uint8Array[] {
  const chain = [own];
  for (let next = own.issuerCertificate; next !== undefined && chain.length < CHAIN; next = next.issuerCertificate) {
    // A self-signed certificate may be named as its own issuer.
    if (chain.at(-1)?.fingerprint256 === next.fingerprint256) break;
    chain.push(next);
  }
  return chain.map(({ raw }) => raw);
}

function mismatch(expected: Digest<'spki'>, seen: Digest<'spki'> | null, host: string): RedfishError {
  const got = seen === null ? 'no readable key' : seen;
  return failure(
    'PIN_MISMATCH',
    `${host} shows another TLS key: pinned is ${expected}, got ${got}. Nothing was sent. Find out whether the certificate was replaced on purpose before you trust the new key.`,
    { peer: seen },
  );
}

function notVerified(socket: TLSSocket, peer: Digest<'spki'>, host: string): RedfishError {
  // Typed as an error, and a mere code at run time.
  const why = String(socket.authorizationError);
  return failure('CA_MISMATCH', `the certificate of ${host} does not hold under the authority of this target: ${why}. Nothing was sent.`, {
    peer,
  });
}

function unreachable(cause: Error, host: string, minimum: TlsVersion): RedfishError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const handshake = code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO';
  const floor = minimum.replace('TLSv', 'TLS ');
  return handshake
    ? failure('TLS_FAILED', `${host} does not speak ${floor} or later with us (${code}). Nothing was sent.`, { cause })
    : failure('UNREACHABLE', `${host} cannot be reached (${code === '' ? 'no code' : code}). Nothing was sent.`, { cause });
}

function failure(
  code: RedfishCode,
  message: string,
  facts: { readonly cause?: unknown; readonly peer?: Digest<'spki'> | null } = {},
): RedfishError {
  return new RedfishError(code, message, { uri: '', sent: false, ...facts });
}
