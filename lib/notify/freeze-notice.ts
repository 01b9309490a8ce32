import { NOTATION_DOMAIN } from '../evidence/format.js';
import type { Digest, Id, Time } from '../model/json.js';
import type { Person } from '../model/policy.js';
import type { Allowed, Target } from '../model/site.js';
import { plain } from '../model/text.js';
import { armorSignature } from '../trust/armor.js';
import { sha256 } from '../trust/canonical.js';
import { PURPOSE, signDetached } from '../trust/sign.js';

/** Value of the signature's `purpose@` notation. */
export const FREEZE_PURPOSE = 'freeze-notice';

/** What a freeze notice is made of; from the site and the incident, never from a BMC. */
export interface FreezeFacts {
  readonly site: Id<'site'>;
  readonly incident: Id<'incident'>;
  readonly launch: Digest<'statement'>;
  readonly drill: boolean;
  /** Who decided it. */
  readonly by: readonly Named[];
  readonly since: Time;
  /** Who may lift it, and so whom to ask. */
  readonly ask: readonly Named[];
  readonly targets: readonly Frozen[];
}

type Named = Pick<Person, 'id' | 'name'>;
type Frozen = Pick<Target, 'id' | 'usedBy' | 'allow'>;

/** The whole notice, with its exceptions by name. It stays in the case: whoever reads it knows which account is still open. */
export function freezeNotice(facts: FreezeFacts): string {
  const named = ({ id, name }: Named): string => `${id} (${plain(name, 200)})`;
  return lines([
    'FREEZE NOTICE',
    '',
    ...head(facts, named),
    `Targets: ${String(facts.targets.length)}`,
    'Exceptions: what is listed below a target; nothing else',
    '',
    ...sorted(facts.targets).flatMap((target) => [target.id, ...exceptionsOf(target).map((exception) => `  ${exception}`)]),
  ]);
}

/** What of it may leave the case: identifiers and counts, and the digest of the whole, by which the two belong together. */
export function freezeExtract(facts: FreezeFacts): string {
  const excepted = facts.targets.filter((target) => exceptionsOf(target).length > 0).length;
  return lines([
    'FREEZE NOTICE (EXTRACT)',
    '',
    ...head(facts, ({ id }) => id),
    `Targets: ${String(facts.targets.length)}`,
    `Exceptions: for ${String(excepted)} of the targets; ask whoever is named above`,
    `Whole notice, SHA-256: ${sha256<'document'>(freezeNotice(facts))}`,
    '',
    ...sorted(facts.targets).map(({ id }) => id),
  ]);
}

/** A detached signature by the collector, armored: `gpg --verify` takes it with the site's collector certificate. */
export async function signNotice(text: string, collector: { readonly privateKey: string }): Promise<string> {
  const notations = { [PURPOSE]: FREEZE_PURPOSE, [`document@${NOTATION_DOMAIN}`]: sha256(text) };
  return armorSignature(await signDetached({ privateKey: collector.privateKey, bytes: new TextEncoder().encode(text), notations }));
}

function head({ site, incident, launch, drill, by, since, ask }: FreezeFacts, show: (person: Named) => string): readonly string[] {
  const people = (list: readonly Named[]): string => [...list].sort(byId).map(show).join(', ');
  return [
    ...(drill ? ['This is a drill.'] : []),
    `Site: ${site}`,
    `Incident: ${incident}`,
    `Launch: ${launch}`,
    `Frozen by: ${people(by)}`,
    `Frozen since: ${since}`,
    'Frozen until: a signed release of this incident. The freeze has no expiry; while nobody answers it holds.',
    'What is frozen: accounts, services, settings, firmware and pending jobs of the BMCs below. Nobody and no automation changes them but this incident.',
    `Whom to ask: ${people(ask)}`,
    'Before any change: cofferdam freeze check TARGET (exit code 0: go on; 3, or no answer: frozen)',
  ];
}

function exceptionsOf({ usedBy, allow }: Frozen): readonly string[] {
  const text = (value: string): string => plain(value, 500);
  const of = <T>(list: readonly T[], show: (one: T) => string): readonly string[] => list.map(show);
  return [
    ...of(usedBy, (who) => `used by: ${text(who)}`),
    ...of(
      allow.accounts,
      ({ userName, roleId, usedBy: who }: Allowed['accounts'][number]) =>
        `account: ${text(userName)}, ${text(roleId)}, used by ${text(who)}`,
    ),
    ...of(allow.sessions, ({ userName, address }) => `session: ${text(userName)} from ${text(address)}`),
    ...of(allow.addresses, (address) => `reached from: ${text(address)}`),
    ...of(allow.subscriptions, (destination) => `subscription: ${text(destination)}`),
    ...of(allow.keys, (key) => `key: ${key}`),
  ];
}

function sorted(targets: readonly Frozen[]): readonly Frozen[] {
  return [...targets].sort(byId);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
