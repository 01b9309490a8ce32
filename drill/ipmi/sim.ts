import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FleetError } from '../errors.js';

/** A user of an emulated BMC, by number of its slot; slot 1 is the anonymous user, whose name stays empty. */
export type SimUsers = Readonly<
  Record<number, { readonly name: string; readonly password: string; readonly privilege: 'user' | 'operator' | 'admin' }>
>;

export interface SimOptions {
  /** Its configuration and state; one folder for each. */
  readonly folder: string;
  /** 32 hexadecimal digits, in the order of the wire. */
  readonly guid: string;
  readonly users: SimUsers;
  /** Whether it takes logins over IPMI 1.5 as well. */
  readonly ipmi15: boolean;
}

/** A real `ipmi_sim` of OpenIPMI, which answers RMCP+ on a loopback port. */
export interface Sim {
  readonly address: string;
  /** Every message that it got and gave so far, as it tells them. */
  readonly messages: () => string;
  readonly stop: () => Promise<void>;
}

const HOST = '127.0.0.1';
const TRIES = 100;
const EVERY_MS = 50;
const MESSAGES = 1024 * 1024;

/** Starts one and waits until it answers. */
export async function startSim(options: SimOptions): Promise<Sim> {
  const { folder } = options;
  const port = await freeUdpPort();
  await mkdir(join(folder, 'state'), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'lan.conf'), lanConf(options, port), { mode: 0o600 });
  await writeFile(join(folder, 'sim.emu'), EMULATION);
  const files = ['-c', join(folder, 'lan.conf'), '-f', join(folder, 'sim.emu'), '-s', join(folder, 'state')];
  // It takes commands from its standard input, and ends with it: when we die, so does it.
  const child = spawn('ipmi_sim', [...files, '-d'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (said = (said + text).slice(-MESSAGES)));
  const stop = async (): Promise<void> => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const failed = once(child, 'error').then(() => {
    throw new FleetError('NO_IPMI_SIM', 'ipmi_sim does not start; install it: apt-get install openipmi');
  });
  try {
    await Promise.race([answers(port, child), failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: `ipmi://${HOST}:${String(port)}`, messages: () => said, stop };
}

function lanConf({ guid, users, ipmi15 }: SimOptions, port: number): string {
  const types = ipmi15 ? ' none md5 straight' : '';
  return [
    'name "bmc"',
    'set_working_mc 0x20',
    '  startlan 1',
    `    addr ${HOST} ${String(port)}`,
    '    priv_limit admin',
    ...['callback', 'user', 'operator', 'admin'].map((level) => (ipmi15 ? `    allowed_auths_${level}${types}` : '')),
    `    guid ${guid}`,
    '  endlan',
    ...Object.entries(users).map(
      ([slot, { name, password, privilege }]) => `  user ${slot} true "${name}" "${password}" ${privilege} 10 none md5 straight`,
    ),
    '',
  ].join('\n');
}

/** One management controller with a log of two records, a power supply lost and an intrusion seen. */
const EMULATION = [
  'debug msg',
  'mc_setbmc 0x20',
  'mc_add 0x20 0 has-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr',
  'sel_enable 0x20 1000 0x0a',
  'mc_enable 0x20',
  'sel_add 0x20 0x02 0 0 0 0 0x20 0 4 8 0x51 0x6f 0x01 0xff 0xff',
  'sel_add 0x20 0x02 0 0 0 0 0x20 0 4 5 0x52 0x6f 0x00 0xff 0xff',
  '',
].join('\n');

/** Get Channel Authentication Capabilities outside of any session (IPMI 2.0, 22.13): the one question that every BMC answers to anybody. */
const QUESTION = Buffer.from('0600ff07000000000000000000092018c88100388e04b5', 'hex');

async function answers(port: number, child: ChildProcess): Promise<void> {
  const socket = createSocket('udp4');
  const answered = once(socket, 'message').then(() => true);
  // The last promise may be left behind unsettled or refused; whoever waits has an answer by then.
  answered.catch(() => undefined);
  try {
    for (let tries = 0; tries < TRIES && child.exitCode === null; tries++) {
      socket.send(QUESTION, port, HOST, () => undefined);
      if (await Promise.race([answered, pause(EVERY_MS, false)])) return;
    }
    throw new FleetError('NO_IPMI_SIM', `ipmi_sim does not answer on port ${String(port)}`);
  } finally {
    socket.close();
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
