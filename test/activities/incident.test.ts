import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it, onTestFinished } from 'vitest';
import { createIncidentActivities } from '../../activities/incident.js';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import { id } from '../../lib/model/json.js';
import { STEP_TABLE } from '../../lib/model/steps.js';
import type { Statement } from '../../lib/model/statement.js';
import { loadSite } from '../../lib/site/load.js';
import { signStatement } from '../../lib/trust/statement.js';
import { aDecision, aLaunch } from '../support/a-launch.js';
import { makeSite } from '../support/site-fixture.js';
import { tellingZone } from '../support/telling-zone.js';

it('opens an incident, keeps what people said of it and seals a case that verifies with its launch and decisions', async () => {
  const made = await makeSite();
  onTestFinished(() => made.remove());
  const zone = await tellingZone(made, '');
  const activities = createIncidentActivities(zone);
  const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);
  const site = await loadSite(made.dir);
  const [privateKey, incident] = [await readFile(made.keyFiles['rosa'] ?? '', 'utf8'), id<'incident'>('inc-1')];
  const sign = (statement: Statement) => signStatement({ ...statement, by: id('rosa') }, { privateKey });
  const runbook = site.runbooks['bmc-compromise']?.digest;
  if (runbook === undefined) throw new RangeError('a made site has the runbook');
  const targets = [id<'target'>('node1'), id<'target'>('node2')];
  const bound = { site: site.digest, policy: site.policyDigest, runbook, stepTable: STEP_TABLE, targets };

  const opening = { incident, launch: await sign(aLaunch('inc-1', bound)), zone: zone.id, home: zone.id, targets };
  const { launch } = await run(() => activities.openIncident(opening));
  const known = { incident, launch, home: zone.id };
  await run(async () => activities.storeStatement({ case: known, statement: await sign(aDecision(incident, launch)) }));
  const sealed = await run(() => activities.sealCase({ case: known }));

  const folder = join(made.folder, sealed?.name ?? '');
  await cp(join(zone.layout.incident(incident).evidence, 'case', 'S00000001'), folder, { recursive: true });
  const certificates = [await readFile(made.collectorCertificate, 'utf8')];
  expect(await verifyPath(folder, { certificates, drill: false, now: new Date() })).toMatchObject({ verdict: 'VALID', refusals: [] });
});
