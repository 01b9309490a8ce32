import { id, time } from '../../lib/model/json.js';
import { openLeases } from '../../lib/store/leases.js';
import { sha256 } from '../../lib/trust/canonical.js';

/** A process of its own that takes the leases of 50 targets for an incident and says which it got. Arguments: folder, incident. */
const [folder = '', incident = ''] = process.argv.slice(2);
const got: string[] = [];
for (let n = 1; n <= 50; n += 1) {
  const owner = { incident: id<'incident'>(incident), launch: sha256<'statement'>(incident) };
  const target = id<'target'>(`bmc-${String(n)}`);
  await openLeases(folder)
    .take(target, owner, time(Date.now()))
    .then(
      () => got.push(target),
      (error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'LEASE_HELD')) throw error;
      },
    );
}
process.stdout.write(`${JSON.stringify(got)}\n`);
