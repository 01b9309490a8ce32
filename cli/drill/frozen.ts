import type { Rehearsed, Scorecard } from './score.js';

/** What a freeze says of a BMC: what it met and what it leaves. */
export const FREEZE_CODES: readonly string[] = [
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
];

/** Holds what the freeze reported against what each whole, generated BMC is. */
export function frozenAsExpected({ view, truth, found }: Rehearsed): Scorecard['freeze'] {
  const judged = view.phases.some(({ step }) => step === 'freeze')
    ? truth.targets.flatMap(({ id, fault, freeze }) => (fault === null && freeze !== null ? [{ id, freeze }] : []))
    : [];
  const names = new Set(judged.map(({ id }) => id));
  const expected = new Set(judged.flatMap(({ id, freeze }) => freeze.findings.map(({ code, uri }) => keyOf(id, code, uri))));
  const actual = new Set(
    found.findings
      .filter(({ target, code }) => names.has(target) && FREEZE_CODES.includes(code))
      .map(({ target, code, uri }) => keyOf(target, code, uri)),
  );
  const hit = [...expected].filter((key) => actual.has(key)).length;
  return { expected: expected.size, found: hit, missed: expected.size - hit, false: actual.size - hit };
}

function keyOf(target: string, code: string, uri: string): string {
  return `${target} ${code} ${uri.replace(/\/$/, '')}`;
}
