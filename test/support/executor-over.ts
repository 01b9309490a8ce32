import { join } from 'node:path';
import { rememberSession } from '../../lib/store/own-session.js';
import { openSeries } from '../../lib/evidence/series.js';
import type { SeriesOptions } from '../../lib/evidence/types.js';
import { id, type Digest, type Id } from '../../lib/model/json.js';
import { changeOverIpmi } from '../../lib/ipmi/change.js';
import { openIpmi } from '../../lib/ipmi/connection.js';
import { openIntegration, type Integration } from '../../lib/integrations/command.js';
import { openEnforcer } from '../../lib/isolation/open.js';
import type { Isolation } from '../../lib/model/isolation-terms.js';
import type { AuthorityTerms, IntegrationTerms, RedfishTarget } from '../../lib/model/site.js';
import { createExecutor, type Executor } from '../../lib/operations/executor.js';
import type { EnforcerAndVantages, ExecutorDeps } from '../../lib/operations/job.js';
import { completionsOf } from '../../lib/operations/completion.js';
import { createGateCheck } from '../../lib/operations/gate-check.js';
import { connect } from '../../lib/redfish/client.js';
import type { Login } from '../../lib/redfish/types.js';
import { openClaims } from '../../lib/store/claims.js';
import { openSettings } from '../../lib/store/settings.js';
import { commandAuthority } from '../../lib/certificates/authority.js';
import { ownPin } from '../../lib/login/own-pin.js';
import { shownKey } from '../../lib/redfish/shown-key.js';
import { openPins } from '../../lib/store/pins.js';
import { ownLogin } from '../../lib/login/own-login.js';
import { openCredentials } from '../../lib/store/credentials.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { makePassword } from '../../lib/vault/password.js';
import type { Credential } from '../../lib/vault/secret.js';
import { openStores, type Stores } from '../../lib/vault/stores.js';
import type { Vault } from '../../lib/vault/vault.js';
import { openLeases } from '../../lib/store/leases.js';
import { openEnvelopes } from '../../lib/store/envelopes.js';
import { openIndexes } from '../../lib/store/indexes.js';
import { zoneLayout } from '../../lib/store/layout.js';
import { openObjects } from '../../lib/store/objects.js';
import { openStatements } from '../../lib/store/statements.js';
import { openTargetLocks } from '../../lib/store/target-lock.js';
import type { Keyring } from '../../lib/trust/statement.js';
import { NOBODY } from './nobody.js';

/** What an executor of one target stands on; plain JSON, so that a child process can build the same one. */
export interface Ground {
  readonly state: string;
  readonly zone: Id<'zone'>;
  readonly incident: Id<'incident'>;
  readonly launch: Digest<'statement'>;
  readonly target: RedfishTarget;
  readonly login: { readonly userName: string; readonly password: string };
  readonly keyring: Keyring;
  readonly collector: { readonly privateKey: string; readonly fingerprint: string };
  /** What cuts the zone off, where a test has that. */
  readonly isolation?: Isolation;
  /** Who signs certificates, and under what they hold, where a test has that. */
  readonly authority?: { readonly command: readonly string[]; readonly pem: string; readonly subject: AuthorityTerms['subject'] };
  /** Other servers whose secrets the target holds, where a test has them. */
  readonly integrations?: readonly IntegrationTerms[];
}

/** An executor as the worker composes it, on this ground. */
export function executorOver(
  ground: Ground,
  change: (deps: ExecutorDeps) => ExecutorDeps = (deps) => deps,
  { stores }: Pick<Secrets, 'stores'> = fileSecrets(ground),
): Executor {
  const layout = zoneLayout(ground.state, ground.zone);
  const objects = openObjects(layout.objects);
  const indexes = (incident: Id<'incident'>) => openIndexes(layout.incident(incident).indexes);
  const now = (): number => Date.now();
  const credentials = openCredentials(layout.credentials);
  const pins = openPins(layout.pins);
  const vaultOf = (reference: string): Vault => stores.vaultOf(reference);
  return createExecutor(
    change({
      objects,
      locks: openTargetLocks(layout.locks),
      claims: (incident) => openClaims(layout.incident(incident)),
      settings: (incident, target) => openSettings(layout.incident(incident).target(target).settings),
      indexes,
      gateOpen: createGateCheck({
        objects,
        statements: (incident) => openStatements(layout.incident(incident).statements),
        indexes,
        keyring: () => Promise.resolve(ground.keyring),
        zone: ground.zone,
        now,
      }),
      leases: openLeases(layout.leases),
      credentials,
      vaultOf,
      makePassword,
      envelopes: openEnvelopes(layout.envelopes),
      certificates: () => Promise.resolve([]),
      completions: (incident, completed) =>
        completionsOf(
          { incident, statements: openStatements(layout.incident(incident).statements), keyring: () => Promise.resolve(ground.keyring) },
          completed,
        ),
      enforcer: async (_incident, name, signal) => enforcerOn(ground, name, signal),
      target: async () => ({ ...ground.target, pin: ownPin(ground.target.pin, await pins.read(ground.target.id)).pin }),
      pins,
      certificateAuthority: () =>
        Promise.resolve(ground.authority === undefined ? null : commandAuthority(ground.authority, ground.authority.pem)),
      keysOfOthers: (_incident, target) => pins.ofOthers(target),
      shownKey: ({ address }, signal) => shownKey({ address, minimum: 'TLSv1.2', signal }),
      integration: (_incident, name, signal) => Promise.resolve(integrationOn(ground, name, signal)),
      series: (_known, series) => openSeries({ ...seriesOptionsOf(ground), series }),
      tryLogin: async (_known, target, _series, login, signal) =>
        connect({
          address: target.address,
          ...ownPin(ground.target.pin, await pins.read(target.id)),
          credential: login,
          mode: 'read-only',
          signal,
          limits: { retryPausesMs: [10] },
        }),
      secondLogin: async (_known, target, _series, login, signal) =>
        connect({
          address: target.address,
          pin: ground.target.pin,
          credential: login,
          mode: 'read-only',
          signal,
          ...(await rememberSession(layout.incident(ground.incident), target.id, 'beside')),
          limits: { retryPausesMs: [10] },
        }),
      connect: async (_known, target, _series, signal) =>
        connect({
          address: target.address,
          ...ownPin(ground.target.pin, await pins.read(target.id)),
          credential: await ownLogin(target, { credentials, vaultOf }),
          mode: 'read-write',
          signal,
          ...(await rememberSession(layout.incident(ground.incident), target.id, 'alone')),
          limits: { retryPausesMs: [10] },
        }),
      overIpmi: ({ address }, credential, signal) => openIpmi({ address, credential, signal }),
      changeOverIpmi: ({ address }, terms, asked) => changeOverIpmi({ address, ...terms }, asked),
      now,
    }),
  );
}

function enforcerOn({ isolation }: Ground, name: string, signal: AbortSignal): EnforcerAndVantages {
  const terms = isolation?.enforcers.find((candidate) => candidate.name === name);
  if (isolation === undefined || terms === undefined) throw new RangeError(`there is no enforcer ${name} on this ground`);
  return { enforcer: openEnforcer(terms, { signal }), vantages: isolation.vantages, askVantage: NOBODY };
}

function integrationOn({ integrations = [] }: Ground, name: string, signal: AbortSignal): Integration {
  const terms = integrations.find((one) => one.name === name);
  if (terms === undefined) throw new RangeError(`there is no integration ${name} on this ground`);
  return openIntegration(terms, signal);
}

export function seriesOptionsOf({ state, zone, incident, launch, target, collector }: Ground): SeriesOptions {
  const root = zoneLayout(state, zone).incident(incident).evidence;
  return { root, incident, series: id(target.id), launch, drill: true, actor: 'worker:zone-a', host: 'test', collector };
}

/** Where the secrets of a test lie, and how a person writes one there. */
export interface Secrets {
  readonly stores: Stores;
  referenceOf(target: Id<'target'>): string;
  write(reference: string, credential: Credential): Promise<void>;
}

/** In files, where no test says otherwise. */
export function fileSecrets({ state }: Pick<Ground, 'state'>): Secrets {
  const files = new FileStore(join(state, 'secrets'));
  return {
    stores: openStores(new Map([['file', files]])),
    referenceOf: (target) => `vault://file/${target}`,
    write: (reference, credential) => files.write(reference.replace('vault://file/', ''), credential),
  };
}

export function loginOf({ login }: Ground): Login {
  return { userName: login.userName, password: { reveal: () => login.password } };
}
