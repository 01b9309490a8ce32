import { createHash } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { digest, type Digest } from '../model/json.js';
import { RedfishError, type RedfishCode } from './errors.js';

/**
 * Connects over TLS 1.2 or later and hands the socket on only when the peer's public key is the pinned one; otherwise the socket is destroyed
 * before a byte of HTTP. Certificates of BMCs are self-signed and expired, so the key is all that is checked. Sessions are never resumed: a
 * resumed handshake shows no certificate.
 */
export function pinnedConnector(pin: Digest<'spki'>, timeout: number): buildConnector.connector {
  const connect = buildConnector({ rejectUnauthorized: false, minVersion: 'TLSv1.2', maxCachedSessions: 0, allowH2: false, timeout });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(unreachable(error, options.hostname), null);
        return;
      }
      const seen = socket instanceof TLSSocket ? peerOf(socket) : null;
      if (seen === pin) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(mismatch(pin, seen, options.hostname), null);
    });
  };
}

/** SHA-256 of the SubjectPublicKeyInfo that the peer has just proven to own; null when there is none, or OpenSSL cannot read it. */
function peerOf(socket: TLSSocket): Digest<'spki'> | null {
  try {
    const certificate = socket.isSessionReused() ? undefined : socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    return digest(
      createHash('sha256')
        .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
    );
  } catch {
    return null;
  }
}

function mismatch(pin: Digest<'spki'>, seen: Digest<'spki'> | null, host: string): RedfishError {
  const got = seen === null ? 'no readable key' : seen;
  return failure(
    'PIN_MISMATCH',
    `${host} shows another TLS key: pinned is ${pin}, got ${got}. Nothing was sent. Find out whether the certificate was replaced on purpose before you trust the new key.`,
  );
}

function unreachable(cause: Error, host: string): RedfishError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const handshake = code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO';
  return handshake
    ? failure('TLS_FAILED', `${host} does not speak TLS 1.2 or later with us (${code}). Nothing was sent.`, cause)
    : failure('UNREACHABLE', `${host} cannot be reached (${code === '' ? 'no code' : code}). Nothing was sent.`, cause);
}

function failure(code: RedfishCode, message: string, cause?: Error): RedfishError {
  return new RedfishError(code, message, { uri: '', sent: false, cause });
}
