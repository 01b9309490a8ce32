import type { Operation } from '../../model/operation.js';
import { at, isList, linkAt, textAt } from '../../redfish/json.js';
import { lookalikeOf } from '../../redfish/vendors/access/access.js';
import type { Json } from '../../model/json.js';
import { change, pathOf, takes } from '../freeze/setting.js';
import { finding, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Rooms } from './rooms.js';

/** Objects of the account service that stand for a directory, as its schema has them. */
const PROVIDERS = ['LDAP', 'ActiveDirectory', 'OAuth2', 'TACACSplus'] as const;

interface Provider {
  readonly name: string;
  readonly reading: Reading;
  /** Names that lead to it within its resource. */
  readonly path: readonly string[];
  readonly json: Json;
}

/**
 * Servers that vouch for logins, and who of theirs gets which role. One that is on and of which nothing is in the inventory is proposed to be turned off,
 * unless we ourselves may have come in through it. Rows of the factory, on a directory that is off, are worth nothing.
 */
export async function reviewDirectories(survey: Survey, rooms: Rooms, service: Reading, isLocal: boolean): Promise<Proposal> {
  const providers = [...inside(service), ...(await beside(rooms, service))];
  return {
    findings: providers.flatMap((provider) => [...servers(survey, provider), ...roleMaps(survey, provider)]),
    operations: isLocal ? providers.flatMap((provider) => turnOff(survey, provider)) : [],
  };
}

function inside(reading: Reading): readonly Provider[] {
  return PROVIDERS.flatMap((name) => {
    const json = at(reading.json ?? undefined, name);
    return json === undefined || json === null ? [] : [{ name, reading, path: [name], json }];
  });
}

async function beside(rooms: Rooms, service: Reading): Promise<readonly Provider[]> {
  const links = [linkAt(service, 'AdditionalExternalAccountProviders')].filter((link) => link !== null);
  const readings = (await Promise.all(links.map((link) => rooms.membersOf(link)))).flat();
  return readings.flatMap((reading) => {
    const name = textAt(reading.json ?? undefined, 'AccountProviderType') ?? 'directory';
    return reading.json === null ? [] : [{ name, reading, path: [], json: reading.json }];
  });
}

function servers(survey: Survey, { name, reading, json }: Provider): Proposal['findings'] {
  const isOn = at(json, 'ServiceEnabled') === true;
  return foreignServers(survey, json).map((server) => {
    const advice = `${name} ${isOn ? 'is on and asks' : 'is off and would ask'} ${quoted(server)}, which is not in the inventory; whoever runs it decides who logs in: find its owner, or take it out`;
    return finding(survey, 'UNKNOWN_DIRECTORY', reading, advice);
  });
}

/** What it would ask: addresses, and for tokens the issuer. */
function foreignServers({ target }: Survey, json: Json): readonly string[] {
  const listed = (target.allow.directories ?? []).map((one) => one.toLowerCase());
  const addresses = at(json, 'ServiceAddresses');
  const said = [...(isList(addresses) ? addresses : []), textAt(json, 'OAuth2Service', 'Issuer') ?? ''];
  return said.filter((one) => typeof one === 'string').filter((one) => one !== '' && !listed.includes(one.toLowerCase()));
}

function roleMaps(survey: Survey, { name, reading, json }: Provider): Proposal['findings'] {
  const rows = at(json, 'RemoteRoleMapping');
  return (isList(rows) ? rows : []).flatMap((row) => {
    const who = textAt(row, 'RemoteGroup') || textAt(row, 'RemoteUser') || '';
    const role = textAt(row, 'LocalRole') ?? '';
    if (who === '' || role === 'None') return [];
    if (survey.target.allow.groups?.some(({ group, roleId }) => group === who && roleId === role) === true) return [];
    const known = at(json, 'ServiceEnabled') === true ? undefined : lookalikeOf('role-map', who, []);
    if (known !== undefined) return [finding(survey, 'LOOKALIKE', reading, `${name} maps ${quoted(who)} to ${quoted(role)}: ${known.why}`)];
    const advice = `${name} gives ${quoted(who)} the role ${quoted(role)}, which is not in the inventory; find out who asked for it, or take the row out`;
    return [finding(survey, 'UNKNOWN_ROLE_MAP', reading, advice)];
  });
}

function turnOff(survey: Survey, { name, reading, path, json }: Provider): readonly Omit<Operation, 'n'>[] {
  const listed = survey.target.allow.directories?.length ?? 0;
  if (!takes(reading, 'PATCH', true) || at(json, 'ServiceEnabled') !== true || listed > 0 || foreignServers(survey, json).length === 0)
    return [];
  return [change(reading, pathOf([...path, 'ServiceEnabled'].join('/')), false, `turn ${name} off`)];
}
