import { createTransport } from 'nodemailer';
import type { MailEndpoint } from '../model/endpoint.js';
import { headlineOf, subjectOf, type Delivery, type Means } from './delivery.js';
import { connectionFailure, NotifyError } from './error.js';

const CONNECT_MS = 10_000;
const QUIET_MS = 20_000;
const TOTAL_MS = 60_000;

/** Mails a notice over TLS with a certificate that holds, or not at all. Throws NotifyError. */
export async function sendMail(endpoint: MailEndpoint, delivery: Delivery, means: Means): Promise<void> {
  const login = endpoint.secret === null ? null : await means.secret(endpoint.secret);
  const ca = means.authority(endpoint.ca);
  const transport = createTransport({
    host: endpoint.host,
    port: endpoint.port,
    secure: endpoint.tls === 'implicit',
    requireTLS: true,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(login === null ? {} : { auth: { user: login.userName, pass: login.password.reveal() } }),
    connectionTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: QUIET_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const limit = AbortSignal.timeout(TOTAL_MS);
  try {
    const { rejectedErrors = [] } = await transport.sendMail({
      ...messageOf(endpoint, delivery),
      signal: AbortSignal.any([means.signal, limit]),
    });
    // Who got it drops the repeat by its Message-ID; who did not shall not be forgotten.
    const [first] = rejectedErrors;
    if (first !== undefined) throw rejectedErrors.find((error) => !isPermanent(error)) ?? first;
  } catch (error) {
    throw failureOf(endpoint.id, error, means.signal, limit);
  } finally {
    transport.close();
  }
}

function messageOf({ from, to }: MailEndpoint, delivery: Delivery) {
  const { notice, document } = delivery;
  return {
    from,
    to: [...to],
    subject: subjectOf({ ...delivery, ...notice }),
    text: `${headlineOf(delivery)}.\n\nNext: ${notice.next}\n${document === null ? '' : `\n${document.text}`}`,
    messageId: `<${delivery.id}@${from.slice(from.indexOf('@') + 1)}>`,
    date: new Date(notice.at),
    headers: { 'Cofferdam-Delivery': delivery.id, 'Auto-Submitted': 'auto-generated' },
    attachments:
      document === null
        ? []
        : [
            attached('freeze-notice.txt', document.text, 'text/plain; charset=utf-8'),
            attached('freeze-notice.txt.asc', document.signature, 'application/pgp-signature'),
          ],
  };
}

/** In base64, so that what is checked is what was signed, to the byte. */
function attached(filename: string, content: string, contentType: string) {
  return { filename, content, contentType, contentTransferEncoding: 'base64' } as const;
}

function failureOf(endpoint: string, error: unknown, signal: AbortSignal, limit: AbortSignal): NotifyError {
  if (!signal.aborted && limit.aborted) return new NotifyError('TIMEOUT', `${endpoint} did not take the mail in time`);
  const status = statusOf(error);
  // A server that offers no TLS answers STARTTLS with a refusal, or does not list it.
  if (status === null || codeOf(error) === 'ETLS') return connectionFailure(endpoint, error, signal);
  const said = `${endpoint} answered ${String(status)}`;
  return isPermanent(error) ? new NotifyError('REFUSED', said) : new NotifyError('TRY_LATER', said);
}

function isPermanent(error: unknown): boolean {
  return (statusOf(error) ?? 0) >= 500;
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
