import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadSite } from '../../../lib/site/load.js';
import { checkTrustRoot } from '../../../lib/site/trust-root.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TRUST_ROOT = [
  'F7A2A06E7288F0D9E78FA0FB3EBEF15F3EDDBE12',
  '15A8C8632DE7D331EFE0F16BFF45F6F0245AF009',
  '4CD3703B77611371C0DD0444B882B5BFA56EF23F',
];

test('the example site loads, and its three leads signed people and policy', async () => {
  const loaded = await loadSite(`${ROOT}examples/site`);
  expect(loaded.inventory.targets.map(({ id }) => id)).toEqual(['east-r01-n01', 'east-r01-n02', 'east-r02-n09', 'west-r07-n01']);
  expect((await checkTrustRoot(loaded, { fingerprints: TRUST_ROOT, needed: 3 })).policyDigest).toBe(loaded.policyDigest);
});

test('the example site has the runbook that this version ships', async () => {
  const [example, shipped] = await Promise.all(
    ['examples/site/runbooks', 'runbooks'].map((folder) => readFile(`${ROOT}${folder}/bmc-compromise.yaml`, 'utf8')),
  );
  expect(example).toBe(shipped);
});
