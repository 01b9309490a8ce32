import { enforcerIdentity } from '../lib/isolation/identity.js';
import { openEnforcer } from '../lib/isolation/open.js';
import { undoText } from '../lib/isolation/undo-text.js';
import { probePaths } from '../lib/isolation/probe.js';
import { stageFile } from '../lib/isolation/witness.js';
import { FINDINGS, type Finding } from '../lib/model/finding.js';
import type { Planned } from '../lib/model/incident.js';
import type { Containment, ProbedPath, Rules } from '../lib/model/isolation.js';
import { time, type Id } from '../lib/model/json.js';
import type { Operation } from '../lib/model/operation.js';
import type { Plan } from '../lib/model/plan.js';
import { mayRelease } from '../lib/model/quorum.js';
import { readStatement } from '../lib/model/read-statement.js';
import type { Case, GateRef, TargetInput } from '../lib/model/work.js';
import { addedTargets } from '../lib/operations/added.js';
import { said } from '../lib/operations/said.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { openStatements } from '../lib/store/statements.js';
import { planIsolation } from '../lib/steps/isolate.js';
import { keepPlan } from '../lib/steps/plan.js';
import { canonical } from '../lib/trust/canonical.js';
import { termsOf, withEnforcer } from './enforcers.js';
import { final } from './failures.js';
import { planUnder } from './plan-under.js';
import { activity } from './run.js';
import type { Zone } from './zone.js';

export interface ContainmentInput {
  readonly case: Case;
  readonly enforcer: Id<'enforcer'>;
  /** Under which its plan was carried out: that says what must be in force, and which paths show it. */
  readonly gate: GateRef;
}

/** Looking at enforcers again. */
export function createIsolationActivities(zone: Zone) {
  return {
    /** How an enforcer stands now: its rules as they are, and every path of the plan tried once more. All of it is evidence. */
    checkContainment: activity(async (input: ContainmentInput, run): Promise<Containment> =>
      withEnforcer(zone, input.case, input.enforcer, 'check', run.signal, async (series, signal) => {
        const { isolation, terms } = await termsOf(zone, input.case.incident, input.enforcer);
        const operations = operationsOf(
          await planUnder(zone, input.case, input.gate, { kind: 'enforcer', zone: zone.id, name: input.enforcer }),
        );
        const paths = operations.flatMap(({ send }) => (send.kind === 'probe' ? send.paths : []));
        const unprobed = operations.flatMap(({ send }) => (send.kind === 'probe' ? send.unprobed.map(({ id: name }) => name) : []));
        const rules = await rulesNow(openEnforcer(terms, { signal }), wantedBy(operations));
        const { probed, files } = await probePaths({
          paths,
          vantages: isolation.vantages,
          budgetMs: PROBE_MS,
          signal,
          askVantage: zone.askVantage,
        });
        for (const file of files) await stageFile(series, 'observe', `probe:/${file.name}`, file);
        await series.commit();
        const state = stateOf(rules, probed);
        const open = probed.filter(isWrong).map(({ id: path }) => path);
        await series.record('containment.checked', { enforcer: input.enforcer, state, rules, open: open.join(' ').slice(0, 1000) });
        return {
          zone: zone.id,
          enforcer: input.enforcer,
          state,
          rules,
          paths: probed.map(({ id: path, state: seen, must }) => ({ id: path, state: seen, must })),
          unprobed,
          checkedAt: time(Date.now()),
        };
      }),
    ),
  };
}

const PROBE_MS = 30_000;

/** Plans how an enforcer of this zone cuts it off, by reads only. */
export async function planEnforcer(zone: Zone, input: TargetInput & { step: Id<'step'> }, signal: AbortSignal): Promise<Planned> {
  const { case: known, step } = input;
  const { isolation, terms } = await termsOf(zone, known.incident, input.target);
  const { inventory } = await zone.snapshot(known.incident);
  const launched = new Set<string>(await membersOf(zone, known));
  const targets = inventory.targets.filter((target) => target.zone === zone.id && launched.has(target.id));
  return withEnforcer(zone, known, terms.name, `plan ${step}`, signal, async (series, held) => {
    const enforcer = openEnforcer(terms, { signal: held });
    const planned = await planIsolation({ zone: zone.id, isolation, terms, incident: known.incident, targets, enforcer, signal: held });
    const uri = `enforcer:/${terms.name}/plan.json`;
    const body = Buffer.from(canonical({ notes: planned.notes, operations: planned.operations }));
    const undo = undoText({
      zone: zone.id,
      incident: known.incident,
      terms,
      operations: planned.operations,
      mayRelease: await releasers(zone, known),
    });
    await stageFile(series, 'plan', `enforcer:/${terms.name}/UNDO.txt`, { name: 'UNDO.txt', how: 'planned', body: Buffer.from(undo) });
    const evidence = await stageFile(series, 'plan', uri, { name: 'plan.json', how: 'planned', body });
    await series.commit();
    const findings = planned.findings.map(({ code, advice }): Finding => ({
      code,
      target: input.target,
      uri,
      ...FINDINGS[code],
      evidence,
      advice,
    }));
    const subject = { kind: 'enforcer', zone: zone.id, name: terms.name } as const;
    const identity = enforcerIdentity(planned.identity);
    const [first, ...more] = planned.operations.slice(0, -1);
    const last = planned.operations.slice(-1);
    // Cut, shown to let responders in, and disarmed: one without the others is worse than none. What nobody may reach is tried after it.
    const sections = [
      ...(first === undefined ? [] : [{ operations: [first, ...more] as const, always: [] }]),
      ...last.map((operation) => ({ operations: [operation] as const, always: [] })),
    ];
    const proposal = { findings, sections };
    return { ...(await keepPlan({ step, subject, series, objects: zone.objects, identity, proposal })), unsupported: null };
  });
}

/** The targets of the launch, and those that valid statements took in since. */
async function membersOf(zone: Zone, { incident, launch }: Case): Promise<readonly Id<'target'>[]> {
  const stored = await openStatements(zone.layout.incident(incident).statements).list();
  const found = stored.find(({ digest }) => digest === launch);
  const read = found === undefined ? null : readStatement(found.stored.text);
  if (read === null || 'refusal' in read || read.statement.verb !== 'launch')
    throw final('WRONG_LAUNCH', 'the launch of this incident is not stored in this zone');
  const keyring = await checkTrustRoot(await zone.snapshot(incident), zone.config.trustRoot);
  const statements = openStatements(zone.layout.incident(incident).statements);
  const later = await said({ incident, statements, keyring: () => Promise.resolve(keyring) }, ['add', 'approve', 'deny']);
  return [...read.statement.targets, ...addedTargets(later, keyring, read.statement)];
}

/** Names of the people who may sign a release. */
async function releasers(zone: Zone, { incident, launch }: Case): Promise<readonly string[]> {
  const { policy, people } = (await zone.snapshot(incident)).site;
  const requester = (await openStatements(zone.layout.incident(incident).statements).list()).find(({ digest }) => digest === launch);
  const by = requester?.stored.person;
  return by === undefined ? [] : people.filter(({ id }) => mayRelease(policy, people, by, id)).map(({ name }) => name);
}

function operationsOf(plan: Plan): readonly Operation[] {
  return plan.sections.flatMap(({ operations }) => operations);
}

/** What the plan leaves in force; null when a person puts it there, so that only paths can show it. */
function wantedBy(operations: readonly Operation[]): Rules | null {
  return operations.flatMap(({ send }) => (send.kind === 'network' ? [send.rules] : [])).at(-1) ?? null;
}

async function rulesNow(enforcer: ReturnType<typeof openEnforcer>, wanted: Rules | null): Promise<Containment['rules']> {
  if (wanted === null) return 'unknown';
  try {
    const { rules, intact, armed } = await enforcer.inForce();
    if (rules === null) return 'absent';
    if (!intact || canonical(rules) !== canonical(wanted)) return 'changed';
    return armed ? 'armed' : 'in-force';
  } catch {
    // Whoever cannot be asked tells nothing; the paths may.
    return 'unknown';
  }
}

function stateOf(rules: Containment['rules'], probed: readonly ProbedPath[]): Containment['state'] {
  if (rules === 'absent' || rules === 'changed' || probed.some(isWrong)) return 'open';
  const isShown = probed.some(({ must, state }) => must === 'blocked' && state === 'closed');
  return isShown && rules !== 'armed' ? 'contained' : 'unknown';
}

function isWrong({ must, state }: ProbedPath): boolean {
  return must === 'blocked' ? state === 'open' : state === 'closed';
}
