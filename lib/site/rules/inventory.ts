import type { Inventory, Site, Target } from '../../model/site.js';
import type { Problem } from '../error.js';
import { hint } from '../suggest.js';
import type { SiteFileText } from '../yaml-file.js';
import { enforcerNameProblems, outsideProblems } from './isolation.js';
import { repeated } from './repeated.js';

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

/** Without a port, Redfish and IPMI at one host are two doors of one BMC. */
function bmcAt(address: string): string {
  return /:\d+$/.test(address) ? address : address.replace(/^[a-z]+:\/\//, '');
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
