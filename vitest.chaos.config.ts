import { defineConfig } from 'vitest/config';
import { CHAOS } from './vitest.config.js';

const report = process.env['COFFERDAM_CHAOS_REPORT'];

/** Workers that die at every moment: minutes of waiting for a real engine. */
export default defineConfig({
  test: {
    include: CHAOS,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
