import type { Rehearsed } from './score.js';
import type { Truth } from './truth.js';

export interface Surprise {
  readonly target: string;
  readonly line: string;
}

type Played = Pick<Rehearsed, 'view' | 'truth' | 'parked'>;

/** Every target and step that came to something else than it should, and every target that was released otherwise than it should. */
export function surprises(played: Played): Surprise[] {
  return [...ofSteps(played), ...ofRelease(played)];
}

function ofRelease({ truth, parked }: Played): Surprise[] {
  return truth.targets.flatMap(({ id, fault }) => {
    const came = parked.find(({ target, released }) => target === id && released)?.code ?? 'done';
    const due = fault?.expect.release ?? 'done';
    const name = fault === null ? '' : ` (${fault.name})`;
    return came === due || isBurned(came, id, parked)
      ? []
      : [{ target: id, line: `${id}${name} came to ${came} when it was released, not to ${due}` }];
  });
}

/** A secret that a step before had lost is not sent for a release either. */
function isBurned(came: string, id: string, parked: Played['parked']): boolean {
  return (
    came === BURNED && parked.some(({ target, code, released }) => target === id && !released && (code === BURNED || BURNING.has(code)))
  );
}

const BURNED = 'SECRET_BURNED';

function ofSteps({ view, truth, parked }: Played): Surprise[] {
  return view.phases.flatMap(({ step, settled }) =>
    truth.targets.flatMap((target) => {
      const { id, fault } = target;
      const code = parked.find((one) => one.target === id && one.step === step && !one.released)?.code;
      const came = code ?? settled.find(({ targets }) => targets.some((one) => one === id))?.verdict.is ?? 'nothing';
      const due = dueOf(step, target);
      const name = fault === null ? '' : ` (${fault.name})`;
      return due === null || came === due || isLater(came, due, fault?.expect.burns === true)
        ? []
        : [{ target: id, line: `${id}${name} came to ${came} in ${step}, not to ${due}` }];
    }),
  );
}

/** What an earlier step met keeps a later one from its own code: it sends no secret at all, and says so; and what a BMC cannot do is a verdict. */
function isLater(came: string, due: string, burns: boolean): boolean {
  return (came === BURNED && (burns || BURNING.has(due))) || (came === 'unsupported' && due === 'UNSUPPORTED');
}

const BURNING: ReadonlySet<string> = new Set(['LOGIN_REFUSED', 'LOCKED_OUT', 'UNAUTHORIZED', 'PIN_MISMATCH']);

type TargetTruth = Truth['targets'][number];

/** Null where nobody can say. */
export function dueOf(step: string, { fault, unsupported, freeze, rotate, tree }: TargetTruth): string | null {
  // A lab has no enforcer, and a lease asks no BMC.
  if (step === 'isolate' || unsupported.includes(step)) return 'unsupported';
  if (step === 'lease') return 'done';
  if (step === 'freeze') return freeze?.comesTo ?? (tree === null && fault === null ? 'done' : null);
  if (step === 'rotate') return rotate?.comesTo ?? (tree === null && fault === null ? 'done' : null);
  return fault === null ? 'done' : dueOfFault(step, fault.expect);
}

/** Null for a step that no fault speaks of. */
function dueOfFault(step: string, expect: NonNullable<TargetTruth['fault']>['expect']): string | null {
  if (step === 'triage') return expect.triage;
  if (step === 'capture') return expect.capture;
  if (step === 'review-access') return expect.plan === 'done' ? expect.act : expect.plan;
  return null;
}
