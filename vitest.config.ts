import { defineConfig } from 'vitest/config';
import { keepTemporaryInMemory } from './test/support/memory-folder.js';

/** Of their own, since they wait for minutes: `npm run test:chaos`. */
export const CHAOS = ['test/bad-days/{worker-dies,two-workers}.test.ts'];

/** Every crash and every bad day of what could lock somebody out: rotations, the incident's own account, access lists of BMCs. `npm run test:rotation`. */
export const ROTATION = [
  'test/rotation/each-*.test.ts',
  'test/lib/steps/freeze-{own-account,access-list}.test.ts',
  'test/bad-days/rotation.test.ts',
];

const report = process.env['COFFERDAM_TEST_REPORT'];

keepTemporaryInMemory();

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those in network namespaces need root (`npm run test:netns`), and those of Vault its server (`npm run test:vault`).
    exclude: ['**/node_modules/**', 'test/netns/**', 'test/vault/**', ...CHAOS, ...ROTATION],
    // One process per file: the engine's native runtime is a singleton, and a native crash then ends one file only.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
