import type { IncidentView } from '../../lib/model/incident.js';
import type { Containment } from '../../lib/model/isolation.js';
import { STEPS } from '../../lib/model/steps.js';
import type { Line } from '../output/print.js';
import { styled, text, type Text } from '../output/text.js';
import type { At } from './lines.js';

/** Steps that hold something in force until it is released by signature. */
export const HOLDING: ReadonlySet<string> = new Set(
  STEPS.flatMap(({ id, effect }) => (effect === 'contain' || id === 'freeze' ? [id] : [])),
);

/** Whether this enforcer still holds anything back. */
export function isInForce({ state }: Containment): boolean {
  return state !== 'released';
}

/** What a person must know of an enforcer that does not do what it should; null when it does, or was released. */
export function troubleOf(containment: Containment): string | null {
  const { state, checkedAt } = containment;
  if (state === 'contained' || state === 'released') return null;
  const head = state === 'open' ? 'NOT CONTAINED' : 'nobody can say whether it is contained';
  return `${head}: ${nameOf(containment)}: ${detailOf(containment)}, seen at ${checkedAt}`;
}

export function nameOf({ zone, enforcer }: Containment): string {
  return `zone ${zone}, enforcer ${enforcer}`;
}

/** Rules and paths in one line: first what is not as it must be, then what nobody probes. */
export function detailOf({ rules, paths, unprobed }: Containment): string {
  const lists = [
    ['open', paths.filter(({ state, must }) => state === 'open' && must === 'blocked').map(({ id }) => id)],
    ['cut off', paths.filter(({ state, must }) => state === 'closed' && must === 'reach').map(({ id }) => id)],
    ['unknown', paths.filter(({ state }) => state === 'unknown').map(({ id }) => id)],
    ['not probed', unprobed],
  ] as const;
  const good = paths.filter(({ state, must }) => (must === 'reach' ? state === 'open' : state === 'closed')).length;
  const wrong = lists.filter(([, ids]) => ids.length > 0).map(([what, ids]) => `${what}: ${named(ids)}`);
  return [`rules ${rules}`, `${String(good)} of ${String(paths.length)} paths as they must be`, ...wrong].join('; ');
}

/** How each enforcer stands, how many targets are frozen, and what lifts it. */
export function containmentLines(view: IncidentView, at: At): readonly Line[] {
  const count = frozen(view);
  if (view.containment.length === 0 && count === 0) return [];
  return [
    {
      rows: view.containment.map((one) => [
        text`zone ${one.zone}`,
        text`enforcer ${one.enforcer}`,
        styled(COLOURS[one.state], one.state),
        styled('dim', at(one.checkedAt)),
        text`${detailOf(one)}`,
      ]),
    },
    ...(count > 0 ? [text`${count} targets are frozen; which, and for whom: ${styled('cyan', 'cofferdam freeze list')}`] : []),
  ];
}

/** The end of the page: what is in force stays so until somebody signs for lifting it. */
export function releaseLines(view: IncidentView): readonly Text[] {
  if (!view.containment.some(isInForce) && frozen(view) === 0) return [];
  if (view.state === 'ended')
    return [text`what is still in force outlives the incident; UNDO.txt in the series of each enforcer says how a person lifts it by hand`];
  return [
    text`containment and freeze stay until somebody signs for lifting them:`,
    text`    ${styled('cyan', `cofferdam incident release ${view.incident} --reason TEXT --as PERSON --key FILE`)}`,
  ];
}

const COLOURS = { contained: 'green', open: 'red', unknown: 'yellow', released: 'dim' } as const;

const NAMED = 8;

/** Names, but not a thousand of them. */
export function named(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${String(names.length - NAMED)} more` : '';
  return `${names.slice(0, NAMED).join(' ')}${more}`;
}

function frozen({ phases }: IncidentView): number {
  return new Set(phases.filter(({ step }) => step === 'lease' || step === 'freeze').flatMap(({ held }) => held)).size;
}
