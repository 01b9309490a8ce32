import { at, isList, textAt } from '../../redfish/json.js';
import { canonicalUri } from '../../redfish/uri.js';
import type { TlsSetting } from '../../redfish/vendors/certificates.js';
import type { Reader } from '../reader.js';

/**
 * The first value that is wanted of those that the BMC's own registry lists for an attribute (DMTF AttributeRegistry schema: `AttributeName`, `Value` with
 * `ValueName`). Null: it lists none, or cannot be read: then nothing is known to be taken.
 */
export async function listedValue(
  reader: Reader,
  { registry, attribute, wanted }: NonNullable<TlsSetting['listed']>,
): Promise<string | null> {
  const file = await reader.get(registry);
  const uri = canonicalUri(textAt(file.json ?? undefined, 'Location', 0, 'Uri') ?? '', file.uri);
  const entries = uri === null ? undefined : at((await reader.get(uri)).json ?? undefined, 'RegistryEntries', 'Attributes');
  const entry = isList(entries) ? entries.find((one) => textAt(one, 'AttributeName') === attribute) : undefined;
  const values = at(entry, 'Value');
  const taken = isList(values) ? values.map((value) => textAt(value, 'ValueName')) : [];
  return wanted.find((one) => taken.includes(one)) ?? null;
}
