import type { Finding } from '../../model/finding.js';
import { textAt } from '../../redfish/json.js';
import { lookalikeOf } from '../../redfish/vendors/access/access.js';
import { HELD_SECRETS, type HeldSecret } from '../../redfish/vendors/held-secrets.js';
import type { Ground } from '../freeze/ground.js';
import { finding, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { enter } from '../review-access/rooms.js';

/**
 * Secrets that the BMC holds and that no step gives it anew. Those of other servers are revoked there, now, and are installed here again only once the
 * BMC is trusted: a suspect that is given the new one has it. Those that open the BMC itself and cannot be replaced stay.
 */
export async function heldSecrets(survey: Survey, { root }: Ground): Promise<Proposal> {
  const rooms = await enter(survey, root);
  const found = new Map<string, Finding>();
  for (const held of HELD_SECRETS)
    for (const reading of await (held.each ? rooms.membersOf(held.uri) : rooms.of(held.uri))) {
      const beside = textAt(reading.json ?? undefined, ...held.path) ?? '';
      if (beside === '' || isOfFactory(held, beside)) continue;
      const one = finding(survey, held.kind === 'integration' ? 'INSTALL_LATER' : 'SECRET_STAYS', reading, adviceOf(held, beside));
      found.set(`${one.uri} ${one.advice}`, one);
    }
  for (const reading of await rooms.of(IPMI_KEY.uri))
    if (hasKey(reading)) found.set(reading.uri, finding(survey, 'SECRET_STAYS', reading, KEY_STAYS));
  const findings = [...found.values(), ...rooms.unreadable()];
  const stays = findings.some(({ code }) => code === 'SECRET_STAYS');
  return { operations: [], findings, ...(stays ? { unsupported: 'SECRET_STAYS' } : {}) };
}

/** Unlike the others it is shown to everybody who may read the settings (NVIDIA/libredfish tests/mockups/dell, R750, iDRAC9 6.00.30.00): forty zeros for none. */
const IPMI_KEY = {
  uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
  key: ['Attributes', 'IPMILan.1.EncryptionKey'],
  enabled: ['Attributes', 'IPMILan.1.Enable'],
} as const;

function hasKey({ json }: Reading): boolean {
  const body = json ?? undefined;
  return /[^0]/.test(textAt(body, ...IPMI_KEY.key) ?? '') && textAt(body, ...IPMI_KEY.enabled) === 'Enabled';
}

const KEY_STAYS =
  'IPMI over LAN is on and has a key (Kg), which the settings show: it stays as it is, since nobody is listed who uses it and would be shut out; take it for known, set another by hand or turn IPMI over LAN off';

/** What everybody knows is no secret to be lost; the review of access judges what it may do. */
function isOfFactory({ kind }: HeldSecret, name: string): boolean {
  return kind === 'way-in' && lookalikeOf('federation', name, ['LoginPriv']) !== undefined;
}

function adviceOf({ kind, name }: HeldSecret, beside: string): string {
  return kind === 'integration'
    ? `the BMC holds the ${name} for ${quoted(beside)}: whoever holds the BMC has it; revoke it at that server now, and install another here only once the BMC is trusted again`
    : `the BMC holds the ${name} ${quoted(beside)}, and no request is known that replaces it: take it for known, and end it by hand`;
}
