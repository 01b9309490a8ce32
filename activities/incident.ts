import type { CaseEvent } from '../lib/model/case-event.js';
import { CLOCK_SKEW_MS } from '../lib/model/clock-skew.js';
import { time, type Digest, type Id } from '../lib/model/json.js';
import { CATCH_UP_MS, launches, repeatable, timeOf } from '../lib/model/occurrence.js';
import { launchGate, mayDecide, mayLaunch, mayRelease, maySteer, mayTrust } from '../lib/model/quorum.js';
import type { SealRef } from '../lib/evidence/format.js';
import type { SealHead } from '../lib/evidence/types.js';
import type { Runbook } from '../lib/model/runbook.js';
import { STEP_TABLE } from '../lib/model/steps.js';
import type { Add, Launch, SignedStatement, Statement, Trust } from '../lib/model/statement.js';
import type { Case, OpenInput, Opened, Stored, StoreInput } from '../lib/model/work.js';
import { snapshotSite } from '../lib/site/snapshot.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { openStatements } from '../lib/store/statements.js';
import { verifyStatement, type Keyring, type VerifiedStatement } from '../lib/trust/statement.js';
import { digestOf } from '../lib/trust/canonical.js';
import { final } from './failures.js';
import { allHeads, headsOf, keepForeignHeads } from './heads.js';
import { activity } from './run.js';
import { withCase } from './held.js';
import { decisionsOf } from './target.js';
import type { Zone } from './zone.js';

/** Opening, statements and the case's own series. */
export function createIncidentActivities(zone: Zone) {
  return {
    /** Verifies the launch against this zone's own site directory and takes its snapshot. Repeating it changes nothing. */
    openIncident: activity(async (input: OpenInput, run): Promise<Opened> => {
      const { loaded, verified, launch, runbook } = await accept(zone, input, requireIts);
      await requireUnfrozen(zone, input);
      const layout = zone.layout.incident(input.incident);
      await snapshotSite(loaded, layout.site);
      await store(zone, input.incident, input.launch, verified);
      const known: Case = { incident: input.incident, launch: verified.digest, home: input.home };
      if (input.home === zone.id) await keep(zone, known, input.launch, verified, run.signal);
      return {
        launch: verified.digest,
        requester: verified.person,
        reason: launch.reason,
        policy: loaded.site.policy,
        policyDigest: loaded.policyDigest,
        people: loaded.site.people,
        runbook,
        enforcers: enforcersOf(loaded),
        notifications: loaded.site.notifications.map(({ id: endpoint, events }) => ({ endpoint, events })),
      };
    }),

    /**
     * Verifies the launch of a schedule as each of its occurrences will be, and keeps the site that it binds: whom to tell when one is refused.
     * Opens nothing. Repeating it changes nothing.
     */
    enlist: activity(async (input: OpenInput): Promise<void> => {
      const { loaded, verified } = await accept(zone, input, requireSchedule);
      await snapshotSite(loaded, zone.layout.schedule(verified.digest));
    }),

    /** Verifies a later statement against the snapshot, checks that its signer may say it, and stores it before it counts. */
    storeStatement: activity(async (input: StoreInput, run): Promise<Stored> => {
      const snapshot = await zone.snapshot(input.case.incident);
      const verified = await verify(input.statement, await checkTrustRoot(snapshot, zone.config.trustRoot));
      requireAllowed(verified, snapshot, input.case, await requesterOf(zone, input.case, verified.statement));
      if (verified.statement.verb === 'trust') await requireFits(zone, snapshot, verified.statement, verified.digest);
      if (verified.statement.verb === 'add') await requireAddable(zone, snapshot, verified.statement);
      await store(zone, input.case.incident, input.statement, verified);
      if (input.case.home === zone.id) await keep(zone, input.case, input.statement, verified, run.signal);
      return { digest: verified.digest, statement: verified.statement, signed: await offered(zone, input.statement, verified.statement) };
    }),

    /** Appends an event of the incident to the case's custody log. */
    recordCase: activity(async (input: { case: Case; event: CaseEvent }, run): Promise<void> => {
      await withCase(zone, input.case, `record ${input.event.type}`, run.signal, (series) =>
        series.record(input.event.type, input.event.data),
      );
    }),

    /** The last seals of this zone's targets, for the closing seal of the case in another zone. */
    seriesHeads: activity(async (input: { case: Case; targets: readonly Id<'target'>[] }) => headsOf(zone, input.case, input.targets)),

    keepHeads: activity(async (input: { case: Case; heads: readonly SealHead[] }): Promise<void> => {
      await keepForeignHeads(zone, input.case, input.heads);
    }),

    /** Seals the case for good; the seal lists the head of every series. */
    sealCase: activity(async (input: { case: Case }, run): Promise<SealRef | null> =>
      withCase(zone, input.case, 'seal', run.signal, async (series) =>
        series.seal({ final: true, heads: await allHeads(zone, input.case), atLeast: null }),
      ),
    ),
  };
}

async function verify(signed: SignedStatement, keyring: Keyring): Promise<VerifiedStatement> {
  return verifyStatement(signed, keyring, new Date(Date.now() + CLOCK_SKEW_MS));
}

interface Accepted {
  readonly loaded: LoadedSite;
  readonly verified: VerifiedStatement;
  readonly launch: Launch;
  readonly runbook: Runbook;
}

/** A launch that binds this zone's site directory as it is now, by somebody who may launch; `isIts` throws when it is about something else. */
async function accept(zone: Zone, input: OpenInput, isIts: (launch: Launch, input: OpenInput) => void): Promise<Accepted> {
  const loaded = await loadSite(zone.siteDir);
  const verified = await verify(input.launch, await checkTrustRoot(loaded, zone.config.trustRoot));
  const { statement } = verified;
  if (statement.verb !== 'launch') throw final('STATEMENT_MALFORMED', `an incident opens with a launch, not with ${statement.verb}`);
  isIts(statement, input);
  const launch = requireLaunch(verified, statement, input, loaded);
  const found = Object.values(loaded.runbooks).find((candidate) => candidate.digest === launch.runbook);
  if (found === undefined) throw siteDiffers('the runbook of the launch is not in this zone’s site directory');
  if (launch.repeats !== undefined && !repeatable(found.runbook))
    throw final('NOT_ALLOWED', `the runbook ${found.runbook.name} isolates or freezes, and what does is launched by a person each time`);
  return { loaded, verified, launch, runbook: found.runbook };
}

/** One incident owns a target; a second one would fight it, so it does not even open. */
async function requireUnfrozen(zone: Zone, { incident, targets }: Pick<OpenInput, 'incident' | 'targets'>): Promise<void> {
  for (const target of targets) {
    const held = await zone.leases.get(target);
    if (held !== null && held.incident !== incident)
      throw final('LEASE_HELD', `${target} is frozen by incident ${held.incident}; work there, or release it first`);
  }
}

function enforcersOf({ site }: LoadedSite): Opened['enforcers'] {
  return site.zones.flatMap(({ id: zone, isolation }) =>
    (isolation?.enforcers ?? []).map(({ name }) => ({ zone, name, watchSeconds: isolation?.watchSeconds ?? 0 })),
  );
}

function requireLaunch({ person }: VerifiedStatement, statement: Launch, input: OpenInput, site: LoadedSite): Launch {
  if (statement.site !== site.digest)
    throw siteDiffers(`the launch binds ${statement.site.slice(0, 12)}…, this worker has ${site.digest.slice(0, 12)}…`);
  if (statement.policy !== site.policyDigest) throw final('WRONG_POLICY', 'the launch binds another policy than this worker’s');
  if (statement.stepTable !== STEP_TABLE)
    throw final(
      'WRONG_POLICY',
      `the launch was made for step table ${String(statement.stepTable)}, this worker has ${String(STEP_TABLE)}: use one version`,
    );
  if (!mayLaunch(site.site.policy, site.site.people, person))
    throw final('NOT_ALLOWED', `${person} has no role that may launch an incident`);
  if (statement.person !== undefined && !site.site.people.some(({ id }) => id === statement.person))
    throw final('STATEMENT_MALFORMED', `the launch is about ${statement.person}, whom the site does not know`);
  const launched = new Set<string>(statement.targets);
  const here = site.inventory.targets.filter((target) => target.zone === input.zone);
  const mine = here.map((target) => target.id).filter((target) => launched.has(target));
  if (mine.length !== input.targets.length || !input.targets.every((target) => mine.includes(target)))
    throw final('UNKNOWN_TARGET', `the targets asked of zone ${input.zone} are not those of the signed launch in this zone`);
  return statement;
}

/** What `schedule add` asks about. */
function requireSchedule(launch: Launch, { incident }: OpenInput): void {
  if (launch.repeats === undefined || launch.incident !== incident)
    throw final('OFF_SCHEDULE', `the launch is none of a schedule ${incident}`);
}

/** The launch's own incident; or, when it repeats, the occurrence of now: neither one to come nor one that was missed is caught up days later. */
function requireIts(launch: Launch, { incident }: OpenInput): void {
  const now = Date.now();
  if (launch.repeats === undefined && launch.incident !== incident) throw final('WRONG_INCIDENT', `the launch is about ${launch.incident}`);
  if (!launches(launch, incident, now + CLOCK_SKEW_MS))
    throw final('OFF_SCHEDULE', `the schedule ${launch.incident} opens no incident ${incident}, or not yet`);
  const at = timeOf(launch, incident);
  if (at !== null && now > at + CATCH_UP_MS)
    throw final('OFF_SCHEDULE', `${incident} was to open at ${time(at)} and may no longer: the next occurrence takes its place`);
}

function requireAllowed(verified: VerifiedStatement, site: LoadedSite, known: Case, requester: Id<'person'>): void {
  const { statement, person } = verified;
  const { policy, people } = site.site;
  if (statement.incident !== known.incident) throw final('WRONG_INCIDENT', `the statement is about ${statement.incident}`);
  if (statement.verb === 'launch' || statement.launch !== known.launch) throw final('WRONG_LAUNCH', 'the statement binds another launch');
  if (statement.verb === 'resolve' || statement.verb === 'cancel' || statement.verb === 'complete') {
    if (!maySteer(policy, people, person)) throw final('NOT_ALLOWED', `${person} has no role that may ${statement.verb}`);
    return;
  }
  if (statement.verb === 'add') {
    if (!mayLaunch(policy, people, person))
      throw final('NOT_ALLOWED', `${person} has no role that may launch, and so none that may add targets`);
    return;
  }
  if (statement.verb === 'trust') {
    if (!mayTrust(policy, people, requester, person))
      throw final('NOT_ALLOWED', `${person} may not vouch for a key: that takes a role that may decide at a gate`);
    return;
  }
  if (statement.verb === 'release') {
    if (!mayRelease(policy, people, requester, person))
      throw final('NOT_ALLOWED', `${person} may not lift containment: that takes a role that may decide at a gate`);
    return;
  }
  const gate = statement.gate === 'launch' ? launchGate(policy.launch) : policy.gates[statement.gate];
  if (gate === undefined) throw final('WRONG_GATE', `the policy knows no gate ${statement.gate}`);
  if (gate.requesterExcluded && person === requester)
    throw final('REQUESTER_EXCLUDED', 'whoever asks may not decide: who launched the incident, or asked to add targets to it');
  if (!mayDecide(gate, people, requester, person))
    throw final('NOT_ALLOWED', `${person} has no role that may decide at the gate ${statement.gate}`);
}

/** A statement about keys that are no longer those in force was signed from an old view. One that is stored already is a repetition. */
async function requireFits(zone: Zone, snapshot: LoadedSite, statement: Trust, digest: Digest<'statement'>): Promise<void> {
  const listed = snapshot.inventory.targets.find(({ id }) => id === statement.target);
  if (listed?.protocol !== 'redfish')
    throw final('UNKNOWN_TARGET', `${statement.target} is no target with a TLS key in the inventory of this incident`);
  const before = await openStatements(zone.layout.incident(statement.incident).statements).list();
  if (before.some((stored) => stored.digest === digest)) return;
  const newest = await decisionsOf(zone, statement.incident, statement.target).newest();
  const [last] = newest;
  // Two people may have trusted two keys at once: then neither is in force, and whoever replaces either settles it.
  const inForce = last === undefined ? [listed.pin] : newest.map(({ pin }) => pin);
  const turn = last === undefined ? 0 : last.turn + 1;
  if (inForce.includes(statement.replaces) && statement.turn === turn) return;
  throw final('WRONG_PIN', `the statement replaces ${statement.replaces ?? 'no key'}, in force is ${inForce.join(' or ') || 'no key'}`);
}

/** Each target is what the incident's own snapshot of the inventory says, and nobody else's. */
async function requireAddable(zone: Zone, { inventory }: LoadedSite, { incident, targets }: Add): Promise<void> {
  for (const { target, zone: place, record } of targets) {
    const listed = inventory.targets.find(({ id }) => id === target);
    if (listed === undefined)
      throw final('RECORD_DIFFERS', `${target} was not in the inventory when the incident opened, and its launch binds that one`);
    if (listed.zone !== place || digestOf(listed) !== record)
      throw final('RECORD_DIFFERS', `${target} is another record in the inventory that the launch binds than in the one that was signed`);
  }
  await requireUnfrozen(zone, { incident, targets: targets.flatMap((one) => (one.zone === zone.id ? [one.target] : [])) });
}

/** Desks check by themselves who added a target before they sign plans for it; the other statements they need not see. */
async function offered(zone: Zone, signed: SignedStatement, { verb }: Statement): Promise<Stored['signed']> {
  return verb === 'add' ? zone.objects.put<'signed-statement'>({ text: signed.text, signature: signed.signature }) : null;
}

/** Who launched; at the gate of targets that were asked for later, who asked. */
async function requesterOf(zone: Zone, known: Case, about: Statement): Promise<Id<'person'>> {
  const stored = await openStatements(zone.layout.incident(known.incident).statements).list();
  const asks = 'root' in about && about.gate === 'launch' ? stored.find(({ digest }) => digest === about.root) : undefined;
  if (asks?.stored.verb === 'add') return asks.stored.person;
  const launch = stored.find(({ digest }) => digest === known.launch);
  if (launch === undefined)
    throw final('WRONG_LAUNCH', `zone ${zone.id} has not stored the launch of ${known.incident}; its store was changed or replaced`);
  return launch.stored.person;
}

async function store(zone: Zone, incident: Id<'incident'>, signed: SignedStatement, verified: VerifiedStatement): Promise<void> {
  const { person, fingerprint } = verified;
  const stored = { ...signed, verb: verified.statement.verb, person, fingerprint, storedAt: time(Date.now()) };
  await openStatements(zone.layout.incident(incident).statements).put(stored);
}

async function keep(zone: Zone, known: Case, signed: SignedStatement, verified: VerifiedStatement, signal: AbortSignal): Promise<void> {
  const { statement, person, fingerprint, digest } = verified;
  await withCase(zone, known, `keep ${digest}`, signal, (series) =>
    series.keepStatement(digest, signed, { verb: statement.verb, person, fingerprint }),
  );
}

function siteDiffers(what: string): Error {
  return final(
    'SITE_DIFFERS',
    `desk and worker have different site directories (${what}): bring both to the same commit and open the incident again`,
  );
}
