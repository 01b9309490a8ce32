import { defineConfig } from 'vitest/config';

/** Tests in network namespaces: they need root, and a gateway's tools. */
export default defineConfig({
  test: {
    include: ['test/netns/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
