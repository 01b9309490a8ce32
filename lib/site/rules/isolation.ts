import { readEndpoint } from '../../isolation/endpoint.js';
import { faultsOf, targetFault, type Fault } from '../../isolation/faults.js';
import type { Isolation } from '../../model/isolation-terms.js';
import type { Inventory, Site } from '../../model/site.js';
import type { Problem, ProblemCode } from '../error.js';
import { repeated } from './repeated.js';
import type { Path, SiteFileText } from '../yaml-file.js';

/** What is wrong with how zones are cut off, as far as site.yaml alone shows it. */
export function isolationProblems({ value: site, problem }: SiteFileText<Site>): readonly Problem[] {
  const zones = isolated(site);
  const enforcers = zones.flatMap(({ isolation, path }) =>
    isolation.enforcers.map(({ name }, at) => ({ name, path: [...path, 'enforcers', at, 'name'] })),
  );
  return [
    // One in all of the site: a case lists the series of every zone side by side.
    ...repeated(enforcers).map(({ name, path }) =>
      problem(path, 'DUPLICATE_ID', `enforcer "${name}" occurs twice`, 'give each enforcer its own name, in all zones'),
    ),
    ...zones.flatMap(({ isolation, path }) => [
      ...repeated(isolation.vantages.map(({ name }, at) => ({ name, path: [...path, 'vantages', at, 'name'] }))).map((one) =>
        problem(one.path, 'DUPLICATE_ID', `vantage point "${one.name}" occurs twice`, 'give each vantage point of a zone its own name'),
      ),
      ...isolation.vantages.flatMap(({ name, command, worker }, at) =>
        (command === undefined) !== (worker === undefined)
          ? []
          : problem(
              [...path, 'vantages', at],
              'FIELD_INVALID',
              `the vantage point "${name}" names ${command === undefined ? 'neither a command nor a worker' : 'a command and a worker'}`,
              'write one of them: command: [...], or worker: true',
            ),
      ),
      ...faultsOf(isolation).map((fault) => problem([...path, ...fault.path], CODES[fault.is], fault.what, fault.fix)),
      ...isolation.enforcers.flatMap(({ name, gateway }, at) =>
        readEndpoint(gateway) !== null
          ? []
          : problem(
              [...path, 'enforcers', at, 'gateway'],
              'GATEWAY_BY_NAME',
              `the gateway "${gateway}" of ${name} is no address with a port, and names are not looked up: whoever answers for them may be the attacker`,
              'write 10.9.0.1:22 or [fd00:9::1]:22',
            ),
      ),
    ]),
  ];
}

/** An enforcer's evidence lies beside that of the targets. */
export function enforcerNameProblems({ value: { targets }, problem }: SiteFileText<Inventory>, site: Site): readonly Problem[] {
  const enforcers = new Set<string>(isolated(site).flatMap(({ isolation }) => isolation.enforcers.map(({ name }) => name)));
  return targets.flatMap(({ id }, at) =>
    enforcers.has(id)
      ? problem(['targets', at, 'id'], 'DUPLICATE_ID', `target "${id}" has the name of an enforcer`, 'rename one of the two')
      : [],
  );
}

/** Targets that their zone's rules would not cut off. */
export function outsideProblems({ value: { targets }, problem }: SiteFileText<Inventory>, site: Site): readonly Problem[] {
  const zones = new Map<string, Isolation>(isolated(site).map(({ id, isolation }) => [id, isolation]));
  return targets.flatMap((target, at) => {
    const isolation = zones.get(target.zone);
    const fault = isolation === undefined ? null : targetFault(isolation, target);
    return fault === null
      ? []
      : problem(
          ['targets', at, 'address'],
          'TARGET_OUTSIDE',
          fault,
          "add its network to `segment` of the zone's isolation, put the target into the right zone, or write its address",
        );
  });
}

const CODES: Readonly<Record<Fault['is'], ProblemCode>> = {
  'not-a-network': 'NOT_ONE_SPELLING',
  nobody: 'NO_RESPONDER',
  'too-wide': 'LIST_TOO_WIDE',
  inside: 'RESPONDER_INSIDE',
};

function isolated(site: Site): readonly { readonly id: string; readonly isolation: Isolation; readonly path: Path }[] {
  return site.zones.flatMap(({ id, isolation }, at) =>
    isolation === undefined ? [] : { id, isolation, path: ['zones', at, 'isolation'] },
  );
}
