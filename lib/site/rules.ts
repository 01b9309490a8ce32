import type { Effect } from '../model/effect.js';
import { INDICATORS, type Hunt } from '../model/hunt.js';
import type { Runbook } from '../model/runbook.js';
import type { GatePolicy, Person } from '../model/policy.js';
import type { Inventory, Site, Target } from '../model/site.js';
import { STEPS, stepRow } from '../model/steps.js';
import type { Problem } from './error.js';
import { enforcerNameProblems, isolationProblems, outsideProblems } from './isolation-rules.js';
import { repeated } from './repeated.js';
import { hint } from './suggest.js';
import type { Path, SiteFileText } from './yaml-file.js';

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

/** Endpoints of site.yaml that occur twice, or name an authority that the site does not have. */
export function notificationProblems(
  { value: { notifications }, problem }: SiteFileText<Site>,
  authorities: ReadonlySet<string>,
): readonly Problem[] {
  return [
    ...repeated(notifications.map(({ id }, at) => ({ name: id, path: ['notifications', at, 'id'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `endpoint "${name}" occurs twice`, 'give each endpoint its own id'),
    ),
    ...notifications.flatMap((endpoint, at) => {
      const ca = endpoint.kind === 'command' ? null : endpoint.ca;
      return ca === null || authorities.has(ca)
        ? []
        : problem(
            ['notifications', at, 'ca'],
            'UNKNOWN_AUTHORITY',
            `endpoint "${endpoint.id}" names the authority "${ca}", and there is no usable ca/${ca}`,
            hint(ca, [...authorities]),
          );
    }),
  ];
}

/** What inventory.yaml says about zones and authorities that the site does not have, and targets that occur twice. */
export function inventoryProblems(file: SiteFileText<Inventory>, site: Site, authorities: ReadonlySet<string>): readonly Problem[] {
  const { value: inventory, problem } = file;
  const zones = site.zones.map(({ id }) => id);
  const { targets } = inventory;
  return [
    ...repeated(targets.map(({ id }, at) => ({ name: id, path: ['targets', at, 'id'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `target "${name}" occurs twice`, 'give each target its own id'),
    ),
    // One BMC under two ids would have two locks, two evidence series and two plans that fight each other.
    ...repeated(targets.map(({ address }, at) => ({ name: bmcAt(address), path: ['targets', at, 'address'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ADDRESS', `two targets have the address ${name}`, 'keep one target for each BMC'),
    ),
    ...targets.flatMap(({ id, zone }, at) =>
      zones.includes(zone)
        ? []
        : problem(
            ['targets', at, 'zone'],
            'UNKNOWN_ZONE',
            `target "${id}" is in zone "${zone}", which site.yaml does not have`,
            hint(zone, zones),
          ),
    ),
    ...targets.flatMap((target, at) => {
      const { id } = target;
      const ca = target.protocol === 'redfish' ? (target.tls?.ca ?? null) : null;
      return ca === null || authorities.has(ca)
        ? []
        : problem(
            ['targets', at, 'tls', 'ca'],
            'UNKNOWN_AUTHORITY',
            `target "${id}" names the authority "${ca}", and there is no usable ca/${ca}`,
            hint(ca, [...authorities]),
          );
    }),
    ...targets.flatMap((target, at) => secretProblems(file, target, at)),
    ...holderProblems(file, site),
    ...targets.flatMap((target, at) => integrationProblems(file, site, target, at)),
    ...enforcerNameProblems(file, site),
    ...outsideProblems(file, site),
  ];
}

/** A secret is of one account: what we log in with is the target's own, and an account that is listed has another. */
function secretProblems({ problem }: SiteFileText<Inventory>, { id, secret, allow }: Target, at: number): readonly Problem[] {
  const listed = allow.accounts.flatMap((account, n) =>
    account.secret === undefined ? [] : [{ name: account.secret, path: ['targets', at, 'allow', 'accounts', n, 'secret'] }],
  );
  const snmp = allow.snmp === undefined ? [] : [{ name: allow.snmp.secret, path: ['targets', at, 'allow', 'snmp', 'secret'] }];
  return repeated([{ name: secret, path: ['targets', at, 'secret'] }, ...listed, ...snmp]).map(({ path }) =>
    problem(
      path,
      'DUPLICATE_SECRET',
      `target "${id}" has one secret for two things`,
      'give each account a reference of its own; leave it out for the account that Cofferdam itself logs in with',
    ),
  );
}

/** Holders of break-glass accounts that are none of the site's people. */
function holderProblems({ value: { targets }, problem }: SiteFileText<Inventory>, { people }: Site): readonly Problem[] {
  const known = people.map(({ id }) => id);
  return targets.flatMap(({ allow }, at) =>
    allow.accounts.flatMap(({ userName, holders = [] }, accountAt) =>
      holders
        .filter((holder) => !known.includes(holder))
        .map((holder) =>
          problem(
            ['targets', at, 'allow', 'accounts', accountAt, 'holders'],
            'UNKNOWN_PERSON',
            `the holder "${holder}" of account "${userName}" is none of the people`,
            hint(holder, known),
          ),
        ),
    ),
  );
}

/** Integrations that a target lists and its zone does not have. */
function integrationProblems({ problem }: SiteFileText<Inventory>, { zones }: Site, target: Target, at: number): readonly Problem[] {
  const known = zones.find(({ id }) => id === target.zone)?.integrations?.map(({ name }) => name) ?? [];
  return (target.allow.integrations ?? []).flatMap((name, n) =>
    known.includes(name)
      ? []
      : [
          problem(
            ['targets', at, 'allow', 'integrations', n],
            'UNKNOWN_INTEGRATION',
            `target "${target.id}" holds a secret of "${name}", which its zone in site.yaml does not have`,
            hint(name, known),
          ),
        ],
  );
}

/** Each file of hunts/ by its own name, and no more to look for than one plan can answer. */
export function huntProblems(files: readonly SiteFileText<Hunt>[]): readonly Problem[] {
  const total = files.reduce((sum, { value }) => sum + value.indicators.length, 0);
  return files.flatMap(({ file, value: { name }, problem }) => [
    ...(file === `hunts/${name}.yaml`
      ? []
      : [problem(['name'], 'NAME_MISMATCH', `hunt "${name}" lies in ${file}`, `rename the file to hunts/${name}.yaml`)]),
    ...(total <= INDICATORS
      ? []
      : [
          problem(
            ['indicators'],
            'TOO_MANY_INDICATORS',
            `all hunts together name ${String(total)} indicators, and ${String(INDICATORS)} are looked for`,
            'take out what nobody looks for any more',
          ),
        ]),
  ]);
}

/** What a runbook asks for that the step table or the policy does not have. */
export function runbookProblems(file: SiteFileText<Runbook>, site: Site): readonly Problem[] {
  const { value: runbook, problem } = file;
  const expected = `runbooks/${runbook.name}.yaml`;
  const gates = Object.keys(site.policy.gates);
  return [
    ...(file.file === expected
      ? []
      : [problem(['name'], 'NAME_MISMATCH', `runbook "${runbook.name}" lies in ${file.file}`, `rename the file to ${expected}`)]),
    ...repeated(runbook.phases.map(({ step }, at) => ({ name: step, path: ['phases', at, 'step'] }))).map(({ name, path }) =>
      problem(path, 'DUPLICATE_STEP', `step "${name}" occurs twice`, 'run a step once; a second run needs a second incident'),
    ),
    ...runbook.phases.flatMap(({ step, gate }, at) => {
      const row = stepRow(step);
      const path = ['phases', at, 'gate'];
      if (row === undefined)
        return problem(
          ['phases', at, 'step'],
          'UNKNOWN_STEP',
          `this version has no step "${step}"`,
          hint(
            step,
            STEPS.map(({ id }) => id),
          ),
        );
      // The launch is authority enough for what only contains; a site may ask for more.
      if (GATED.has(row.effect) && gate === null)
        return problem(
          path,
          'GATE_MISSING',
          `step "${step}" changes targets and has no gate`,
          `add \`gate: NAME\` with one of: ${gates.join(', ')}`,
        );
      if (row.effect === 'observe' && gate !== null)
        return problem(path, 'GATE_NOT_ALLOWED', `step "${step}" only reads; a gate would hold it up for nothing`, 'remove the gate');
      if (gate !== null && !gates.includes(gate))
        return problem(path, 'UNKNOWN_GATE', `the policy in site.yaml has no gate "${gate}"`, hint(gate, gates));
      return [];
    }),
  ];
}

const GATED: ReadonlySet<Effect> = new Set(['change', 'destroy']);

/** Without a port, Redfish and IPMI at one host are two doors of one BMC. */
function bmcAt(address: string): string {
  return /:\d+$/.test(address) ? address : address.replace(/^[a-z]+:\/\//, '');
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
