#!/usr/bin/env node
// The reference vantage point. It imports nothing but Node itself: copy the compiled file to a jump host and run it there (docs/isolation.md).
import { createSocket } from 'node:dgram';
import { Socket, isIP } from 'node:net';
import { text } from 'node:stream/consumers';

interface Path {
  readonly id: string;
  readonly to: string;
  readonly port: number;
}

/** `reached: null`: this host could not try; that is not the same as a closed path. */
interface Result {
  readonly id: string;
  readonly reached: boolean | null;
  readonly how: string;
}

const MAX_PATHS = 4096;
const AT_ONCE = 256;
/** Two lost packets are made up for: the system sends the first one again after 1 s and 3 s. */
const DEFAULT_MS = 4000;

/** What the far end, or something that speaks in its name, answered: a packet went there and back. */
const ANSWERED: Readonly<Record<string, string>> = { ECONNREFUSED: 'refused by the far end', ECONNRESET: 'reset by the far end' };

/** What the way there answered, or nothing at all. */
const TURNED_BACK: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'host unreachable or prohibited',
  ENETUNREACH: 'network unreachable',
  EACCES: 'prohibited on the way',
  ETIMEDOUT: 'no answer',
};

async function main(args: readonly string[]): Promise<void> {
  const limitMs = readLimit(args);
  const paths = readPaths(JSON.parse(await text(process.stdin)));
  const results: Result[] = [];
  for (let at = 0; at < paths.length; at += AT_ONCE)
    results.push(...(await Promise.all(paths.slice(at, at + AT_ONCE).map((path) => tryPath(path, limitMs)))));
  process.stdout.write(`${JSON.stringify({ version: 1, results })}\n`);
}

/** Without a route from here nothing is tried: a host that is cut off by itself would call everything closed. */
async function tryPath(path: Path, limitMs: number): Promise<Result> {
  const source = await sourceOf(path);
  if (!source.routed) return { id: path.id, reached: null, how: `no way out of this host: ${source.why}` };
  const { reached, how } = await connect(path, limitMs);
  return { id: path.id, reached, how: `${how}, from ${source.address}` };
}

type Source = { readonly routed: true; readonly address: string } | { readonly routed: false; readonly why: string };

/** From which address this host would send. Connecting a UDP socket asks the routing table and sends nothing. */
function sourceOf({ to, port }: Path): Promise<Source> {
  const socket = createSocket(isIP(to) === 6 ? 'udp6' : 'udp4');
  return new Promise<Source>((resolve) => {
    socket.once('error', (error) => resolve({ routed: false, why: codeOf(error) }));
    socket.once('connect', () => resolve({ routed: true, address: socket.address().address }));
    socket.connect(port, to);
  }).finally(() => socket.close());
}

function connect({ to, port }: Path, limitMs: number): Promise<Pick<Result, 'reached' | 'how'>> {
  const socket = new Socket();
  return new Promise<Pick<Result, 'reached' | 'how'>>((resolve) => {
    const timer = setTimeout(() => resolve({ reached: false, how: `no answer within ${String(limitMs)} ms` }), limitMs);
    socket.once('connect', () => resolve({ reached: true, how: 'connected' }));
    socket.once('error', (error) => resolve(judge(codeOf(error))));
    socket.once('close', () => clearTimeout(timer));
    socket.connect({ host: to, port });
  }).finally(() => socket.destroy());
}

function judge(code: string): Pick<Result, 'reached' | 'how'> {
  const answered = ANSWERED[code];
  if (answered !== undefined) return { reached: true, how: `${answered} (${code})` };
  const turnedBack = TURNED_BACK[code];
  if (turnedBack !== undefined) return { reached: false, how: `${turnedBack} (${code})` };
  return { reached: null, how: `this host could not try (${code})` };
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

function readLimit([flag, value, ...more]: readonly string[]): number {
  const limit = flag === undefined ? DEFAULT_MS : Number(value);
  if ((flag !== undefined && flag !== '--timeout-ms') || more.length > 0 || !Number.isInteger(limit) || limit < 1 || limit > 60_000)
    throw new RangeError(
      'usage: cofferdam-probe [--timeout-ms 1..60000], with {"version":1,"paths":[{"id","to","port"}]} on standard input',
    );
  return limit;
}

function readPaths(question: unknown): readonly Path[] {
  if (!isRecord(question) || question['version'] !== 1 || !Array.isArray(question['paths']) || question['paths'].length > MAX_PATHS)
    throw new RangeError(`expected {"version":1,"paths":[...]} with at most ${String(MAX_PATHS)} paths`);
  return question['paths'].map((path: unknown) => {
    if (!isPath(path)) throw new RangeError('expected {"id","to","port"}: a text, an IP address and a port');
    return path;
  });
}

function isPath(value: unknown): value is Path {
  if (!isRecord(value)) return false;
  const { id, to, port } = value;
  return (
    typeof id === 'string' &&
    typeof to === 'string' &&
    isIP(to) !== 0 &&
    Number.isInteger(port) &&
    Number(port) >= 1 &&
    Number(port) <= 65_535
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`cofferdam-probe: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
