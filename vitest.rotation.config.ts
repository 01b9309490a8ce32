import { defineConfig } from 'vitest/config';
import { ROTATION } from './vitest.config.js';

const report = process.env['COFFERDAM_ROTATION_REPORT'];

/** A rotation under everything that can go wrong: hundreds of BMCs, one after another. */
export default defineConfig({
  test: {
    include: ROTATION,
    globalSetup: ['test/rotation/tally.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
