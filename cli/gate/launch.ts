import type { LoadedSite } from '../../lib/site/load.js';
import { verifyStatement } from '../../lib/trust/statement.js';
import type { Opened } from '../desk.js';
import { refusedStatement } from '../refusal.js';
import { keyringOf, trustFailure } from '../signer.js';

/** Nobody signs under a launch that was not verified here: its signature, its person, and that it binds the policy of this site directory. */
export async function requireLaunch({ input, launch }: Opened, site: LoadedSite): Promise<void> {
  try {
    // At the time it was made: whether it is still valid is for the workers to say, who have the incident's own snapshot.
    await verifyStatement(input.launch, keyringOf(site), new Date(Date.parse(launch.notBefore)));
  } catch (cause) {
    throw trustFailure(cause, input.incident);
  }
  if (launch.policy !== site.policyDigest)
    throw refusedStatement(
      'WRONG_POLICY',
      'people or policy of this site directory differ from those that the launch binds',
      input.incident,
    );
}
