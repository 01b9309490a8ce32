import { id, time } from '../../../lib/model/json.js';
import { NOTICE_EVENTS, noticeOf } from '../../../lib/model/notice.js';
import type { CommandEndpoint, MailEndpoint, WebhookEndpoint } from '../../../lib/model/endpoint.js';
import type { Delivery, Means } from '../../../lib/notify/delivery.js';
import { Secret } from '../../../lib/vault/secret.js';

export const KEY = 'the-key-of-the-hmac';

export const DELIVERY: Delivery = {
  id: 'example.inc-1.7.pager',
  site: id('example'),
  drill: false,
  notice: noticeOf(
    { incident: id('inc-1'), seq: 7, event: 'gate-opened', at: time(Date.UTC(2026, 0, 2, 3, 4, 5)) },
    { step: id('review-access'), gate: id('change'), round: 2, targets: 12 },
  ),
  document: null,
};

export function webhook(url: string, change: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  return { kind: 'webhook', id: id('pager'), events: NOTICE_EVENTS, url, secret: 'vault://file/hmac', path: null, ca: null, ...change };
}

export function mail(port: number, change: Partial<MailEndpoint> = {}): MailEndpoint {
  const [from, to] = ['cofferdam@example.org', ['oncall@example.org', 'lead@example.org']];
  const where = { host: '127.0.0.1', port, tls: 'starttls', from, to } as const;
  return { kind: 'mail', id: id('oncall'), events: NOTICE_EVENTS, ...where, secret: null, ca: 'rack.pem', ...change };
}

export function command(...argv: string[]): CommandEndpoint {
  return { kind: 'command', id: id('script'), events: NOTICE_EVENTS, command: argv };
}

/** @param ca the one authority of the site, under whatever name it is asked for. */
export function means(ca?: string, secrets: Readonly<Record<string, string>> = { 'vault://file/hmac': KEY }): Means {
  return {
    secret: async (reference) => ({ userName: 'cofferdam', password: Secret.of(secrets[reference] ?? '') }),
    authority: (name) => (name === null ? undefined : ca),
    signal: new AbortController().signal,
  };
}
