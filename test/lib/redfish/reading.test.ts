import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { at } from '../../../lib/redfish/json.js';
import { retryAfterMs } from '../../../lib/redfish/passing.js';
import type { ConnectOptions, Connection } from '../../../lib/redfish/types.js';
import { connectTo, refusal, refusalCode, reply, startSmallBmc, type Handler, type SmallBmc } from './small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

/** With a sign that JSON escapes. */
const CANARY = 'canary "of" the wire';
const THING = '/redfish/v1/Thing';

/** A BMC with one resource, and a connection to it without a login. */
async function bmcWith(
  thing: Handler,
  options: Partial<ConnectOptions> = {},
): Promise<{ bmc: SmallBmc; connection: Connection; asked: () => number }> {
  const bmc = await startSmallBmc({ [THING]: thing });
  cleanup.push(bmc.stop);
  const connection = await connectTo(bmc, { credential: null, ...options });
  cleanup.push(() => connection.close());
  return { bmc, connection, asked: () => bmc.lines().filter((line) => line === `GET ${THING}`).length };
}

/** Behaves as each handler in turn; the last one stays. */
function inTurn(...handlers: readonly Handler[]): Handler {
  let turn = 0;
  return (...args) => handlers[Math.min(turn++, handlers.length - 1)]?.(...args);
}

const fine: Handler = (_, response) => reply(response, 200, { Name: 'thing' });
const drop: Handler = (_, __, socket) => socket.destroy();
const busy: Handler = (_, response) => reply(response, 503, { busy: true });

describe('a read', () => {
  test('is tried again when the connection drops, twice', async () => {
    const { connection, asked } = await bmcWith(inTurn(drop, drop, fine));
    expect((await connection.get(THING)).status).toBe(200);
    expect(asked()).toBe(3);
  });

  test('that fails three times is over', async () => {
    const { connection, asked } = await bmcWith(drop);
    expect(await refusalCode(connection.get(THING))).toBe('DROPPED');
    expect(asked()).toBe(3);
  });

  test('answered 503 is tried again, and then the error is its answer', async () => {
    const { connection, asked } = await bmcWith(busy);
    expect(await connection.get(THING)).toMatchObject({ status: 503, json: { busy: true } });
    expect(asked()).toBe(3);
  });

  test.each<[string, (token: string) => object | string, string]>([
    ['our token', (token) => ({ Name: `seen ${token}` }), ''],
    ['our password', () => ({ Password: CANARY }), ''],
    ['our password in escapes', () => `{"Password":"\\u0063${JSON.stringify(CANARY).slice(2, -1)}"}`, ''],
    ['our password under gzip', () => ({ Password: CANARY }), 'gzip'],
  ])('that brings back %s hands nothing on', async (_, bodyOf, encoding) => {
    const { connection } = await bmcWith(
      ({ headers }, response) => {
        const made = bodyOf(String(headers['x-auth-token']));
        const text = typeof made === 'string' ? made : JSON.stringify(made);
        if (encoding !== '') response.setHeader('Content-Encoding', encoding);
        response.end(encoding === '' ? text : gzipSync(text));
      },
      { credential: { userName: 'operator', password: { reveal: () => CANARY } } },
    );
    const { code, message } = await refusal(connection.get(THING));
    expect(code).toBe('SECRET_ECHOED');
    expect(message).not.toContain(CANARY);
  });

  test('answered 500 is tried again once', async () => {
    const { connection, asked } = await bmcWith((_, response) => reply(response, 500, {}));
    expect((await connection.get(THING)).status).toBe(500);
    expect(asked()).toBe(2);
  });

  test.each([
    [400, 'IDRAC.2.8.SYS518'],
    [500, 'IDRAC.2.8.SYS518'],
    [400, 'iLO.2.14.InvalidOperationForSystemState'],
    [500, 'iLO.2.14.ResourceNotReadyRetry'],
    [429, 'Base.1.8.GeneralError'],
    [502, 'Base.1.8.GeneralError'],
    [504, 'Base.1.8.GeneralError'],
  ])('answered %i with %s is tried again, since the BMC says that it is not ready', async (status, MessageId) => {
    const not: Handler = (_, response) => reply(response, status, { error: { '@Message.ExtendedInfo': [{ MessageId }] } });
    const { connection, asked } = await bmcWith(inTurn(not, not, fine));
    expect((await connection.get(THING)).status).toBe(200);
    expect(asked()).toBe(3);
  });

  test.each([404, 403, 400, 501])('answered %i is not tried again', async (status) => {
    const { connection, asked } = await bmcWith((_, response) => reply(response, status, {}));
    expect((await connection.get(THING)).status).toBe(status);
    expect(asked()).toBe(1);
  });

  test('asks for no compression, and asks again without that when the BMC cannot', async () => {
    const zipped = gzipSync('{"Registry":true}');
    const { bmc, connection } = await bmcWith((request, response) => {
      if (request.headers['accept-encoding'] === 'identity') reply(response, 406, {});
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped);
    });
    const answer = await connection.get(THING);
    expect(answer.json).toEqual({ Registry: true });
    expect(Buffer.from(answer.body).equals(zipped)).toBe(true);
    expect(bmc.log.slice(-2).map(({ headers }) => headers['accept-encoding'] ?? null)).toEqual(['identity', null]);
  });

  test.each(['gzip', 'GZIP', ' x-gzip '])('that comes as %j, asked or not, is read, and kept as it came', async (encoding) => {
    const zipped = gzipSync('{"Name":"thing"}');
    const { connection } = await bmcWith((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(zipped));
    const answer = await connection.get(THING);
    expect(answer.json).toEqual({ Name: 'thing' });
    expect(Buffer.from(answer.body).equals(zipped)).toBe(true);
  });

  test('of one URI is the same however it is spelled', async () => {
    const { connection, asked } = await bmcWith(fine);
    for (const uri of [THING, `${THING}/`, `${THING}#/Name`, '/redfish/v1/x/../Thing', '/redfish/v1/%54hing'])
      expect((await connection.get(uri)).uri).toBe(THING);
    expect(asked()).toBe(5);
  });

  test.each([
    '//evil.example/redfish/v1',
    'https://evil.example/redfish/v1',
    '/etc/passwd',
    '/redfish/../etc',
    'file:///redfish/v1',
    '/redfish/v1/\u0000',
  ])('of %j is refused before the network', async (uri) => {
    const { bmc, connection } = await bmcWith(fine);
    const error = await refusal(connection.get(uri));
    expect([error.code, error.sent, bmc.log.length]).toEqual(['BAD_URI', false, 1]);
  });
});

describe('Retry-After', () => {
  const after =
    (value: string, more: Record<string, string> = {}): Handler =>
    (_, response) =>
      reply(response, 503, {}, { 'retry-after': value, ...more });

  /** What a read of a BMC that says so once waits for, in its own clock: the pauses are long and the test does not live through them. */
  test.each([
    ['31536000', {}],
    ['99999999999999999999', {}],
    ['Fri, 31 Dec 2038 23:59:59 GMT', { date: 'Fri, 01 Jan 2038 00:00:00 GMT' }],
    ['-5', {}],
    ['soon', {}],
    ['', {}],
  ])('of %j is not waited for longer than the limit', async (value, headers: Record<string, string>) => {
    const { connection, asked } = await bmcWith(inTurn(after(value, headers), fine), { limits: { retryAfterMs: 20 } });
    expect((await connection.get(THING)).status).toBe(200);
    expect(asked()).toBe(2);
  });

  test('is heard only so long in one conversation: a storm ends with our own few pauses', async () => {
    const { connection, asked } = await bmcWith(after('3600'), { limits: { retryAfterMs: 10, patienceMs: 25 } });
    for (let n = 0; n < 10; n += 1) expect((await connection.get(THING)).status).toBe(503);
    expect(asked()).toBe(30);
  });

  test.each([
    ['120', {}, 120_000],
    [' 5 ', {}, 5_000],
    ['0', {}, 0],
    ['1e9', {}, 0],
    ['-1', {}, 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', { date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 60_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', { date: 'Thu, 01 Jan 2026 00:02:00 GMT' }, 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', {}, 0],
  ])('%j with %j asks for %i ms', (value, more: Record<string, string>, ms) => {
    expect(retryAfterMs(new Map([['retry-after', value], ...Object.entries(more)]))).toBe(ms);
  });
});

describe('a kept-alive connection', () => {
  /** Answers the first request of each connection and resets the connection at the second. */
  const chokes = (): { handler: Handler; resets: () => number } => {
    const served = new WeakSet<object>();
    let resets = 0;
    return {
      handler: (request, response, socket) => {
        if (served.has(socket)) {
          resets += 1;
          socket.destroy();
          return;
        }
        served.add(socket);
        reply(response, 200, { connection: request.headers.connection ?? null });
      },
      resets: () => resets,
    };
  };

  test('that a BMC resets whenever it is used again gives way to one connection for each request', async () => {
    const { handler, resets } = chokes();
    const bmc = await startSmallBmc(Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${THING}/${n}`, handler])));
    cleanup.push(bmc.stop);
    const connection = await connectTo(bmc, { credential: null });
    cleanup.push(() => connection.close());
    const said: unknown[] = [];
    for (let n = 0; n < 10; n += 1) said.push(at((await connection.get(`${THING}/${n}`)).json ?? undefined, 'connection'));
    // The root's connection serves the first; the second and the third meet a reset each, and then all close.
    expect(resets()).toBe(2);
    expect(said.slice(-7)).toEqual(Array<string>(7).fill('close'));
  });

  test('that is reset now and then, as by an idle timeout, stays', async () => {
    let asked = 0;
    const { bmc, connection } = await bmcWith((_, response, socket) => {
      asked += 1;
      if (asked % 4 === 3) socket.destroy();
      else reply(response, 200, {});
    });
    for (let n = 0; n < 20; n += 1) await connection.get(THING);
    expect(bmc.log.some(({ headers }) => headers.connection === 'close')).toBe(false);
  });

  test('is not blamed for a resource that always drops', async () => {
    const bmc = await startSmallBmc({ [THING]: fine, [`${THING}/bad`]: drop });
    cleanup.push(bmc.stop);
    const connection = await connectTo(bmc, { credential: null });
    cleanup.push(() => connection.close());
    for (let n = 0; n < 4; n += 1) {
      await connection.get(THING);
      await refusalCode(connection.get(`${THING}/bad`));
    }
    expect(bmc.log.filter(({ path, headers }) => path === THING && headers.connection === 'close')).toEqual([]);
  });
});

describe('an answer', () => {
  test('keeps allow-listed headers only', async () => {
    const { connection } = await bmcWith((_, response) =>
      reply(response, 200, {}, { etag: '"1"', allow: 'GET', 'set-cookie': 'SESSION=secret', 'x-auth-token': 'secret', server: 'x' }),
    );
    const { headers } = await connection.get(THING);
    expect(Object.keys(headers).sort()).toEqual(['allow', 'content-type', 'date', 'etag']);
  });

  test.each([
    [{ etag: 'W/"4EB3"' }, { '@odata.etag': '"body"' }, 'W/"4EB3"'],
    [{}, { '@odata.etag': '"body"' }, '"body"'],
    [{ etag: '""' }, {}, null],
    [{}, {}, null],
  ])('has the ETag that the BMC wrote: %j %j', async (headers, body, etag) => {
    const { connection } = await bmcWith((_, response) => reply(response, 200, body, headers));
    expect((await connection.get(THING)).etag).toBe(etag);
  });

  test.each([
    ['<html>no</html>', 'NOT_JSON'],
    ['{"cut":', 'NOT_JSON'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'TOO_DEEP'],
    [`{"text":"${'['.repeat(100)}"}`, null],
    [`{"text":"\\"${'['.repeat(100)}"}`, null],
    ['['.repeat(10_000_000), 'TOO_DEEP'],
    [`[${'1,'.repeat(200)}1]`, 'TOO_MANY_VALUES'],
    ['', null],
  ])('that is %.40s… keeps its bytes, whatever the parser makes of them', async (body, unread) => {
    const { connection } = await bmcWith((_, response) => reply(response, 200, body), { limits: { jsonValues: 100 } });
    const answer = await connection.get(THING);
    expect(answer.unread).toBe(unread);
    expect(Buffer.from(answer.body).toString()).toBe(body);
  });

  test.each(['{"a":{"__proto__":{"admin":true}},"b":2}', '{"a":{"\\u005f_pro\\u0074o__":{"admin":true}},"b":2}'])(
    'cannot give an object another prototype: %s',
    async (body) => {
      const { connection } = await bmcWith((_, response) => reply(response, 200, body));
      const { json } = await connection.get(THING);
      expect(JSON.stringify(json)).toBe('{"a":{},"b":2}');
      expect(Object.assign({}, at(json ?? undefined, 'a'))).not.toHaveProperty('admin');
    },
  );

  test.each(['announced', 'endless'])('larger than the limit is cut off: %s', async (kind) => {
    const { connection, asked } = await bmcWith(
      (_, response) => {
        if (kind === 'announced') reply(response, 200, 'x'.repeat(10_000), { 'content-length': '10000' });
        else {
          const write = (): void => {
            if (!response.destroyed) response.write('y'.repeat(1_000), () => setImmediate(write));
          };
          write();
        }
      },
      { limits: { bodyBytes: 5_000 } },
    );
    expect(await refusalCode(connection.get(THING))).toBe('BODY_TOO_LARGE');
    expect(asked()).toBe(1);
  });

  test('with more headers than the limit is no answer', async () => {
    const { connection } = await bmcWith((_, response) => reply(response, 200, {}, { 'x-long': 'x'.repeat(10_000) }), {
      limits: { headerBytes: 4_096 },
    });
    expect(await refusalCode(connection.get(THING))).toBe('DROPPED');
  });

  test.each<[string, Handler]>([
    ['does not come', () => undefined],
    ['begins too late', (_, response) => void setTimeout(() => reply(response, 200, {}), 250)],
    [
      'begins and then stands still',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":');
      },
    ],
    [
      'drips',
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('that %s ends with the limit', async (_, handler) => {
    const { connection } = await bmcWith(handler, { limits: { requestMs: 150, totalMs: 300, retryPausesMs: [] } });
    expect(await refusalCode(connection.get(THING))).toBe('TIMEOUT');
  });

  test('that begins and does not end in time is not asked for again', async () => {
    const { connection, asked } = await bmcWith(
      (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      },
      { limits: { requestMs: 1_000, totalMs: 150 } },
    );
    const error = await refusal(connection.get(THING));
    expect([error.code, error.status, asked()]).toEqual(['TIMEOUT', 200, 1]);
  });

  test.each<[string, Handler]>([
    [
      'with a length',
      (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":', () => socket.destroy());
      },
    ],
    [
      'in chunks',
      (_, response, socket) => {
        response.writeHead(200);
        response.write('{"half":', () => socket.destroy());
      },
    ],
  ])('that is cut in the middle is none: %s', async (_, handler) => {
    const { connection } = await bmcWith(handler, { limits: { retryPausesMs: [] } });
    expect(await refusalCode(connection.get(THING))).toBe('DROPPED');
  });
});

describe('a redirect', () => {
  test('within the BMC is followed, slash and all, and the answer says who gave it', async () => {
    const bmc = await startSmallBmc({
      [THING]: (_, response) => reply(response, 308, '', { location: `${THING}/` }),
      [`${THING}/`]: (_, response) => reply(response, 302, '', { location: `${bmc.address}/redfish/v1/Other` }),
      '/redfish/v1/Other': fine,
    });
    cleanup.push(bmc.stop);
    const connection = await connectTo(bmc);
    cleanup.push(() => connection.close());
    expect(await connection.get(THING)).toMatchObject({ uri: THING, answeredBy: '/redfish/v1/Other', json: { Name: 'thing' } });
  });

  test.each([
    'https://OTHER/redfish/v1/Thing',
    '//OTHER/redfish/v1/Thing',
    'http://SELF/redfish/v1/Thing',
    '/elsewhere',
    'https://user@SELF/redfish/v1',
  ])('to %s is not followed, and the token stays here', async (location) => {
    const other = await startSmallBmc();
    cleanup.push(other.stop);
    const bmc = await startSmallBmc({
      [THING]: (_, response) =>
        reply(response, 307, '', {
          location: location.replace('OTHER', new URL(other.address).host).replace('SELF', new URL(bmc.address).host),
        }),
    });
    cleanup.push(bmc.stop);
    const connection = await connectTo(bmc);
    cleanup.push(() => connection.close());
    expect(await refusalCode(connection.get(THING))).toBe('REDIRECT');
    expect([other.log.length, other.connections()]).toEqual([0, 0]);
  });

  test('in a circle ends', async () => {
    const { connection, asked } = await bmcWith((_, response) => reply(response, 301, '', { location: THING }));
    expect(await refusalCode(connection.get(THING))).toBe('REDIRECT');
    expect(asked()).toBe(4);
  });
});
