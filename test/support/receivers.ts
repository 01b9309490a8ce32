import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A webhook as it arrived. */
export interface Posted {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface WebReceiver {
  readonly url: string;
  readonly posted: readonly Posted[];
  close(): Promise<void>;
}

type Answer = (response: ServerResponse, posted: readonly Posted[]) => void;

/** Takes webhooks and answers as told; over TLS when it has a certificate. */
export async function startWebReceiver(
  answer: Answer,
  certificate?: { readonly key: string; readonly cert: string },
): Promise<WebReceiver> {
  const posted: Posted[] = [];
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    void text(request).then((body) => {
      posted.push({ path: request.url ?? '', headers: request.headers, body });
      answer(response, posted);
    });
  };
  const server = certificate === undefined ? createHttp(take) : createHttps(certificate, take);
  const port = await listen(server);
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}/hook`,
    posted,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A mail as it arrived. */
export interface Mailed {
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | null;
  readonly raw: string;
}

export interface MailReceiver {
  readonly port: number;
  readonly mailed: readonly Mailed[];
  close(): Promise<void>;
}

/** Takes mail for everybody, with any login, unless the options say otherwise. */
export async function startMailReceiver(options: SMTPServerOptions): Promise<MailReceiver> {
  const mailed: Mailed[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onAuth: ({ username }, _session, done) => {
      done(null, { user: username ?? '' });
    },
    onData: (stream, session, done) => {
      void buffer(stream).then((raw) => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mailed.push({
          to,
          secure: session.secure,
          user: typeof session.user === 'string' ? session.user : null,
          raw: raw.toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  // A client that hangs up in the handshake is what these tests are about.
  server.on('error', () => undefined);
  const port = await listen(server.server);
  return {
    port,
    mailed,
    close: () =>
      new Promise((done) => {
        server.close(done);
      }),
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
