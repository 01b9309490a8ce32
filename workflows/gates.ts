import { condition } from '@temporalio/workflow';
import type { GateView } from '../lib/model/incident.js';
import { time, type Digest, type Id } from '../lib/model/json.js';
import type { Counts } from '../lib/model/plan.js';
import { tally, type CountedDecision } from '../lib/model/quorum.js';
import type { Refusal } from '../lib/model/refusals.js';
import type { GatePolicy, Person } from '../lib/model/policy.js';
import type { Decision } from '../lib/model/statement.js';
import type { GateTerms } from '../lib/model/work.js';
import type { Notices } from './notices.js';

/** What a gate is asked about. */
export interface Question {
  readonly gate: Id<'gate'>;
  readonly step: Id<'step'>;
  readonly round: number;
  readonly root: GateView['root'];
  readonly counts: Counts;
  readonly targets: number;
  /** Who asks; whoever launched, unless somebody else does. */
  readonly requester?: Id<'person'>;
}

interface Round {
  readonly question: Question;
  readonly terms: GateTerms;
  readonly decisions: CountedDecision[];
  state: GateView['state'];
}

/** The gates of one incident: rounds of signed decisions. It counts what was verified elsewhere and decides nothing that the executor does not decide again. */
export class Gates {
  readonly #rounds: Round[] = [];
  readonly #people: readonly Person[];
  readonly #requester: Id<'person'>;
  readonly #launch: Digest<'statement'>;
  readonly #policyDigest: Digest<'policy'>;
  readonly #notices: Notices;

  constructor(
    people: readonly Person[],
    requester: Id<'person'>,
    launch: Digest<'statement'>,
    policyDigest: Digest<'policy'>,
    notices: Notices,
  ) {
    this.#people = people;
    this.#requester = requester;
    this.#launch = launch;
    this.#policyDigest = policyDigest;
    this.#notices = notices;
  }

  get views(): readonly GateView[] {
    return this.#rounds.map((round) => this.#view(round));
  }

  /** Opens a round and waits until it is decided or its time is over, or `interrupted` says that nobody needs the answer any more. */
  async ask(question: Question, terms: GateTerms, interrupted: () => boolean): Promise<'approved' | 'denied' | 'expired' | 'superseded'> {
    const round: Round = { question, terms, decisions: [], state: 'open' };
    this.#rounds.push(round);
    const { gate, step, round: number, targets } = question;
    const facts = { gate, step, round: number, targets };
    this.#notices.tell('gate-opened', facts);
    const left = Math.max(0, Date.parse(terms.decideBy) - Date.now());
    const inTime = await condition(() => round.state !== 'open' || interrupted(), left);
    if (round.state === 'open') round.state = inTime ? 'superseded' : 'expired';
    if (round.state === 'expired') this.#notices.tell('gate-expired', facts);
    else this.#notices.tell('gate-decided', { ...facts, state: round.state === 'superseded' ? 'cancelled' : round.state });
    return round.state;
  }

  /** Synchronous and read-only: what can be said about a decision before its signature is verified. */
  refuse(decision: Decision): { readonly code: Refusal; readonly why: string } | null {
    const round = this.#find(decision);
    if (round === undefined) return { code: 'WRONG_GATE', why: `no gate ${decision.gate} has been opened` };
    const { question } = round;
    if (decision.launch !== this.#launch) return { code: 'WRONG_LAUNCH', why: 'the statement binds another launch' };
    if (decision.policy !== this.#policyDigest) return { code: 'WRONG_POLICY', why: 'the statement binds another policy' };
    if (decision.round !== question.round) return { code: 'WRONG_ROUND', why: `round ${String(question.round)} is open` };
    if (decision.root !== question.root) return { code: 'WRONG_ROOT', why: 'the statement approves other plans than those at this gate' };
    if (!sameCounts(decision.counts, question.counts))
      return { code: 'WRONG_COUNTS', why: 'the counts are not those of the plans at this gate' };
    if (round.state !== 'open') return { code: 'GATE_CLOSED', why: `this round is ${round.state}` };
    if (round.terms.policy.requesterExcluded && decision.by === this.#requesterOf(question))
      return { code: 'REQUESTER_EXCLUDED', why: 'whoever asks may not decide: who launched the incident, or asked to add targets to it' };
    if (round.decisions.some((earlier) => earlier.person === decision.by))
      return {
        code: 'ALREADY_DECIDED',
        why: `${decision.by} has decided in this round; a second statement of the same person does not count`,
      };
    return null;
  }

  /** Counts a verified decision; the caller has asked {@link refuse} again after the verification, which took time. */
  count(decision: Decision, statement: Digest<'statement'>): GateView {
    const round = this.#find(decision);
    if (round === undefined) throw new RangeError(`no gate ${decision.gate}`);
    round.decisions.push({ person: decision.by, verb: decision.verb, statement });
    round.state = tally(round.terms.policy, this.#people, this.#requesterOf(round.question), round.decisions).state;
    return this.#view(round);
  }

  #requesterOf({ requester }: Question): Id<'person'> {
    return requester ?? this.#requester;
  }

  #find(decision: Decision): Round | undefined {
    const rounds = this.#rounds.filter((round) => round.question.gate === decision.gate);
    return rounds.find((round) => round.question.round === decision.round) ?? rounds.at(-1);
  }

  #view({ question: { requester: _, ...question }, terms, decisions, state }: Round): GateView {
    const by = (verb: CountedDecision['verb']): GateView['approvals'] =>
      decisions.filter((decision) => decision.verb === verb).map(({ person, statement }) => ({ person, statement }));
    return { ...question, ...terms, state, approvals: by('approve'), denials: by('deny') };
  }
}

/** The terms of a round opened now. */
export function termsFrom(policy: GatePolicy): GateTerms {
  const now = Date.now();
  return {
    policy,
    openedAt: time(now),
    decideBy: time(now + policy.decisionExpiresAfter * 60_000),
    executeBy: time(now + policy.executionExpiresAfter * 60_000),
  };
}

function sameCounts(a: Counts, b: Counts): boolean {
  const entries = Object.entries(b);
  const given = new Map(Object.entries(a));
  return given.size === entries.length && entries.every(([name, value]) => given.get(name) === value);
}
