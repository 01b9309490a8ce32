import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sendMail } from '../../../lib/notify/mail.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../../support/authority.js';
import { codeOf } from '../../support/code-of.js';
import { startMailReceiver, type MailReceiver } from '../../support/receivers.js';
import { DELIVERY, mail, means } from './support.js';

describe.skipIf(!HAS_OPENSSL)('sendMail', () => {
  let authority: Authority;
  let certificate: { readonly key: string; readonly cert: string };
  let receiver: MailReceiver;
  beforeAll(async () => {
    authority = await makeAuthority('Rack CA');
    certificate = await authority.issue('IP:127.0.0.1');
  });
  afterAll(() => authority.remove());
  afterEach(() => receiver.close());

  async function serving(options: Parameters<typeof startMailReceiver>[0] = {}): Promise<MailReceiver> {
    receiver = await startMailReceiver({ ...certificate, ...options });
    return receiver;
  }

  it.each(['starttls', 'implicit'] as const)('mails everybody over TLS (%s)', async (tls) => {
    const { port, mailed } = await serving({ secure: tls === 'implicit' });
    await sendMail(mail(port, { tls }), DELIVERY, means(authority.pem));
    expect(mailed).toMatchObject([{ secure: true, user: null, to: ['oncall@example.org', 'lead@example.org'] }]);
    expect(mailed[0]?.raw.replaceAll('=\r\n', '')).toContain('Next: cofferdam gate show inc-1 change --round 2');
  });

  it('gives a repeat the same Message-ID, by which mail programs fold it into the first', async () => {
    const { port, mailed } = await serving();
    await sendMail(mail(port), DELIVERY, means(authority.pem));
    await sendMail(mail(port), DELIVERY, means(authority.pem));
    const ids = mailed.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim());
    expect(ids).toEqual(Array.from({ length: 2 }, () => '<example.inc-1.7.pager@example.org>'));
  });

  it('logs in when the endpoint has a login', async () => {
    const { port, mailed } = await serving({ authOptional: false });
    await sendMail(mail(port, { secret: 'vault://file/mail' }), DELIVERY, means(authority.pem, { 'vault://file/mail': 'pass' }));
    expect(mailed).toMatchObject([{ user: 'cofferdam', secure: true }]);
  });

  it.each([
    ['that offers no TLS', { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }, 'rack.pem'],
    ['whose authority nobody named', {}, null],
  ])('sends nothing to a server %s', async (_, options, ca) => {
    const { port, mailed } = await serving(options);
    expect(await codeOf(sendMail(mail(port, { ca }), DELIVERY, means(authority.pem)))).toBe('TLS_REFUSED');
    expect(mailed).toEqual([]);
  });

  it.each([
    [550, 'REFUSED'],
    [451, 'TRY_LATER'],
  ])('takes a recipient refused with %i for %s, though the other one got it', async (responseCode, code) => {
    const { port, mailed } = await serving({
      onRcptTo: ({ address }, _session, done) => {
        done(address.startsWith('lead') ? Object.assign(new Error('no'), { responseCode }) : null);
      },
    });
    expect(await codeOf(sendMail(mail(port), DELIVERY, means(authority.pem)))).toBe(code);
    expect(mailed.map(({ to }) => to)).toEqual([['oncall@example.org']]);
  });

  it('does not try again with a login that was refused', async () => {
    const { port } = await serving({
      onAuth: (_auth, _session, done) => {
        done(new Error('wrong'));
      },
    });
    const login = mail(port, { secret: 'vault://file/mail' });
    expect(await codeOf(sendMail(login, DELIVERY, means(authority.pem, { 'vault://file/mail': 'pass' })))).toBe('REFUSED');
  });

  it('is not reached when nobody listens', async () => {
    const gone = await serving();
    await gone.close();
    expect(await codeOf(sendMail(mail(gone.port), DELIVERY, means(authority.pem)))).toBe('UNREACHABLE');
  });

  it('carries a signed document as text and as attachments that gpg can check', async () => {
    const { port, mailed } = await serving();
    const document = { text: 'FREEZE NOTICE (EXTRACT)\n', signature: '-----BEGIN PGP SIGNATURE-----\n' };
    await sendMail(mail(port), { ...DELIVERY, document }, means(authority.pem));
    const parts = [...(mailed[0]?.raw ?? '').matchAll(/filename=(\S+)\r\n\r\n([A-Za-z0-9+/=\r\n]+)/g)];
    const attached = parts.map(([, name, base64 = '']) => [name, Buffer.from(base64, 'base64').toString('utf8')]);
    expect(attached).toEqual([
      ['freeze-notice.txt', document.text],
      ['freeze-notice.txt.asc', document.signature],
    ]);
  });
});
