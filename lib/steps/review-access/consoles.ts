import type { Finding } from '../../model/finding.js';
import { at, isObject, textAt } from '../../redfish/json.js';
import { finding, type Survey } from '../planning.js';
import type { Rooms } from './rooms.js';

/**
 * Services whose sessions a BMC need not list, by their names in NetworkProtocol. What it lists is ended whatever its SessionType: captures of an iDRAC 9
 * (6.00.30) list `ManagerConsole`, which by the Session schema is SSH among others; those of an iLO 6 and of OpenBMC list logins over HTTP alone.
 */
const UNLISTED = ['SSH', 'Telnet', 'IPMI', 'KVMIP', 'RFB', 'VirtualMedia', 'SNMP'];

/**
 * By which ways somebody can be in without a session that Redfish shows, one finding for a manager: the list of sessions alone is no clean bill. Basic
 * logins, client certificates and event streams have none either, and end with their account, certificate or subscription.
 */
export async function reviewConsoles(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  return (await rooms.of('/redfish/v1/Managers/*/NetworkProtocol')).flatMap((protocol) => {
    const on = UNLISTED.filter((name) => at(protocol.json ?? undefined, name, 'ProtocolEnabled') === true);
    if (on.length === 0) return [];
    const advice = `${on.join(', ')} are on, and a BMC need not list who is in over them; what ends those: turning the service off (the freeze does), or a reset of the BMC once its logs are sealed, which some sessions of bmcweb outlive`;
    return [finding(survey, 'SESSIONS_NOT_LISTED', protocol, advice)];
  });
}

/** Slots without a name through which anybody may come over IPMI, and a BMC whose IPMI asks for no key of its own, as Redfish shows them. */
export async function reviewIpmi(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  const slots = (await rooms.membersOf('/redfish/v1/AccountService/Accounts')).flatMap((slot) => {
    const isOpen = textAt(slot.json ?? undefined, 'UserName') === '' && at(slot.json ?? undefined, 'Enabled') === true;
    const advice = 'an account without a name is enabled: over IPMI anybody is it, with its password or with none; disable it by hand';
    return isOpen ? [finding(survey, 'IPMI_ANONYMOUS_USER', slot, advice)] : [];
  });
  const keyless = (await rooms.of('/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*')).flatMap((reading) => {
    const attributes = at(reading.json ?? undefined, 'Attributes');
    const key = isObject(attributes) ? attributes['IPMILan.1.EncryptionKey'] : undefined;
    const isNone = typeof key === 'string' && /^0+$/.test(key) && textAt(attributes, 'IPMILan.1.Enable') === 'Enabled';
    const advice = 'IPMI over LAN is on and its key (Kg) is all zero; set one if it has to stay on';
    return isNone ? [finding(survey, 'IPMI_NO_KG', reading, advice)] : [];
  });
  return [...slots, ...keyless];
}
