import { z } from 'zod';
import { NOTICE_EVENTS } from '../../model/notice.js';
import { idOf } from '../../trust/schemas.js';
import { Argv, AuthorityFile, Port, Reference } from './fields.js';

const MailAddress = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, 'expected a plain mail address, without a name');

const AnyEndpoint = z.strictObject({
  id: idOf<'endpoint'>(),
  events: z
    .array(z.enum(NOTICE_EVENTS))
    .min(1, 'expected at least one event; leave the field out to be told of all')
    .default([...NOTICE_EVENTS]),
});

/** Whom or what a notice is sent to. */
export const Endpoint = z.discriminatedUnion('kind', [
  AnyEndpoint.extend({
    kind: z.literal('webhook'),
    url: z.string().max(2000).refine(isWebhook, 'expected https://…, or http://… to this host itself, without user, password and fragment'),
    secret: Reference,
    path: Reference.nullable().default(null),
    ca: AuthorityFile.nullable().default(null),
  }),
  AnyEndpoint.extend({
    kind: z.literal('mail'),
    host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'expected a host name or an address'),
    port: Port,
    tls: z.enum(['implicit', 'starttls']),
    from: MailAddress,
    to: z.array(MailAddress).min(1, 'expected at least one recipient').max(50),
    secret: Reference.nullable().default(null),
    ca: AuthorityFile.nullable().default(null),
  }),
  AnyEndpoint.extend({ kind: z.literal('command'), command: Argv }),
]);

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && here)) && username === '' && password === '' && hash === '';
}
