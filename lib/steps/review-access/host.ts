import { at, textAt } from '../../redfish/json.js';
import type { Finding } from '../../model/finding.js';
import { finding, quoted, type Survey } from '../planning.js';
import type { Rooms } from './rooms.js';

/** Host interfaces that hand a login of the BMC to whoever owns the host. The freeze closes them; here they are told. */
export async function reviewHost(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  return (await rooms.membersOf('/redfish/v1/Managers/*/HostInterfaces')).flatMap((door) => {
    const boot = at(door.json ?? undefined, 'CredentialBootstrapping');
    if (at(boot, 'Enabled') !== true) return [];
    const role = textAt(boot, 'RoleId') ?? '';
    const advice = `the host gets accounts with role ${quoted(role)} here without asking anybody; whoever owns the host owns the BMC: turn it off unless the platform needs it`;
    return [finding(survey, 'HOST_BOOTSTRAP', door, advice)];
  });
}
