import { CLOCK_SKEW_MS } from '../../lib/model/clock-skew.js';
import type { Id } from '../../lib/model/json.js';
import { launches } from '../../lib/model/occurrence.js';
import { mayLaunch } from '../../lib/model/quorum.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { verifyStatement } from '../../lib/trust/statement.js';
import type { Opened } from '../desk.js';
import { refusedStatement } from '../refusal.js';
import { keyringOf, trustFailure } from '../signer.js';

/**
 * Nobody signs under a launch that was not verified here: its signature, its person, its incident (or that it is an occurrence of its schedule), and that it binds the policy of this site directory.
 * So for the statements under it that took targets in.
 */
export async function requireLaunch(
  { input, launch, digest, added }: Opened,
  incident: Id<'incident'>,
  site: LoadedSite,
  now: number,
): Promise<void> {
  try {
    // A launch whose time is over still stands for what it opened: it is verified as of its last moment.
    const at = Math.min(now + CLOCK_SKEW_MS, Date.parse(launch.notAfter) - 1);
    await verifyStatement(input.launch, keyringOf(site), new Date(at));
  } catch (cause) {
    throw trustFailure(cause, incident);
  }
  if (!launches(launch, incident, now + CLOCK_SKEW_MS) || input.incident !== incident)
    throw refusedStatement('WRONG_INCIDENT', `the engine answered with the launch of ${launch.incident}`, incident);
  if (launch.policy !== site.policyDigest)
    throw refusedStatement('WRONG_POLICY', 'people or policy of this site directory differ from those that the launch binds', incident);
  for (const { signed, add } of added) {
    try {
      await verifyStatement(signed, keyringOf(site), new Date(Math.min(now + CLOCK_SKEW_MS, Date.parse(add.notAfter) - 1)));
    } catch (cause) {
      throw trustFailure(cause, incident);
    }
    if (add.incident !== incident || add.launch !== digest || !mayLaunch(site.site.policy, site.site.people, add.by))
      throw refusedStatement('NOT_ALLOWED', `${add.by} may not add targets to ${incident}, or signed for another launch`, incident);
  }
}
