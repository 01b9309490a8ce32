import { id, time, type Digest, type Id } from '../../lib/model/json.js';
import type { Launch, SignedStatement, Statement } from '../../lib/model/statement.js';
import { canonical, sha256 } from '../../lib/trust/canonical.js';
import { generateKey } from '../../lib/trust/keys.js';
import { signStatement } from '../../lib/trust/statement.js';

const DAY = 86_400_000;
const { privateKey } = await generateKey({ name: 'Rita Requester', email: 'rita@site.example' });

/** A launch that opens this incident, for evidence that needs one; `changed` makes it a schedule's, or somebody else's. */
export function aLaunch(incident: string, changed: Partial<Launch> = {}): Launch {
  return {
    ...{ type: 'cofferdam/statement', version: 1, verb: 'launch', incident: id(incident), by: id('rita'), reason: 'test' },
    ...{ notBefore: time(NOW), notAfter: time(NOW + DAY), stepTable: 1, targets: [id('bmc-1')] },
    ...{ site: sha256('site'), policy: sha256('policy'), runbook: sha256('runbook') },
    ...changed,
  };
}

/** A decision about one target of that incident. */
export function aDecision(incident: Id<'incident'>, launch: Digest<'statement'>): Statement {
  const { type, version, by, reason, notBefore, notAfter, targets } = aLaunch(incident);
  return {
    type,
    version,
    by,
    reason,
    notBefore,
    notAfter,
    targets,
    incident,
    launch,
    verb: 'resolve',
    step: id('dump'),
    choice: 'retry',
    retry: 1,
  };
}

const NOW = Date.now();

/** As a series keeps it; signed by a person whom nobody here asks about. */
export async function signedAs(statement: Statement): Promise<{ readonly digest: Digest<'statement'>; readonly signed: SignedStatement }> {
  return { digest: sha256(canonical(statement)), signed: await signStatement(statement, { privateKey }) };
}
