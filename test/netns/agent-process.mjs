// What stands in a namespace of the lab: echoes on a TCP port, and opens connections when a line on standard input asks for it.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const port = Number(process.argv[2]);
const held = new Map();

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}).listen({ port, host: '::' }, () => say({ id: 0, ok: true }));

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const { id, op, ...asked } = JSON.parse(line);
  say({ id, ok: await { reach, hold, echo }[op](asked) });
});
lines.on('close', () => process.exit(0));

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Whether a new connection opens and carries a byte there and back. */
async function reach({ to, port: there, limitMs, from }) {
  const socket = await opened(to, there, limitMs, from);
  if (socket === null) return false;
  const echoed = await echoes(socket, limitMs);
  socket.destroy();
  return echoed;
}

/** Keeps a connection under a name. */
async function hold({ name, to, port: there, limitMs }) {
  const socket = await opened(to, there, limitMs);
  if (socket !== null) held.set(name, socket);
  return socket !== null;
}

/** Whether a kept connection still carries a byte there and back. */
async function echo({ name, limitMs }) {
  return echoes(held.get(name), limitMs);
}

function opened(to, there, limitMs, from) {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port: there, ...(from === undefined ? {} : { localAddress: from }) });
    const limit = setTimeout(() => socket.destroy(), limitMs);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(null));
    socket.on('connect', () => {
      clearTimeout(limit);
      resolve(socket);
    });
  });
}

function echoes(socket, limitMs) {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), limitMs);
    socket.once('data', () => {
      clearTimeout(limit);
      resolve(true);
    });
    socket.write('x');
  });
}
