import type { Id } from '../lib/model/json.js';
import type { Order, Outcome } from '../lib/model/operation.js';
import type { Case, GateRef } from '../lib/model/work.js';
import { changeOverIpmi } from '../lib/ipmi/change.js';
import { openIpmi } from '../lib/ipmi/connection.js';
import { createExecutor, type Executor } from '../lib/operations/executor.js';
import { completionsOf } from '../lib/operations/completion.js';
import { createGateCheck } from '../lib/operations/gate-check.js';
import { shownKey } from '../lib/redfish/shown-key.js';
import { openSeries } from '../lib/evidence/series.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { makePassword } from '../lib/vault/password.js';
import { openClaims } from '../lib/store/claims.js';
import { openSettings } from '../lib/store/settings.js';
import { openEnvelopes } from '../lib/store/envelopes.js';
import { openIndexes } from '../lib/store/indexes.js';
import { openStatements } from '../lib/store/statements.js';
import { certificateAuthorityOf, keysOfOthers } from './certificates.js';
import { enforcerOf } from './enforcers.js';
import { integrationOf } from './integrations.js';
import { activity } from './run.js';
import { connectTo } from './connect.js';
import { seriesOptions } from './held.js';
import { targetOf } from './target.js';
import type { Zone } from './zone.js';

/** What is ordered of the executor. */
export interface AttemptInput {
  readonly case: Case;
  readonly step: Id<'step'>;
  readonly gate: GateRef;
  readonly order: Order;
}

/** The one way by which anything is changed. */
export function createAttemptActivities(zone: Zone) {
  const executor = executorOf(zone);
  return {
    /** One idempotent attempt at one operation; a claim on disk turns a repetition into an observation. */
    attempt: activity(async (input: AttemptInput, run): Promise<Outcome> =>
      executor.attempt(input.order, { case: input.case, step: input.step, gate: input.gate, scheduledAt: run.scheduledAt }, run.signal),
    ),
  };
}

function executorOf(zone: Zone): Executor {
  const now = (): number => Date.now();
  const statements = (incident: Id<'incident'>) => openStatements(zone.layout.incident(incident).statements);
  const keyring = async (incident: Id<'incident'>) => checkTrustRoot(await zone.snapshot(incident), zone.config.trustRoot);
  const indexes = (incident: Id<'incident'>) => openIndexes(zone.layout.incident(incident).indexes);
  return createExecutor({
    objects: zone.objects,
    locks: zone.locks,
    claims: (incident) => openClaims(zone.layout.incident(incident)),
    settings: (incident, target) => openSettings(zone.layout.incident(incident).target(target).settings),
    indexes,
    gateOpen: createGateCheck({
      objects: zone.objects,
      statements,
      indexes,
      keyring,
      zone: zone.id,
      now,
    }),
    leases: zone.leases,
    credentials: zone.credentials,
    vaultOf: (reference) => zone.secrets.vaultOf(reference),
    makePassword,
    envelopes: openEnvelopes(zone.layout.envelopes),
    async certificates(incident, person) {
      const { site, certificates } = await zone.snapshot(incident);
      return (site.people.find(({ id }) => id === person)?.keys ?? []).flatMap((key) => certificates[key] ?? []);
    },
    completions: (incident, completed) =>
      completionsOf({ incident, statements: statements(incident), keyring: () => keyring(incident) }, completed),
    enforcer: (incident, name, signal) => enforcerOf(zone, incident, name, signal),
    integration: (incident, name, signal) => integrationOf(zone, incident, name, signal),
    target: (incident, target) => targetOf(zone, incident, target),
    series: (known, series) => openSeries(seriesOptions(zone, known, series)),
    connect: (known, target, series, signal) => connectTo(zone, known.incident, target, series, 'read-write', signal),
    tryLogin: (known, target, series, login, signal) => connectTo(zone, known.incident, target, series, 'read-only', signal, login),
    pins: zone.pins,
    certificateAuthority: (incident) => certificateAuthorityOf(zone, incident),
    keysOfOthers: (incident, target) => keysOfOthers(zone, incident, target),
    shownKey: (target, signal) => shownKey({ address: target.address, minimum: target.tls?.minimum ?? 'TLSv1.2', signal }),
    secondLogin: (known, target, series, login, signal) =>
      connectTo(zone, known.incident, target, series, 'read-only', signal, login, 'beside'),
    overIpmi: ({ address }, credential, signal) => openIpmi({ address, credential, signal }),
    changeOverIpmi: ({ address }, terms, change) => changeOverIpmi({ address, ...terms }, change),
    now,
  });
}
