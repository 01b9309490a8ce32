import { defineConfig } from 'vitest/config';

const report = process.env['COFFERDAM_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need root: `npm run test:netns`.
    exclude: ['**/node_modules/**', 'test/netns/**'],
    // One process per file: the engine's native runtime is a singleton, and a native crash then ends one file only.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
