import { randomBytes } from 'node:crypto';
import { link, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type Id, time } from '../model/json.js';
import { StoreError } from './error.js';
import { createFile, readRecord, removeFile } from './files.js';
import { bootId, ownName, processState, type ProcessName } from './process.js';

/** What is to be done under the lock. */
export interface LockRequest {
  readonly target: Id<'target'>;
  /** Names the piece of work, so that a repeat of it ends the try before and waits for any other. */
  readonly work: string;
  /** How long the work may hold the lock; past it the holder counts as stuck. */
  readonly limitMs: number;
  /** How long to wait for a holder that is alive and within its limit. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/**
 * One lock per target and zone: it covers the BMC's patience, the evidence series and whoever acts. A dead holder (no such process,
 * another boot, a reused process number) is taken over. In our own process an earlier try of the same work is aborted and awaited.
 * A holder elsewhere is waited for, then LOCKED; stopped or past its limit, LOCK_STUCK names its process.
 * Workers that share a store must see each other's processes: one host, one process namespace.
 */
export interface TargetLocks {
  /** The signal given to `work` fires when the caller's does, or when a later try of the same work wants the lock. */
  hold<T>(request: LockRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Holder extends ProcessName {
  readonly token: string;
  readonly target: string;
  readonly work: string;
  readonly at: string;
  readonly until: string;
}

interface Held {
  readonly abort: AbortController;
  readonly released: Promise<void>;
}

/** What this process holds, by token: of the process and not of one store, since the files speak of processes. */
const OWN = new Map<string, Held>();
const POLL_MS = 50;

export function openTargetLocks(folder: string): TargetLocks {
  return {
    async hold(request, work) {
      const path = join(folder, `${request.target}.lock`);
      const me = await holderFor(request);
      const abort = new AbortController();
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      // Known here before it is known on disk, so that nobody in this process takes our file for a stranger's.
      OWN.set(me.token, { abort, released });
      try {
        await acquire(path, me, request);
        return await work(AbortSignal.any([request.signal, abort.signal])).finally(() => removeFile(path));
      } finally {
        OWN.delete(me.token);
        release();
      }
    },
  };
}

async function acquire(path: string, me: Holder, request: LockRequest): Promise<void> {
  const giveUpAt = Date.now() + request.waitMs;
  for (;;) {
    if (request.signal.aborted) throw new StoreError('ABORTED', `gave up waiting for the lock of ${request.target}`);
    const holder = await take(path, me);
    if (holder === null) return;
    const own = OWN.get(holder.token);
    if (own !== undefined && (holder.work === request.work || isLate(holder))) own.abort.abort();
    else if (own === undefined) await refuseIfStuck(holder);
    if (Date.now() >= giveUpAt) throw refusal('LOCKED', holder, 'works on it; wait, or look at what that worker does');
    await Promise.race([pause(POLL_MS), own?.released ?? pause(POLL_MS)]);
  }
}

/**
 * One try at the lock file: null when it is ours, else who lives and holds it. A dead holder's file is replaced by whoever first gets the
 * lock named after that dead holder, which is taken in the same way, so a taker that dies half-way is itself taken over. Two takers
 * cannot both win: the second finds another token in the file than the one it guards.
 */
async function take(path: string, me: Holder): Promise<Holder | null> {
  for (;;) {
    const holder = await readRecord(path, holderSchema);
    if (holder === null) {
      if (await createFile(path, JSON.stringify(me))) return null;
      continue;
    }
    if (await isAlive(holder)) return holder;
    const guard = `${path}.${holder.token}`;
    const rival = await take(guard, me);
    if (rival !== null) return rival;
    const stillTheirs = (await readRecord(path, holderSchema))?.token === holder.token;
    if (stillTheirs) await overwrite(guard, path);
    await removeFile(guard);
    if (stillTheirs) return null;
  }
}

/** Puts the guard's content, which is ours, in the place of the dead holder's, in one step and without losing the guard. */
async function overwrite(guard: string, path: string): Promise<void> {
  const draft = `${guard}.tmp`;
  await removeFile(draft);
  await link(guard, draft);
  await rename(draft, path);
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (OWN.has(holder.token)) return true;
  if (holder.boot !== (await bootId())) return false;
  return (await processState(holder.pid))?.startedAt === holder.startedAt;
}

async function refuseIfStuck(holder: Holder): Promise<void> {
  const state = await processState(holder.pid);
  if (state?.is === 'stopped') throw refusal('LOCK_STUCK', holder, 'is stopped; continue it or end it, then resolve with retry');
  if (isLate(holder)) throw refusal('LOCK_STUCK', holder, `should have ended at ${holder.until}; end it, then resolve with retry`);
}

function isLate(holder: Holder): boolean {
  return Date.now() > Date.parse(holder.until);
}

function refusal(code: 'LOCKED' | 'LOCK_STUCK', holder: Holder, what: string): StoreError {
  const text = `process ${String(holder.pid)} has held the lock of ${holder.target} since ${holder.at} for ${holder.work} and ${what}`;
  return new StoreError(code, text, { pid: holder.pid });
}

async function holderFor(request: LockRequest): Promise<Holder> {
  const now = Date.now();
  return {
    ...(await ownName()),
    token: randomBytes(8).toString('hex'),
    target: request.target,
    work: request.work,
    at: time(now),
    until: time(now + request.limitMs),
  };
}

const holderSchema = z.strictObject({
  boot: z.string(),
  pid: z.int().positive(),
  startedAt: z.string(),
  token: z.string().regex(/^[0-9a-f]{16}$/),
  target: z.string(),
  work: z.string(),
  at: z.string(),
  until: z.string(),
}) satisfies z.ZodType<Holder>;
