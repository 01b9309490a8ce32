import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import type { Limits } from '../../../../../lib/evidence/verify/contents.js';
import type { RefusalCode } from '../../../../../lib/evidence/verify/codes.js';
import { generateKey } from '../../../../../lib/trust/keys.js';
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

/** A good seal but for what the hooks do to it. */
export function bagWith(hooks: Hooks = {}, story: Partial<Story> = {}): Promise<Bag> {
  return makeBag({ collector, ...story }, hooks);
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
