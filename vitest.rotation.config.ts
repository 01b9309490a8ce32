import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROTATION } from './vitest.config.js';

const report = process.env['COFFERDAM_ROTATION_REPORT'];

/** These take minutes each: first, or the last of them runs alone while the other core has nothing to do. */
const LONG = ['each-own-account', 'each-crash', 'each-vault-day', 'each-certificate', 'each-bad-day', 'rotation.test', 'each-kill'];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((name) => moduleId.includes(`/${name}`));
  return place < 0 ? LONG.length : place;
}

/** A rotation under everything that can go wrong: hundreds of BMCs, one after another. */
export default defineConfig({
  test: {
    include: ROTATION,
    globalSetup: ['test/rotation/tally.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
