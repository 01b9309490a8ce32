import { at, isObject, linkAt, textAt } from '../../redfish/json.js';
import { lookalikeOf } from '../../redfish/vendors/access/access.js';
import type { Finding } from '../../model/finding.js';
import { finding, quoted, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Rooms } from './rooms.js';

/** Groups of iLOs that may act on each other with a shared key, by what their members may do here. */
export async function reviewFederation(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  return (await rooms.membersOf('/redfish/v1/Managers/*/FederationGroups')).flatMap((group) => {
    const name = textAt(group.json ?? undefined, 'Name') ?? '';
    const given = at(group.json ?? undefined, 'Privileges');
    const has = isObject(given) ? Object.keys(given).filter((one) => given[one] === true) : [];
    if (survey.target.allow.federation?.includes(name) === true) return [];
    const known = lookalikeOf('federation', name, has);
    if (known !== undefined) return [finding(survey, 'LOOKALIKE', group, `federation group ${quoted(name)}: ${known.why}`)];
    const advice = `whoever has the key of federation group ${quoted(name)} may ${quoted(has.join(' '), 200)} here, and the group is not in the inventory; take this BMC out of it`;
    return [finding(survey, 'UNKNOWN_FEDERATION', group, advice)];
  });
}

/** The second list of accounts of an iLO 7, for programs on the host. */
export async function reviewAppAccounts(survey: Survey, rooms: Rooms, service: Reading): Promise<readonly Finding[]> {
  const collection = linkAt(service, 'Oem', 'Hpe', 'AppAccounts');
  return (collection === null ? [] : await rooms.membersOf(collection)).flatMap((account) => {
    const body = account.json ?? undefined;
    const name = textAt(body, 'HostAppName') ?? textAt(body, 'UserName') ?? textAt(body, 'Name') ?? '';
    if (survey.target.allow.accounts.some(({ userName }) => userName === name)) return [];
    const known = lookalikeOf('app-account', name, []);
    if (known !== undefined) return [finding(survey, 'LOOKALIKE', account, `application account ${quoted(name)}: ${known.why}`)];
    const advice = `application account ${quoted(name)} is not in the inventory; a program on the host logs in with it: find its owner, or take it out by hand`;
    return [finding(survey, 'UNKNOWN_APP_ACCOUNT', account, advice)];
  });
}

/** Code that the host has handed to the BMC's own service (AMI); what runs there was behind CVE-2023-34330. */
export async function reviewExtensions(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  return (await rooms.membersOf('/redfish/v1/DynamicExtension/RedfishExtensions')).map((extension) => {
    const name = textAt(extension.json ?? undefined, 'Name') ?? textAt(extension.json ?? undefined, 'Id') ?? '';
    const advice = `extension ${quoted(name)} was handed in from the host and runs in the BMC; compare it with the maker’s firmware, and update past CVE-2023-34330`;
    return finding(survey, 'DYNAMIC_EXTENSION', extension, advice);
  });
}
