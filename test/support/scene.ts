import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { CAST } from '../../cli/drill/lab.js';
import { prepareNamespace } from '../../cli/engine/namespace.js';
import { run, start, type Running, type Said } from '../../cli/drill/processes.js';
import { startFleet, type Fleet, type FleetOptions, type FleetTarget } from '../../drill/fleet.js';
import { startIpmiFleet, type IpmiFleet, type IpmiFleetTarget } from '../../drill/ipmi/fleet.js';
import { createDataConverter } from '../../lib/codec/data-converter.js';
import type { GateView, IncidentView } from '../../lib/model/incident.js';
import { id, type Id } from '../../lib/model/json.js';
import type { Isolation } from '../../lib/model/isolation-terms.js';
import type { IntegrationTerms, RedfishTarget, Site, Target } from '../../lib/model/site.js';
import { readCodecKey } from '../../lib/site/config.js';
import { initSite } from '../../lib/site/init.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { incidentQuery, incidentWorkflowId } from '../../workflows/messages.js';
import { startTestEngine, type TestEngine } from './engine.js';

/** A fleet in this process, a site that knows it, a real engine; workers and the desk are real processes. */
export interface Scene {
  readonly fleet: Fleet;
  /** Empty unless asked for. */
  readonly ipmi: IpmiFleet;
  readonly engine: TestEngine;
  readonly namespace: string;
  readonly folder: string;
  readonly site: string;
  readonly state: string;
  /** Connected with the codec. */
  readonly client: Client;
  readonly worker: () => Promise<Running>;
  /** Every worker that was started. */
  readonly workers: () => readonly Running[];
  readonly cofferdam: (...args: string[]) => Promise<Said>;
  /** Opens an incident over all targets as Dana. */
  readonly open: (incident: string, ...more: string[]) => Promise<Said>;
  /** Decides at the gate `change`; `round` is needed when several rounds are open at once. */
  readonly decide: (verb: 'approve' | 'deny', incident: string, person: string, round?: number) => Promise<Said>;
  readonly resolve: (incident: string, step: string, choice: string, ...targets: string[]) => Promise<Said>;
  readonly view: (incident: string) => Promise<IncidentView>;
  /** Waits until the view is as wanted; what it was at last is told when it never is. */
  readonly until: (incident: string, wanted: (view: IncidentView) => boolean, limitMs?: number) => Promise<IncidentView>;
  readonly keyOf: (person: string) => string;
  readonly close: () => Promise<void>;
}

const ZONE = id<'zone'>('test');

export interface SceneOptions extends FleetOptions {
  readonly ipmi?: number;
  /** `default` is the shipped one, which contains and freezes as well and stays open until somebody signs a release. */
  readonly runbook?: 'default';
  /** Where the zone's segment is cut off. */
  readonly isolation?: Isolation;
  /** Other servers whose secrets the zone's targets hold. */
  readonly integrations?: readonly IntegrationTerms[];
}

/** Preserves and reviews: what scenes are about that are not about containment. Nothing binds it but the launch of each incident. */
const RUNBOOK = `version: 1
name: bmc-compromise
title: Preserve, dump and review
phases:
  - step: triage
  - step: capture
    background: true
  - step: review-logs
  - step: dump
    gate: change
  - step: review-access
    gate: change
`;

/** @param listed how the inventory has a target, when it differs from what the fleet says. */
export async function openScene(
  options: SceneOptions = {},
  engine?: TestEngine,
  listed: (target: RedfishTarget) => RedfishTarget = (target) => target,
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-scene-'));
  const [site, state] = [join(folder, 'site'), join(folder, 'state')];
  const [fleet, served] = await Promise.all([startFleet(options), engine ?? startTestEngine()]);
  const ipmi = await startIpmiFleet({ count: options.ipmi ?? 0, folder: join(folder, 'ipmi'), seed: 1, compromise: true });
  // Every scene has a codec key of its own, and a namespace belongs to one key.
  const namespace = `scene-${randomBytes(4).toString('hex')}`;
  await prepareNamespace({ address: served.address, namespace, retentionDays: 90 });
  await initSite({
    dir: site,
    state,
    name: id('test'),
    engineAddress: served.address,
    zones: [{ id: ZONE, title: 'Test', ...zoneOptions(options) }],
    people: [
      { id: CAST.responder, name: 'Dana', roles: [id('responder')] },
      ...CAST.leads.map((lead) => ({ id: lead, name: lead, roles: [id<'role'>('lead')] })),
    ],
    targets: [...fleet.targets.map((target) => listed(redfishTarget(target))), ...ipmi.targets.map(ipmiTarget)],
    drill: true,
  });
  if (options.runbook === undefined) await writeFile(join(site, 'runbooks', 'bmc-compromise.yaml'), RUNBOOK);
  const store = new FileStore(join(state, 'secrets'));
  for (const { id: name, userName, password } of [...fleet.targets, ...ipmi.targets])
    await store.write(name, { userName, password: Secret.of(password) });
  const connection = await Connection.connect({ address: served.address });
  const client = new Client({ connection, namespace, dataConverter: createDataConverter(await readCodecKey(state)) });
  const workers: Running[] = [];
  const env = { TEMPORAL_ADDRESS: served.address, TEMPORAL_NAMESPACE: namespace, NO_COLOR: '1' };

  const cofferdam = (...args: string[]): Promise<Said> => run('cli', ['--site', site, '--state', state, '--no-input', ...args], { env });
  const keyOf = (person: string): string => join(state, 'people', `${person}.key.asc`);
  const signed = (person: string): string[] => ['--as', person, '--key', keyOf(person), '--reason', 'test'];
  const view = (incident: string): Promise<IncidentView> => client.workflow.getHandle(incidentWorkflowId(incident)).query(incidentQuery);

  return {
    fleet,
    ipmi,
    engine: served,
    namespace,
    folder,
    site,
    state,
    client,
    cofferdam,
    keyOf,
    view,
    workers: () => workers,
    async worker() {
      const worker = await start({
        program: 'worker',
        args: ['--site', site, '--state', state],
        env,
        ready: (line) => (line.includes('worker ready') ? true : null),
      });
      workers.push(worker);
      return worker;
    },
    open: (incident, ...more) => cofferdam('incident', 'open', '--all', '--id', incident, ...signed(CAST.responder), ...more),
    decide: (verb, incident, person, round) =>
      cofferdam('gate', verb, incident, ...(round === undefined ? [] : ['change', '--round', String(round)]), '--yes', ...signed(person)),
    resolve: (incident, step, choice, ...targets) =>
      cofferdam('incident', 'resolve', incident, ...targets, '--step', step, '--choice', choice, ...signed(CAST.responder)),
    async until(incident, wanted, limitMs = 90_000) {
      const giveUpAt = Date.now() + limitMs;
      let last: IncidentView | null = null;
      while (Date.now() < giveUpAt) {
        last = await view(incident).catch(() => last);
        if (last !== null && wanted(last)) return last;
        await pause(150);
      }
      throw new Error(`waited ${String(limitMs)} ms; the last view was ${JSON.stringify(last, null, 1)}`);
    },
    async close() {
      for (const worker of workers) await worker.kill();
      await connection.close();
      await fleet.close();
      await ipmi.close();
      if (engine === undefined) await served.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function zoneOptions({ isolation, integrations }: SceneOptions): Pick<Site['zones'][number], 'isolation' | 'integrations'> {
  return { ...(isolation === undefined ? {} : { isolation }), ...(integrations === undefined ? {} : { integrations }) };
}

/** The open gate of a view. */
export function openGate(view: IncidentView): GateView | undefined {
  return view.gates.find(({ state }) => state === 'open');
}

/** Every request that changes what the drill planted: one line each, so that a line that comes twice was sent twice. */
export function changes(fleet: Fleet): readonly string[] {
  const planted = new Set(fleet.targets.flatMap((target) => target.planted.map(({ uri }) => `${target.id} ${uri}`)));
  return fleet.wire.entries
    .filter(({ method, target, uri }) => method === 'PATCH' || (method === 'DELETE' && planted.has(`${target} ${uri}`)))
    .map(({ target, method, uri }) => `${target} ${method} ${uri}`);
}

function redfishTarget({ id: name, address, pin, serial, uuid, host, class: kind, allow }: FleetTarget): RedfishTarget {
  return { ...common(name), address, protocol: 'redfish', pin, identity: { serial, uuid }, host, class: kind, allow };
}

function ipmiTarget({ id: name, address, guid, host, class: kind, allow }: IpmiFleetTarget): Target {
  const identity = { serial: '', uuid: guid };
  return { ...common(name), address, protocol: 'ipmi', ipmi: { reason: 'test' }, identity, host, class: kind, allow };
}

function common(name: Id<'target'>) {
  return { id: name, zone: ZONE, secret: `vault://file/${name}`, usedBy: [], failureDomain: 'test' };
}
