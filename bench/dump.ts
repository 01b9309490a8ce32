import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { selfSigned } from '../drill/certificate.js';
import { exportCase } from '../lib/evidence/export.js';
import { openSeries } from '../lib/evidence/series.js';
import { verifyPath } from '../lib/evidence/verify/verify.js';
import { digest, id, isDigest, type Digest } from '../lib/model/json.js';
import { connect } from '../lib/redfish/client.js';
import { keepFile } from '../lib/steps/recording.js';
import { generateKey } from '../lib/trust/keys.js';
import { print, round, type Figure } from './report.js';

/**
 * One file of 1 GiB from a BMC into the evidence, sealed, exported and verified: how much memory each of these takes. The BMC is a process of
 * its own, so that only our side counts. RSS is that of the whole process, sampled; what Node itself takes is told beside it.
 */
const BYTES = 1024 ** 3;
const PIECE = 64 * 1024;
const GOAL_MB = 200;
const INCIDENT = id<'incident'>('bench');

if (process.argv.includes('serve')) await serve();
else print(await measure(), process.argv.slice(2));

async function serve(): Promise<void> {
  const { key, cert, pin } = selfSigned('bench', '127.0.0.1');
  const piece = Buffer.alloc(PIECE, 'a dump of nothing in particular ');
  const server = createServer({ key, cert }, (request, response) => {
    if (request.url !== '/dump') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"@odata.id":"/redfish/v1"}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': BYTES });
    Readable.from(pieces(piece), { objectMode: false }).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  process.send?.({ port: typeof bound === 'object' ? bound?.port : null, pin });
}

function* pieces(piece: Buffer): Generator<Buffer> {
  for (let sent = 0; sent < BYTES; sent += piece.length) yield piece;
}

const readySchema = z.object({ port: z.number(), pin: z.custom<Digest<'spki'>>(isDigest) });

async function measure(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  const bmc = fork(fileURLToPath(import.meta.url), ['serve']);
  try {
    const { port, pin } = z.tuple([readySchema], z.unknown()).parse(await once(bmc, 'message'))[0];
    const collector = await generateKey({ name: 'collector', email: 'collector@example.net' });
    const launch = digest<'statement'>('1'.repeat(64));
    const where = { root: join(folder, 'evidence'), incident: INCIDENT, series: id<'series'>('bmc-1'), launch, drill: true };
    const series = await openSeries({ ...where, actor: 'bench', host: 'bench', collector });
    const { signal } = new AbortController();
    const address = `https://127.0.0.1:${String(port)}`;
    const connection = await connect({ address, pin, credential: null, mode: 'read-only', signal });
    const figures = [baseline()];
    figures.push(await stage('fetch into evidence', () => keepFile(connection, series, 'dump', '/dump')));
    await connection.close();
    figures.push(await stage('seal', () => series.seal({ final: true, heads: null, atLeast: null })));
    await series.close();
    const exported = { root: where.root, incident: INCIDENT, out: join(folder, 'out') };
    figures.push(await stage('export', () => exportCase(exported)));
    const archive = join(folder, 'out', INCIDENT);
    const verify = { certificates: [collector.certificate], drill: true, now: new Date() };
    let verdict = '';
    figures.push(
      await stage('verify', async () => {
        ({ verdict } = await verifyPath(archive, verify));
      }),
    );
    const { size } = await stat(join(archive, `${INCIDENT}-bmc-1-S00000001.tar`));
    process.stderr.write(`the archive of ${String(size)} bytes is ${verdict}\n`);
    return figures;
  } finally {
    bmc.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function baseline(): Figure {
  return {
    figure: 'RSS before',
    ours: megabytes(process.memoryUsage.rss()),
    peer: null,
    unit: 'MB',
    ratio: null,
    goal: 'for comparison',
    met: true,
  };
}

async function stage(what: string, work: () => Promise<unknown>): Promise<Figure> {
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  process.stderr.write(`${what}: ${String(round(seconds))} s, ${String(round(BYTES / seconds / 1e6, 0))} MB/s\n`);
  const ours = megabytes(Math.max(most, process.memoryUsage.rss()));
  return {
    figure: `RSS: ${what}, 1 GiB`,
    ours,
    peer: null,
    unit: 'MB',
    ratio: null,
    goal: `under ${String(GOAL_MB)} MB`,
    met: ours < GOAL_MB,
  };
}

function megabytes(bytes: number): number {
  return round(bytes / 1e6, 0);
}
