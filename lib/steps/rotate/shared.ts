import type { Finding } from '../../model/finding.js';
import type { Inventory, Target } from '../../model/site.js';
import { finding, type Survey, type TargetSecret } from '../planning.js';
import type { Reading } from '../reader.js';

/** The targets that the inventory opens with this secret, by whatever account. */
export function openedBy({ targets }: Pick<Inventory, 'targets'>, ref: string): readonly Target['id'][] {
  return targets.filter((target) => secretsIn(target).includes(ref)).map(({ id }) => id);
}

function secretsIn({ secret, allow }: Target): readonly string[] {
  return [secret, ...allow.accounts.flatMap((account) => account.secret ?? []), ...(allow.snmp === undefined ? [] : [allow.snmp.secret])];
}

/** A secret that was lost, or that one BMC of many can give away, is one problem of all that it opens. */
export function sharedAndBurned(
  survey: Pick<Survey, 'target'>,
  root: Pick<Reading, 'uri' | 'capture'>,
  { ref, sharedWith, burnedAt }: TargetSecret,
): readonly Finding[] {
  const others = sharedWith.length === 0 ? 'nothing else' : `${String(sharedWith.length)} more targets: ${some(sharedWith)}`;
  const burned = `${ref} was lost in this incident at ${some(burnedAt)}, where it was refused or another key answered; it opens ${others}: rotate them as one`;
  const shared = `${ref} opens ${others}; whoever has it from one has them all, so rotate those too`;
  return [
    ...(burnedAt.length === 0 ? [] : [finding(survey, 'BURNED_SECRET', root, burned)]),
    ...(sharedWith.length === 0 ? [] : [finding(survey, 'SHARED_SECRET', root, shared)]),
  ];
}

function some(targets: readonly Target['id'][]): string {
  return targets.slice(0, 20).join(', ');
}
