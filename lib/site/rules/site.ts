import type { GatePolicy, Person } from '../../model/policy.js';
import type { Site } from '../../model/site.js';
import type { Problem } from '../error.js';
import { hint } from '../suggest.js';
import type { Path, SiteFileText } from '../yaml-file.js';
import { isolationProblems } from './isolation.js';
import { repeated } from './repeated.js';

/** What one file alone cannot show about site.yaml: names that occur twice, keys without certificate, decisions that nobody could take. */
export function siteProblems(file: SiteFileText<Site>, certificates: ReadonlySet<string>, targets: number): readonly Problem[] {
  const { value: site, problem } = file;
  const { people, policy, zones } = site;
  const keys = people.flatMap((person, at) => person.keys.map((key, keyAt) => ({ key, path: ['people', at, 'keys', keyAt] })));
  return [
    ...repeated(zones.map(({ id }, at) => ({ name: id, path: ['zones', at, 'id'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `zone "${name}" occurs twice`, 'give each zone its own id'),
    ),
    ...repeated(people.map(({ id }, at) => ({ name: id, path: ['people', at, 'id'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `person "${name}" occurs twice`, 'list a person once, with all keys'),
    ),
    ...repeated(keys.map(({ key, path }) => ({ name: key, path }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_KEY', `key ${name} is listed twice`, 'one key speaks for one person: list it where it belongs'),
    ),
    ...keys
      .filter(({ key }) => !certificates.has(key))
      .map(({ key, path }) =>
        problem(path, 'CERTIFICATE_MISSING', `there is no usable keys/${key}.asc`, `gpg --armor --export ${key} > keys/${key}.asc`),
      ),
    ...isolationProblems(file),
    ...zones.flatMap(({ integrations = [] }, at) =>
      (['name', 'secret'] as const).flatMap((field) =>
        repeated(integrations.map((one, n) => ({ name: one[field], path: ['zones', at, 'integrations', n, field] }))).map(({ path }) =>
          problem(path, 'DUPLICATE_ID', `two integrations of a zone have one ${field}`, `give each integration a ${field} of its own`),
        ),
      ),
    ),
    ...roleProblems(file),
    ...Object.entries(policy.gates).flatMap(([gate, rules]) =>
      quorumProblems(file, ['policy', 'gates', gate, 'quorum'], rules, `gate "${gate}"`),
    ),
    ...cosignerProblems(file, targets),
  ];
}

function roleProblems({ value: { people, policy }, problem }: SiteFileText<Site>): readonly Problem[] {
  const held = [...new Set<string>(people.flatMap(({ roles }) => roles))];
  const asked = [
    ...policy.launch.roles.map((role, at) => ({ name: role, path: ['policy', 'launch', 'roles', at] })),
    ...Object.entries(policy.gates).flatMap(([gate, { roles }]) =>
      roles.map((role, at) => ({ name: role, path: ['policy', 'gates', gate, 'roles', at] })),
    ),
  ];
  return asked
    .filter(({ name }) => !held.includes(name))
    .map(({ name, path }) => problem(path, 'UNKNOWN_ROLE', `nobody has the role "${name}"`, hint(name, held)));
}

/** Whoever of the allowed people launches, enough others must be left: at 3 a.m. nobody wants to learn that a gate can never open. */
function quorumProblems(
  { value: { people, policy }, problem }: SiteFileText<Site>,
  path: Path,
  rules: GatePolicy,
  what: string,
): readonly Problem[] {
  const eligible = withRole(people, rules.roles);
  const launchers = withRole(people, policy.launch.roles);
  const left = rules.requesterExcluded && eligible.some((person) => launchers.includes(person)) ? eligible.length - 1 : eligible.length;
  if (rules.quorum <= left) return [];
  const less = left < eligible.length ? ', less the one who launched' : '';
  return [
    problem(
      path,
      'QUORUM_TOO_LARGE',
      `${what} needs ${String(rules.quorum)} people, and only ${String(left)} could approve (${String(eligible.length)} with its roles${less})`,
      'give the role to more people, lower the quorum, or let other people launch',
    ),
  ];
}

function cosignerProblems({ value: { people, policy }, problem }: SiteFileText<Site>, targets: number): readonly Problem[] {
  const { roles, cosigners, cosignersAbove } = policy.launch;
  const others = withRole(people, roles).length - 1;
  if (targets <= cosignersAbove || cosigners <= others) return [];
  return [
    problem(
      ['policy', 'launch', 'cosigners'],
      'QUORUM_TOO_LARGE',
      `launching on all ${String(targets)} targets needs ${String(cosigners)} co-signers, and only ${String(Math.max(others, 0))} others may launch`,
      'give the role to more people, or raise cosignersAbove',
    ),
  ];
}

function withRole(people: readonly Person[], roles: readonly string[]): readonly Person[] {
  return people.filter((person) => person.roles.some((role) => roles.includes(role)));
}
