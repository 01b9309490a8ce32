import { defineConfig } from 'vitest/config';

const report = process.env['COFFERDAM_NETNS_REPORT'];

/** Tests in network namespaces: they need root, and a gateway's tools. */
export default defineConfig({
  test: {
    include: ['test/netns/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
