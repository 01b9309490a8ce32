import type { Json } from '../../model/json.js';
import { at, isList, linkAt, membersOf, textAt } from '../../redfish/json.js';
import type { CertificateFacts } from '../../redfish/vendors/certificates.js';
import { canonicalUri } from '../../redfish/uri.js';
import type { Ground } from '../freeze/ground.js';
import type { Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** How this very BMC is given a new certificate, by what it offers. */
export interface Way {
  readonly facts: CertificateFacts;
  readonly request: string;
  readonly install: string;
  /** The resource of the certificate that is replaced. */
  readonly replaces: string;
  /** Where that lies, as the standard's request asks; null where the maker's does not. */
  readonly collection: string | null;
  /** The service resource; it tells the request where its maker keeps it. */
  readonly service: string;
  readonly namedByText: boolean;
  /** The reset that the certificate waits for; null: none, or by itself. */
  readonly reset: { readonly uri: string; readonly type: string } | null;
}

/** Null when the BMC offers no way: no actions, no certificate of its web server, or no reset where one is needed. */
export async function findWay({ reader }: Survey, { managers, vendor: { certificates: facts } }: Ground): Promise<Way | null> {
  for (const manager of managers) {
    const service = await reader.get(facts.service.replace(/^\/redfish\/v1\/Managers\/\*/, manager.uri));
    const request = actionOf(service, facts.request);
    const install = actionOf(service, facts.install);
    if (request === null || install === null) continue;
    const found = facts.property === 'Certificate' ? { member: service.uri, collection: null } : await certificateOf({ reader }, manager);
    const reset = facts.served === 'after-reset' ? resetOf(manager) : null;
    if (found === null || (facts.served === 'after-reset' && reset === null)) continue;
    const namedByText = facts.textUpTo !== null && isUpTo(textAt(manager.json ?? undefined, 'FirmwareVersion') ?? '', facts.textUpTo);
    return { facts, request, install, replaces: found.member, collection: found.collection, service: service.uri, namedByText, reset };
  }
  return null;
}

/** An action of another resource under this one's name would be a trick. */
function actionOf(service: Reading, name: string): string | null {
  const target = service.status === 200 ? textAt(at(service.json ?? undefined, 'Actions', `#${name}`), 'target') : undefined;
  const uri = target === undefined ? null : canonicalUri(target, service.uri);
  return uri !== null && uri.toLowerCase().startsWith(`${service.uri.toLowerCase()}/actions/`) ? uri : null;
}

/** Not every BMC links to it, and all put it there (DSP0268, ManagerNetworkProtocol: HTTPS/Certificates). */
async function certificateOf(
  { reader }: Pick<Survey, 'reader'>,
  manager: Reading,
): Promise<{ readonly member: string; readonly collection: string } | null> {
  const protocol = linkAt(manager, 'NetworkProtocol');
  if (protocol === null) return null;
  const linked = linkAt(await reader.get(protocol), 'HTTPS', 'Certificates');
  const collection = await reader.get(linked ?? `${protocol}/HTTPS/Certificates`);
  const [member] = collection.status === 200 ? membersOf(collection) : [];
  return member === undefined ? null : { member: member.uri, collection: collection.uri };
}

function resetOf(manager: Reading): Way['reset'] {
  const action = at(manager.json ?? undefined, 'Actions', '#Manager.Reset');
  const uri = actionOf(manager, 'Manager.Reset');
  const allowed: Json | undefined = at(action, 'ResetType@Redfish.AllowableValues');
  const type = isList(allowed) ? RESETS.find((one) => allowed.includes(one)) : RESETS[0];
  return uri === null || type === undefined ? null : { uri, type };
}

/** Those that keep every setting, gentlest first. */
const RESETS = ['GracefulRestart', 'ForceRestart'] as const;

/** By the numbers of a version, as `5.00.00.00`. */
function isUpTo(version: string, most: string): boolean {
  const numbers = (text: string): readonly number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [own, limit] = [numbers(version), numbers(most)];
  if (version === '') return false;
  for (const [place, number] of limit.entries()) {
    const difference = (own[place] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  return true;
}
