import { execa } from 'execa';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NotifyError } from '../../../lib/notify/error.js';
import { sendWebhook } from '../../../lib/notify/webhook.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { codeOf } from '../../support/code-of.js';
import { startWebReceiver, type Posted, type WebReceiver } from '../../support/receivers.js';
import { DELIVERY, KEY, means, webhook } from './support.js';

let receiver: WebReceiver;
afterEach(() => receiver.close());

async function answering(status: number, headers: Record<string, string> = {}): Promise<WebReceiver> {
  receiver = await startWebReceiver((response) => response.writeHead(status, headers).end());
  return receiver;
}

function signatureOf(posted: Posted | undefined): { readonly t: string; readonly v1: string } {
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(posted?.headers['cofferdam-signature'])) ?? [];
  return { t, v1 };
}

describe('sendWebhook', () => {
  it('posts text that chats show, and the fields that machines read', async () => {
    const { url, posted } = await answering(204);
    await sendWebhook(webhook(url), DELIVERY, means());
    const body: unknown = JSON.parse(posted[0]?.body ?? '');
    expect(body).toEqual({
      text: 'cofferdam example, incident inc-1: a gate waits for a decision (gate change, round 2, step review-access, 12 targets). Next: cofferdam gate show inc-1 change --round 2',
      version: 1,
      delivery: 'example.inc-1.7.pager',
      site: 'example',
      drill: false,
      incident: 'inc-1',
      seq: 7,
      event: 'gate-opened',
      at: '2026-01-02T03:04:05.000Z',
      step: 'review-access',
      gate: 'change',
      round: 2,
      zone: null,
      enforcer: null,
      targets: 12,
      state: null,
      document: null,
      next: 'cofferdam gate show inc-1 change --round 2',
    });
  });

  it.skipIf(!HAS_OPENSSL)('signs so that the command of the manual finds the same HMAC', async () => {
    const { url, posted } = await answering(200);
    await sendWebhook(webhook(url), DELIVERY, means());
    const { t, v1 } = signatureOf(posted[0]);
    const script = `printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$KEY" -r | cut -d' ' -f1`;
    const { stdout } = await execa('sh', ['-c', script], { env: { T: t, BODY: posted[0]?.body ?? '', KEY } });
    expect(stdout).toBe(v1);
  });

  it('sends the same delivery twice under one id and with one body', async () => {
    const { url, posted } = await answering(200);
    await sendWebhook(webhook(url), DELIVERY, means());
    await sendWebhook(webhook(url), DELIVERY, means());
    expect(new Set(posted.map(({ headers, body }) => `${String(headers['cofferdam-delivery'])} ${body}`)).size).toBe(1);
    expect(posted).toHaveLength(2);
  });

  it.each([
    [400, 'REFUSED', true],
    [404, 'REFUSED', true],
    [408, 'TRY_LATER', false],
    [425, 'TRY_LATER', false],
    [429, 'TRY_LATER', false],
    [503, 'TRY_LATER', false],
  ])('takes %i for %s', async (status, code, final) => {
    const { url } = await answering(status);
    const error: unknown = await sendWebhook(webhook(url), DELIVERY, means()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotifyError);
    expect(error).toMatchObject({ code, final });
  });

  it.each([
    ['0', 1_000],
    ['30', 30_000],
    ['999999999', 600_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1_000],
    ['soon', null],
  ])('waits within bounds when it is asked to retry after %s', async (after, retryAfterMs) => {
    const { url } = await answering(503, { 'retry-after': after });
    await expect(sendWebhook(webhook(url), DELIVERY, means())).rejects.toMatchObject({ retryAfterMs });
  });

  it('follows no redirect', async () => {
    const elsewhere = await startWebReceiver((response) => response.end());
    const { url } = await answering(307, { location: elsewhere.url });
    expect(await codeOf(sendWebhook(webhook(url), DELIVERY, means()))).toBe('TRY_LATER');
    expect(elsewhere.posted).toEqual([]);
    await elsewhere.close();
  });

  it('is done with an answer whose body never ends', async () => {
    receiver = await startWebReceiver((response) => {
      response.writeHead(200);
      endless(response);
    });
    expect(await codeOf(sendWebhook(webhook(receiver.url), DELIVERY, means()))).toBe('resolved');
  });

  it('is not reached when nobody listens', async () => {
    const gone = await answering(200);
    await gone.close();
    expect(await codeOf(sendWebhook(webhook(gone.url), DELIVERY, means()))).toBe('UNREACHABLE');
  });

  it('takes the secret rest of an address from the store, and never to another host', async () => {
    const { url, posted } = await answering(200);
    const endpoint = webhook(url, { path: 'vault://file/path' });
    const withPath = (path: string) => means(undefined, { 'vault://file/hmac': KEY, 'vault://file/path': path });
    await sendWebhook(endpoint, DELIVERY, withPath('/services/T0/B0/xyz'));
    expect(posted.map(({ path }) => path)).toEqual(['/services/T0/B0/xyz']);
    expect(await codeOf(sendWebhook(endpoint, DELIVERY, withPath('//127.0.0.2/x')))).toBe('SECRET_UNREADABLE');
  });
});

describe.skipIf(!HAS_OPENSSL)('sendWebhook over TLS', () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await makeAuthority('Rack CA');
  });
  afterAll(() => authority.remove());

  async function secure(names: string): Promise<WebReceiver> {
    receiver = await startWebReceiver((response) => response.end(), await authority.issue(names));
    return receiver;
  }

  it('reaches a receiver that the authority of the site vouches for', async () => {
    const { url, posted } = await secure('IP:127.0.0.1');
    await sendWebhook(webhook(url, { ca: 'rack.pem' }), DELIVERY, means(authority.pem));
    expect(posted).toHaveLength(1);
  });

  it.each([
    ['whose authority nobody named', 'IP:127.0.0.1', null],
    ['whose certificate is for another host', 'DNS:other.example', 'rack.pem'],
  ])('sends nothing to a receiver %s', async (_, names, ca) => {
    const { url, posted } = await secure(names);
    expect(await codeOf(sendWebhook(webhook(url, { ca }), DELIVERY, means(authority.pem)))).toBe('TLS_REFUSED');
    expect(posted).toEqual([]);
  });
});

function endless(response: ServerResponse): void {
  const more = (): void => {
    if (response.destroyed) return;
    response.write('x'.repeat(65_536), () => setImmediate(more));
  };
  more();
}
