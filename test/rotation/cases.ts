import { appendFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import { expect, inject } from 'vitest';
import type { Fault } from '../../drill/faults/fault.js';
import type { End, Truth } from '../support/rotating.js';

/** One case came to its end. */
export async function count(kind: string): Promise<void> {
  await appendFile(inject('tally'), `${kind}\n`);
}

/** Most of a case is waiting for a disk. Says which one it was that failed. */
export async function all<T>(cases: readonly T[], nameOf: (one: T) => string, run: (one: T) => Promise<void>): Promise<void> {
  const limit = pLimit(4);
  const failures: unknown[] = [];
  const named = async (one: T): Promise<void> => {
    await run(one).catch((cause: unknown) => failures.push(new Error(nameOf(one), { cause })));
  };
  await Promise.all(cases.map((one) => limit(() => named(one))));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(explained).join('\n'));
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message}: ${error.cause instanceof Error ? error.cause.message : String(error.cause)}`;
}

/** Steps of an attempt that change something, on disk, in the vault or at the device. */
export const EFFECTS = /^(claims\.(create|settle)|credentials\.|vault\.|tryLogin|send$)/;

/** What holds after every case, whatever the BMC did. */
export function requireSafe({ own, keptOut, sent }: Truth, attempts = 1): void {
  expect({ keptOut, locked: own.lockedEver }).toEqual({ keptOut: [], locked: false });
  expect(sent).toBeLessThanOrEqual(attempts);
}

/** Exactly one secret works, it is the one that everybody gets, and nothing of the rotation is left open that is not said. */
export function requireOne(truth: Truth, which: Truth['works'][number], attempts = 1): void {
  requireSafe(truth, attempts);
  expect({ works: truth.works, gives: truth.gives }).toEqual({ works: [which], gives: which });
}

/** The section ended well. */
export function requireRotated(truth: Truth, attempts = 1): void {
  requireOne(truth, 'new', attempts);
  expect({ current: truth.current, rotations: truth.record.rotations }).toEqual({ current: 'new', rotations: [] });
}

/** Of a day after which one secret works, as is known from the start: that it came so. False on any other day. */
export function requireOneWorks(end: End, truth: Truth, rotates: NonNullable<Fault['rotates']>): boolean {
  switch (rotates) {
    case 'new':
    case 'new-to-20-bytes':
      expect(end).toMatchObject({ is: 'done' });
      requireRotated(truth);
      return true;
    case 'old':
      expect(end.is).toMatch(/^(HTTP_4\d\d|NOT_APPLIED)$/);
      expect([end.closing[0], truth.record.rotations]).toEqual(['done', []]);
      requireOne(truth, 'old');
      return true;
    case 'old-or-new':
      if (end.is === 'done') requireRotated(truth);
      else requireOne(truth, 'old');
      return true;
    case 'both':
    case 'none':
    case 'new-restricted':
      return false;
  }
}
