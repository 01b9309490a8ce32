import type { Rehearsed, Scorecard } from './score.js';

/** What a step says of a BMC: what it met and what it leaves. */
const CODES = {
  freeze: [
    'PENDING_JOB',
    'STAGED_SETTINGS',
    'FREEZE_EXCEPTION',
    'LAST_ADMINISTRATOR',
    'SERVICE_STAYS_ON',
    'HOST_DOOR_OPEN',
    'ACCESS_LIST_LEFT_OUT',
    'ACCESS_LIST_FOREIGN',
    'NO_LOCKDOWN',
    'DEPENDENCY_CUT_OFF',
    'NO_LOCAL_RESPONDER',
    'NO_OWN_ACCOUNT',
    'OWN_NAME_TAKEN',
    'FREEZE_INCOMPLETE',
    'FREEZE_DRIFT',
  ],
  rotate: ['SECRET_STAYS', 'SHARED_SECRET', 'BURNED_SECRET', 'INSTALL_LATER', 'PASSWORD_CHANGE_DEMANDED'],
} as const;

/** Said of what a BMC is, and no trace of anybody. */
export const SAID_OF_THE_BMC: ReadonlySet<string> = new Set(['DUMP_UNAVAILABLE', 'TOKENS_UNTRIED', ...CODES.freeze, ...CODES.rotate]);

/** Holds what the step reported against what each whole, generated BMC is. */
export function asExpected({ view, truth, found }: Rehearsed, step: keyof typeof CODES): Scorecard['freeze'] {
  const codes: readonly string[] = CODES[step];
  const judged = view.phases.some((phase) => phase.step === step)
    ? truth.targets.flatMap((target) => {
        const told = target[step];
        return target.fault === null && told !== null ? [{ id: target.id, findings: told.findings }] : [];
      })
    : [];
  const names = new Set(judged.map(({ id }) => id));
  const expected = new Set(judged.flatMap(({ id, findings }) => findings.map(({ code, uri }) => keyOf(id, code, uri))));
  const actual = new Set(
    found.findings
      .filter(({ target, code }) => names.has(target) && codes.includes(code))
      .map(({ target, code, uri }) => keyOf(target, code, uri)),
  );
  const hit = [...expected].filter((key) => actual.has(key)).length;
  return { expected: expected.size, found: hit, missed: expected.size - hit, false: actual.size - hit };
}

function keyOf(target: string, code: string, uri: string): string {
  return `${target} ${code} ${uri.replace(/\/$/, '')}`;
}
