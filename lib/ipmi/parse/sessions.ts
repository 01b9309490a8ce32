import { linesOf, valueOf, type Said } from './text.js';

export interface Session {
  readonly handle: number;
  /** Slot in the table of users. */
  readonly user: number;
  readonly privilege: string;
  /** Where it comes from; null where the BMC does not say. */
  readonly address: string | null;
}

/** The sessions of `session info all`, ours among them; null when it shows none at all, though ours asked. */
export function sessionsIn(said: Said): readonly Session[] | null {
  const blocks = linesOf(said)
    .join('\n')
    .split(/\n(?=session handle )/)
    .map((text) => ({ body: Buffer.from(text) }));
  const sessions = blocks.flatMap((block) => {
    const handle = Number(valueOf(block, 'session handle') ?? '0');
    const user = Number(valueOf(block, 'user id') ?? 'NaN');
    if (handle === 0 || !Number.isInteger(handle) || !Number.isInteger(user)) return [];
    const address = valueOf(block, 'console ip');
    return [{ handle, user, privilege: valueOf(block, 'privilege level') ?? '', address: isAddress(address) ? address : null }];
  });
  return sessions.length === 0 ? null : sessions;
}

function isAddress(text: string | null): text is string {
  return text !== null && /^[0-9A-Fa-f.:]{2,45}$/.test(text) && text !== '0.0.0.0';
}
