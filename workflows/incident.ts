import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  setDefaultSignalHandler,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { GateView, IncidentView } from '../lib/model/incident.js';
import { type Digest, id } from '../lib/model/json.js';
import { NO_COUNTS } from '../lib/model/plan.js';
import { launchGate } from '../lib/model/quorum.js';
import { readStatement } from '../lib/model/read-statement.js';
import { isRefused } from '../lib/model/refused.js';
import type { SignedStatement, Statement } from '../lib/model/statement.js';
import type { Case, Opened } from '../lib/model/work.js';
import { Gates, termsFrom } from './gates.js';
import { Ledger } from './ledger.js';
import { incidentQuery, statementUpdate, type Delivered, type IncidentInput } from './messages.js';
import { watchWorkers } from './no-worker.js';
import { Notices } from './notices.js';
import { Roster, type Asked } from './roster.js';
import { homeOf, openZones, recordCase, sealCase, storeEverywhere } from './case.js';
import { Phases } from './phases.js';
import { containmentSignal } from './watch.js';
import { refuseLate, refuseStatement } from './statements.js';

/** How many messages that did not authenticate are let in to be counted; later ones are dropped without a trace in the history. */
const COUNTED_REFUSALS = 50;

/** One response: opens, runs the runbook's phases, takes signed statements, seals the case. Cancel is a signed statement; the engine's own cancel request changes nothing. */
export async function incident(input: IncidentInput): Promise<IncidentView> {
  return CancellationScope.nonCancellable(() => respond(input));
}

async function respond(input: IncidentInput): Promise<IncidentView> {
  const roster = new Roster(input);
  let opened: Opened | null = null;
  let known: Case | null = null;
  let phases: Phases | null = null;
  let gates: Gates | null = null;
  let ledger: Ledger | null = null;
  let notices: Notices | null = null;
  let refusedMessages = 0;
  let state: IncidentView['state'] = 'opening';
  let outcome: IncidentView['outcome'] = null;
  let refusal: IncidentView['refusal'] = null;

  const view = (): IncidentView => ({
    incident: input.incident,
    launch: opened?.launch ?? null,
    requester: opened?.requester ?? null,
    reason: opened?.reason ?? '',
    state: stateNow(),
    outcome,
    refusal,
    targets: roster.targets.length,
    phases: ledger?.phases ?? [],
    gates: gates?.views ?? [],
    parked: ledger?.parked ?? [],
    containment: phases?.containment ?? [],
    trusted: ledger?.trusted ?? [],
    added: roster.added,
    turn: roster.turn,
    refusedMessages,
  });
  setHandler(incidentQuery, view);
  setDefaultSignalHandler(() => {
    refusedMessages++;
  });
  setHandler(containmentSignal, (signal) => {
    if (isRefused(signal) || signal.incident !== input.incident) refusedMessages++;
    else phases?.seen(signal.containment);
  });
  setHandler(statementUpdate, deliver, { validator: validate });

  try {
    opened = await openZones(input);
  } catch (error) {
    refusal = refusalOf(error);
    return end('refused');
  }
  known = { incident: input.incident, launch: opened.launch, home: homeOf(input) };
  ledger = new Ledger(opened.runbook);
  notices = new Notices(known, opened.notifications);
  gates = new Gates(opened.people, opened.requester, opened.launch, opened.policyDigest, notices);
  phases = new Phases(roster, opened, known, gates, ledger, notices);
  state = 'running';
  notices.tell('incident-opened', { targets: roster.targets.length });
  watchWorkers(
    input.zones.map(({ zone }) => zone),
    notices,
    () => !phases.idle,
  );

  if ((await cosigned(opened, gates, roster.targets.length)) === 'approved') await phases.runAll();
  else phases.abandon();
  const over = isOver(phases, ledger);
  // Looked at again in the very step in which it closes: whoever is taken in at the last moment is not closed away.
  while (!over()) await condition(over);
  const unsealed = await phases.close();
  const result = phases.cancelled ? 'cancelled' : ledger.exceptions || unsealed > 0 ? 'done-with-exceptions' : 'done';
  const { started, delivered, undelivered, withheld } = notices.counts;
  const told = { notices: started, noticesDelivered: delivered, noticesUndelivered: undelivered, noticesWithheld: withheld };
  await recordCase(known, 'incident.ended', { outcome: result, refusedMessages, unsealed, ...told });
  await sealCase(roster, known, opened.enforcers);
  return end(result);

  function stateNow(): IncidentView['state'] {
    if (state === 'running' && needsHuman(gates, ledger)) return 'waiting';
    return (state === 'running' || state === 'cancelling') && phases?.idle === true && ledger?.holds === true ? 'contained' : state;
  }

  function validate(signed: SignedStatement): void {
    if (isRefused(signed)) {
      if (refusedMessages >= COUNTED_REFUSALS) refuse('NOT_AUTHENTIC', 'the payload did not authenticate');
      return;
    }
    const { statement } = parse(signed);
    const problem = refuseStatement(statement, { roster, opened, gates, ledger, phases });
    if (problem !== null) refuse(problem.code, problem.why);
  }

  async function deliver(signed: SignedStatement): Promise<Delivered> {
    if (isRefused(signed)) {
      refusedMessages++;
      return refuse('NOT_AUTHENTIC', 'the payload did not authenticate; it was dropped and counted');
    }
    const { statement } = parse(signed);
    if (known === null) return refuse('WRONG_LAUNCH', 'the incident is still opening; send the statement again in a moment');
    if (statement.verb === 'add') return take(roster.ask(statement), signed, known);
    const { digest } = await storeEverywhere(input, known, signed);
    // Verifying took time: the round may have closed, or the same person may have decided, in between.
    const problem = refuseStatement(statement, { roster, opened, gates, ledger, phases });
    if (problem !== null) refuse(problem.code, problem.why);
    return { statement: digest, gate: apply(statement, digest) };
  }

  async function take(asked: Asked, signed: SignedStatement, about: Case): Promise<Delivered> {
    try {
      asked.stored = await storeEverywhere(input, about, signed);
      const problem = refuseLate(phases);
      if (problem !== null) refuse(problem.code, problem.why);
    } catch (error) {
      asked.state = 'denied';
      throw error;
    }
    phases?.add(asked, asked.stored.digest);
    return { statement: asked.stored.digest, gate: null };
  }

  function apply(statement: Statement, digest: Digest<'statement'>): GateView | null {
    switch (statement.verb) {
      case 'approve':
      case 'deny':
        return gates?.count(statement, digest) ?? null;
      case 'resolve':
        phases?.resolve(statement, digest);
        return null;
      case 'trust':
        ledger?.trust({ target: statement.target, pin: statement.pin, by: statement.by, statement: digest });
        return null;
      case 'cancel':
        state = 'cancelling';
        phases?.cancel();
        return null;
      case 'release':
        phases?.release(statement, digest);
        return null;
      case 'complete':
        phases?.complete(statement);
        return null;
      case 'launch':
      case 'add':
        return refuse('STATEMENT_MALFORMED', `a ${statement.verb} is not applied here`);
    }
  }

  async function end(how: NonNullable<IncidentView['outcome']>): Promise<IncidentView> {
    outcome = how;
    state = 'ended';
    if (how !== 'refused') notices?.tell('incident-ended', { state: how, targets: roster.targets.length });
    upsertSearchAttributes({ CofferdamState: [how] });
    await notices?.allStarted();
    await condition(allHandlersFinished);
    return view();
  }
}

/**
 * A parked target holds the incident open, and so does what was resolved and is catching up. So does what contains: neither the end of the
 * runbook nor a cancel lifts it, and only to an open incident a release can be signed.
 */
function isOver(phases: Phases, ledger: Ledger): () => boolean {
  return () => phases.idle && (ledger.parked.length === 0 || phases.cancelled) && !ledger.holds;
}

async function cosigned(opened: Opened, gates: Gates, targets: number): Promise<string> {
  const { launch } = opened.policy;
  if (targets <= launch.cosignersAbove || launch.cosigners === 0) return 'approved';
  return gates.ask(
    { gate: id('launch'), step: id('launch'), round: 0, root: opened.launch, counts: NO_COUNTS, targets },
    termsFrom(launchGate(launch)),
    () => false,
  );
}

function parse(signed: SignedStatement): { readonly statement: Statement } {
  const read = readStatement(signed.text);
  return 'refusal' in read ? refuse(read.refusal, read.why) : read;
}

function refuse(code: string, why: string): never {
  throw ApplicationFailure.nonRetryable(why, code);
}

function refusalOf(error: unknown): NonNullable<IncidentView['refusal']> {
  const cause = error instanceof Error && error.cause instanceof ApplicationFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return { code: cause.type ?? 'UNKNOWN', message: cause.message };
  return { code: 'UNKNOWN', message: cause instanceof Error ? cause.message : 'no reason given' };
}

function needsHuman(gates: Gates | null, ledger: Ledger | null): boolean {
  return (ledger?.parked.length ?? 0) > 0 || (gates?.views.some((gate) => gate.state === 'open') ?? false);
}
