import { defineConfig } from 'vitest/config';

const report = process.env['COFFERDAM_VAULT_REPORT'];

/** Against a real Vault server, which `scripts/install-peers vault` builds. */
export default defineConfig({
  test: {
    include: ['test/vault/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
