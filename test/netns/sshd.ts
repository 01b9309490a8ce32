import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Lab } from './lab.js';

/** A real sshd on the gateway. */
export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** As a site pins it. */
  readonly hostKey: string;
  readonly identityFile: string;
  /** What it has logged since the last call. */
  log(): string;
  /** Answers with another host key from now on. */
  changeKey(): Promise<void>;
  close(): Promise<void>;
}

const PORT = 2222;

export async function openSshd(lab: Lab): Promise<Sshd> {
  // sshd wants its folder for privilege separation, which a service would have made.
  await mkdir('/run/sshd', { recursive: true });
  const [hostKey, otherKey, identityFile] = await Promise.all([keyPair(lab, 'host'), keyPair(lab, 'other'), keyPair(lab, 'identity')]);
  let daemon = await start(lab, hostKey, identityFile);
  return {
    port: PORT,
    user: 'root',
    hostKey: (await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' '),
    identityFile,
    log: () => daemon.log.splice(0).join('\n'),
    changeKey: async () => {
      await daemon.close();
      daemon = await start(lab, otherKey, identityFile);
    },
    close: () => daemon.close(),
  };
}

async function keyPair(lab: Lab, name: string): Promise<string> {
  const file = join(lab.folder, name);
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return file;
}

async function start(lab: Lab, hostKey: string, identity: string) {
  const config = join(lab.folder, 'sshd_config');
  const settings = {
    Port: String(PORT),
    HostKey: hostKey,
    AuthorizedKeysFile: `${identity}.pub`,
    StrictModes: 'no',
    PermitRootLogin: 'prohibit-password',
    PasswordAuthentication: 'no',
    UsePAM: 'no',
    PidFile: 'none',
    LogLevel: 'VERBOSE',
  };
  await writeFile(
    config,
    Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const [program, ...args] = [...lab.prefix('gateway'), '/usr/sbin/sshd', '-D', '-e', '-f', config];
  const daemon = execa(program, args, { stdin: 'ignore', buffer: false, reject: false });
  const log: string[] = [];
  const lines = createInterface({ input: daemon.stderr }).on('line', (line) => log.push(line));
  await Promise.race([listening(lines, log), daemon.then(() => Promise.reject(new Error(`sshd ended: ${log.join('\n')}`)))]);
  return {
    log,
    close: async () => {
      daemon.kill();
      if (daemon.exitCode === null) await once(daemon, 'exit');
    },
  };
}

async function listening(lines: ReturnType<typeof createInterface>, log: readonly string[]): Promise<void> {
  while (!log.some((line) => line.startsWith('Server listening on 0.0.0.0'))) await once(lines, 'line');
}
