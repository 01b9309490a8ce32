import { execa } from 'execa';
import { mkdtemp, rm, writeFile, readFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A signature by the real gpg, in a home of its own that is gone afterwards, with the options that one would attack with. */
export async function gpgSign(privateKey: string, fingerprint: string, bytes: Uint8Array, options: readonly string[]): Promise<string> {
  // Sockets of the agent need a short path.
  const home = await mkdtemp(join(tmpdir(), 'gpg-'));
  const gpg = (...args: string[]) => execa('gpg', ['--homedir', home, '--batch', '--no-tty', ...OPTIONS, ...args]);
  try {
    await chmod(home, 0o700);
    await writeFile(join(home, 'key.asc'), privateKey, { mode: 0o600 });
    await writeFile(join(home, 'signed'), bytes);
    await gpg('--import', join(home, 'key.asc'));
    await gpg('--armor', '--local-user', fingerprint, ...options, '--output', join(home, 'out.asc'), join(home, 'signed'));
    return await readFile(join(home, 'out.asc'), 'latin1');
  } finally {
    await execa('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { reject: false });
    await rm(home, { recursive: true, force: true });
  }
}

const OPTIONS = ['--pinentry-mode', 'loopback', '--ignore-time-conflict', '--ignore-valid-from'];

/** Options that set the notations that every evidence signature has. */
export function notationOptions(notations: Readonly<Record<string, string>>): string[] {
  return Object.entries(notations).flatMap(([name, value]) => ['--sig-notation', `${name}=${value}`]);
}
