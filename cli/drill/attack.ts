import type { Rehearsed } from './score.js';
import type { Truth } from './truth.js';

/** What an attacker tried between the freeze and the release, by the fleet's own word. */
export interface Attack {
  readonly attempts: number;
  readonly refused: number;
  readonly accepted: number;
  /** Of those refused, how many a log that is among the evidence tells of: BMCs record refused logins, and not who shows a dead session. */
  readonly seen: number;
  /** What is not as it should be. */
  readonly complaints: readonly string[];
}

/** Null when nobody attacked. */
export function attackOn({ truth, contained, found }: Rehearsed): Attack | null {
  const attacked = truth.targets.flatMap(({ id, planted, attempts, fault }) =>
    attempts === null
      ? []
      : [{ id, planted, whole: fault === null, tried: attempts.filter(({ at }) => contained === null || at < contained.at) }],
  );
  if (attacked.length === 0) return null;
  const all = attacked.flatMap(({ tried }) => tried);
  const accepted = all.filter(({ refused, status }) => !refused && status !== null);
  const seen = attacked.flatMap(({ id, planted }) => {
    const rogues = new Set(planted.filter(isRogue).map(({ userName }) => userName));
    return found.refusedLogins.filter(({ target, userName }) => target === id && rogues.has(userName));
  });
  return {
    attempts: all.length,
    refused: all.filter(({ refused }) => refused).length,
    accepted: accepted.length,
    seen: seen.length,
    complaints: [
      ...(all.length === 0 ? ['nobody attacked'] : []),
      ...(accepted.length === 0 ? [] : [`${String(accepted.length)} attempts of the attacker were not refused`]),
      ...attacked.filter(({ whole }) => whole).flatMap(quiet),
      ...attacked
        .filter(({ id, tried }) => tried.some(({ tries }) => tries === 'log-in') && !seen.some(({ target }) => target === id))
        .map(({ id }) => `no log of ${id} in the evidence tells of the attacker's refused logins`),
    ],
  };
}

/** A foothold that never woke was reached by no freeze. */
function quiet({
  id,
  planted,
  tried,
}: Pick<Truth['targets'][number], 'id' | 'planted'> & { readonly tried: readonly { readonly as: string }[] }): string[] {
  const footholds = [
    ...(planted.some(({ kind }) => kind === 'stolen-session') ? ['session'] : []),
    ...(planted.some(isRogue) ? ['account'] : []),
  ];
  return footholds
    .filter((as) => !tried.some((one) => one.as === as))
    .map((as) => `the freeze did not reach the attacker's ${as} on ${id}`);
}

function isRogue({ kind }: { readonly kind: string }): boolean {
  return kind === 'rogue-administrator';
}
