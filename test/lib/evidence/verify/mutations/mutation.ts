import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { Limits } from '../../../../../lib/evidence/verify/contents.js';
import type { RefusalCode } from '../../../../../lib/evidence/verify/codes.js';
import { id, time } from '../../../../../lib/model/json.js';
import { occurrenceId, type Repeats } from '../../../../../lib/model/occurrence.js';
import { armorSignature } from '../../../../../lib/trust/armor.js';
import { canonical, sha256 } from '../../../../../lib/trust/canonical.js';
import { generateKey } from '../../../../../lib/trust/keys.js';
import { signDetached } from '../../../../../lib/trust/sign.js';
import { aLaunch } from '../../../../support/a-launch.js';
import type { Bag, Hooks, Story } from '../../../../support/evidence-bag.js';
import { makeBag, writeTar } from '../../../../support/evidence-bag.js';

/** One thing done to good evidence, and the one code that it must be refused with. */
export interface Mutation {
  readonly code: RefusalCode;
  readonly title: string;
  /** Writes the mutated evidence into an empty folder and returns what to verify. */
  readonly make: (folder: string) => Promise<string>;
  readonly certificates?: () => Promise<readonly string[]>;
  readonly drill?: boolean;
  readonly limits?: Limits;
}

export const collector = await generateKey({ name: 'Collector of zone a', email: 'collector@example.org' });
export const lead = await generateKey({ name: 'Lena Lead', email: 'lena@example.org' });
export const stranger = await generateKey({ name: 'Sam Stranger', email: 'sam@example.org' });

/** Of another text: who signed a statement is not what the verifier looks at. */
const SIGNATURE = armorSignature(await signDetached({ bytes: Buffer.from('x'), privateKey: lead.privateKey, notations: {} }));

/** A good seal but for what the hooks do to it. */
export function bagWith(hooks: Hooks = {}, story: Partial<Story> = {}): Promise<Bag> {
  return makeBag({ collector, ...story }, hooks);
}

const DAY = 86_400_000;
const NOW = Date.now();
const FROM = Math.floor(NOW / 60_000) * 60_000;

/** Every week: one was a week ago, one is today, one comes. */
export const WEEKLY: Repeats = { everyDays: 7, from: time(FROM - 7 * DAY), until: time(FROM + 7 * DAY) };

/** The schedule's incident of so many days from today. */
export function occurrence(days: number): string {
  return occurrenceId(id('keys'), FROM + days * DAY);
}

/** Evidence of an incident that keeps the launch of `of`; `named`: what its seal says is its launch. */
export function launched(incident: string, of: string, repeats?: Repeats, named?: string): [Hooks, Partial<Story>] {
  const text = canonical(aLaunch(of, repeats === undefined ? {} : { repeats }));
  return [keeps(text), { incident, launch: named ?? sha256(text) }];
}

/** Keeps this text as a statement; `signature` null: without one. */
export function keeps(text: string | Buffer, signature: string | null = SIGNATURE): Hooks {
  const statement = sha256(text);
  return {
    events: (events) => [...events, { type: 'statement.stored', data: { statement } }],
    files: (files) => {
      files.set(`statements/${statement}.json`, Buffer.from(text));
      if (signature !== null) files.set(`statements/${statement}.json.asc`, Buffer.from(signature));
    },
  };
}

/** A mutation of one seal, written as a tar. */
export function inBag(code: RefusalCode, title: string, hooks: Hooks, story: Partial<Story> = {}): Mutation {
  return { code, title, make: async (folder) => writeTar(folder, await bagWith(hooks, story)) };
}

/** A mutation of the bytes of a good tar; no .tar.sha256 beside it, so that nothing else can notice. */
export function inTar(code: RefusalCode, title: string, change: (bag: Bag) => Promise<Buffer>, limits?: Limits): Mutation {
  return {
    code,
    title,
    ...(limits === undefined ? {} : { limits }),
    make: async (folder) => {
      const bag = await bagWith();
      const path = join(folder, `${bag.name}.tar`);
      await writeFile(path, await change(bag));
      return path;
    },
  };
}
