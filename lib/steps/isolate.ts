import type { Enforcer, InForce } from '../isolation/enforcer.js';
import { IsolationError } from '../isolation/error.js';
import { adviceFor, answersFor } from '../isolation/dependencies.js';
import { holds, readNetwork } from '../isolation/networks.js';
import { ownAddressTowards } from '../isolation/own-address.js';
import { readEndpoint } from '../isolation/endpoint.js';
import { namedTargets, rulesFor } from '../isolation/rules.js';
import type { FindingCode } from '../model/finding.js';
import type { Rules } from '../model/isolation.js';
import type { Id } from '../model/json.js';
import type { Operation } from '../model/operation.js';
import type { EnforcerTerms, Isolation } from '../model/isolation-terms.js';
import type { Target } from '../model/site.js';
import { canonical } from '../trust/canonical.js';
import { blockedPaths, reachPaths, type Tries } from './isolate/paths.js';
import { cutLine, disarmLine, instructionFor, releaseInstructionFor, triesLine } from './isolate/text.js';

export interface IsolationRequest {
  readonly zone: Id<'zone'>;
  readonly isolation: Isolation;
  /** The enforcer that this plan is for: one of the zone's. */
  readonly terms: EnforcerTerms;
  readonly incident: Id<'incident'>;
  /** The incident's targets of this zone. */
  readonly targets: readonly Target[];
  readonly enforcer: Enforcer;
  readonly signal: AbortSignal;
}

export interface IsolationPlan {
  readonly operations: readonly Omit<Operation, 'n'>[];
  /** For people, beside the plan: what it rests on, and what it cannot do. */
  readonly notes: readonly string[];
  /** Who the enforcer says it is. */
  readonly identity: string;
  readonly findings: readonly { readonly code: FindingCode; readonly advice: string }[];
}

/** How long the gateway waits for the proof that responders still get in, before it lets `fallback` in as well. */
const ARMED_FOR_S = 120;
const PROBE_MS = 20_000;
const NETWORK_LIMIT_MS = 90_000;
const PERSON_LIMIT_MS = 24 * 3_600_000;

/**
 * Plans how one enforcer cuts its zone off: rules with a running timer, the proof that responders still get in, the same rules without the timer, and
 * the proof that nobody else does. Reads only. Throws IsolationError: RULES_REFUSED before anything else when the lists would lock responders out or let
 * everybody in, ANOTHER_INCIDENT when the enforcer serves another one.
 */
export async function planIsolation(request: IsolationRequest): Promise<IsolationPlan> {
  const { isolation, terms, incident, targets, enforcer, signal } = request;
  const rules = rulesFor({ incident, isolation, targets });
  signal.throwIfAborted();
  const identity = await enforcer.identify();
  const inForce = await enforcer.inForce();
  if (inForce.rules !== null && inForce.rules.incident !== incident)
    throw new IsolationError('ANOTHER_INCIDENT', `${terms.name} enforces the rules of ${inForce.rules.incident}; release those first`);
  if (terms.kind !== 'paste') await enforcer.check(rules);
  signal.throwIfAborted();
  const reach = reachPaths(isolation, terms);
  const blocked = blockedPaths(isolation, terms, rules, targets);
  return {
    operations: [
      ...(terms.kind === 'paste' ? byHand(request, terms, rules, reach) : byRules(request, rules, inForce, reach)),
      probe(blocked, triesLine(blocked)),
    ],
    notes: await notesFor(request, reach),
    identity,
    findings: findingsFor(isolation, terms, inForce),
  };
}

function byRules(
  { zone, terms, targets }: IsolationRequest,
  rules: Rules,
  inForce: InForce,
  reach: Tries,
): readonly Omit<Operation, 'n'>[] {
  const isThere = inForce.intact && !inForce.armed && canonical(inForce.rules) === canonical(rules);
  const responders = probe(reach, triesLine(reach));
  if (isThere) return [responders];
  return [
    {
      ...COMMON,
      send: { kind: 'network', rules, armedForS: ARMED_FOR_S },
      line: cutLine({ zone, terms, targets: targets.length, rules, armedForS: ARMED_FOR_S }),
      limitMs: NETWORK_LIMIT_MS,
      destroys: ['network'],
      undo: { send: { kind: 'network', rules: inForce.rules, armedForS: null }, after: [] },
    },
    responders,
    {
      ...COMMON,
      send: { kind: 'network', rules, armedForS: null },
      line: disarmLine(terms),
      limitMs: NETWORK_LIMIT_MS,
      destroys: ['network'],
      undo: null,
    },
  ];
}

function byHand(
  { zone, targets }: IsolationRequest,
  terms: EnforcerTerms & { readonly kind: 'paste' },
  rules: Rules,
  reach: Tries,
): readonly Omit<Operation, 'n'>[] {
  return [
    {
      ...COMMON,
      send: { kind: 'manual', instruction: instructionFor(terms, rules) },
      line: `by hand: ${cutLine({ zone, terms, targets: targets.length, rules, armedForS: null })}`,
      limitMs: PERSON_LIMIT_MS,
      proof: { by: 'act', witness: 'statement' },
      destroys: ['network'],
      undo: { send: { kind: 'manual', instruction: releaseInstructionFor(terms, rules.incident) }, after: [] },
    },
    probe(reach, triesLine(reach)),
  ];
}

function probe({ paths, unprobed }: Tries, line: string): Omit<Operation, 'n'> {
  return {
    ...COMMON,
    send: { kind: 'probe', paths, unprobed, budgetMs: PROBE_MS },
    line,
    limitMs: PROBE_MS + 10_000,
    destroys: [],
    undo: null,
  };
}

const COMMON = { version: 1, before: [], after: [], proof: { by: 'state' }, impact: 'none' } as const;

function findingsFor(isolation: Isolation, { name }: EnforcerTerms, { rules, intact }: InForce): IsolationPlan['findings'] {
  const unanswered = answersFor(isolation).filter(({ is }) => is === 'unanswered');
  return [
    ...(rules === null || intact
      ? []
      : [
          {
            code: 'CONTAINMENT_CHANGED',
            advice: `the rules of this incident at ${name} are not what was put there: somebody changed them`,
          } as const,
        ]),
    ...unanswered.map(({ dependency }) => ({ code: 'DEPENDENCY_UNANSWERED', advice: adviceFor(dependency) }) as const),
  ];
}

async function notesFor({ isolation, terms, targets }: IsolationRequest, reach: Tries): Promise<readonly string[]> {
  const named = namedTargets(targets).map(({ id }) => id);
  return [
    ...answersFor(isolation).flatMap(({ dependency, is, because }) => (is === 'unanswered' ? [] : [`${dependency}: ${is}, ${because}`])),
    ...(await ownAddressNote(isolation, terms)),
    ...(isolation.fallback.length > 0 || terms.kind === 'paste'
      ? []
      : ['there is no fallback: when the timer runs out it lets nobody else in']),
    ...(reach.paths.length > 0 || terms.kind === 'paste'
      ? []
      : ['nobody can show that responders still get in: nothing will disarm the timer, and the fallback is let in once it runs out']),
    ...(named.length === 0
      ? []
      : [
          `${String(named.length)} targets are named and not addressed (as ${named.slice(0, 3).join(', ')}): that they lie in the segment is not known`,
        ]),
  ];
}

/** The worker that goes on with the incident must be let in itself. Behind an address translation it looks otherwise, so this is for people to judge. */
async function ownAddressNote({ responders }: Isolation, { gateway }: EnforcerTerms): Promise<readonly string[]> {
  const endpoint = readEndpoint(gateway);
  const own = endpoint === null ? null : await ownAddressTowards(endpoint);
  const address = own === null ? null : readNetwork(own);
  if (own === null || address === null || own === endpoint?.to) return [];
  const isIn = responders.some((text) => {
    const network = readNetwork(text);
    return network !== null && holds(network, address);
  });
  return isIn
    ? []
    : [`this worker's own address ${own} is not among the responders: unless it looks otherwise from there, it locks itself out`];
}
