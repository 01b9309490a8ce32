import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';
import type { WebhookEndpoint } from '../model/endpoint.js';
import { jsonOf, type Delivery, type Means } from './delivery.js';
import { connectionFailure, NotifyError } from './error.js';

const CONNECT_MS = 10_000;
const TOTAL_MS = 20_000;
/** Nothing of an answer is used but its status; so much is read so that the receiver sees its answer taken. */
const ANSWER_BYTES = 16_384;
/** How long a receiver may ask to be left alone. */
const RETRY_AFTER = { leastMs: 1_000, mostMs: 600_000 };
const WORTH_A_RETRY: ReadonlySet<number> = new Set([408, 425, 429]);

/** Posts a notice, signed with the endpoint's key. Follows no redirect. Throws NotifyError. */
export async function sendWebhook(endpoint: WebhookEndpoint, delivery: Delivery, means: Means): Promise<void> {
  const url = await addressOf(endpoint, means);
  const body = jsonOf(delivery);
  const { password: key } = await means.secret(endpoint.secret);
  const ca = means.authority(endpoint.ca);
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    headersTimeout: TOTAL_MS,
    bodyTimeout: TOTAL_MS,
  });
  const limit = AbortSignal.timeout(TOTAL_MS);
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'cofferdam',
        'cofferdam-delivery': delivery.id,
        'cofferdam-signature': signatureOf(body, key.reveal(), Math.floor(Date.now() / 1000)),
      },
      body,
      dispatcher: agent,
      signal: AbortSignal.any([means.signal, limit]),
    }).catch((cause: unknown) => {
      throw connectionFailure(endpoint.id, cause, means.signal);
    });
    // The receiver has decided: whatever becomes of the rest of its answer changes nothing.
    await answer.body.dump({ limit: ANSWER_BYTES, signal: limit }).catch(() => undefined);
    judge(endpoint, answer.statusCode, answer.headers['retry-after']);
  } finally {
    await agent.destroy();
  }
}

/** `t=<unix seconds>,v1=<hex HMAC-SHA-256 of "t.body">`. */
function signatureOf(body: string, key: string, seconds: number): string {
  const t = String(seconds);
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
}

/** Where the rest of the address is a secret it may lengthen the path, and never leads to another host. */
async function addressOf({ id, url, path }: WebhookEndpoint, means: Means): Promise<URL> {
  const base = new URL(url);
  if (path === null) return base;
  const { password } = await means.secret(path);
  const rest = password.reveal();
  if (!URL.canParse(rest, base) || new URL(rest, base).origin !== base.origin)
    throw new NotifyError(
      'SECRET_UNREADABLE',
      `the secret path of ${id} is not a path under its url; store the part that follows the host`,
    );
  return new URL(rest, base);
}

function judge({ id }: WebhookEndpoint, status: number, retryAfter: string | string[] | undefined): void {
  if (status >= 200 && status < 300) return;
  const said = `${id} answered ${String(status)}`;
  if (status >= 400 && status < 500 && !WORTH_A_RETRY.has(status)) throw new NotifyError('REFUSED', said);
  throw new NotifyError('TRY_LATER', said, { retryAfterMs: pauseOf(retryAfter) });
}

function pauseOf(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string') return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, RETRY_AFTER.leastMs), RETRY_AFTER.mostMs);
}
