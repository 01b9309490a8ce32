/** What a URI answers before any state changed it. */
export interface Stored {
  readonly status: number;
  readonly bytes: Buffer;
  readonly type: string;
}

/** Where a BMC's resources come from: generated, or captured. */
export interface Content {
  read(uri: string): Stored | null;
}

/**
 * The one name of a URI: without fragment, doubled and trailing slashes, percent-encoding and case, since one iLO advertises
 * `/redfish/v1/systems/1/bios/settings/` and `/redfish/v1/Systems/1/Bios/Settings` and answers both. The query stays.
 */
export function keyOf(uri: string): string {
  const [whole = ''] = uri.split('#', 1);
  const [path = '', ...query] = decoded(whole).split('?');
  const plain = path
    .replace(/\/{2,}/g, '/')
    .replace(/\/$/, '')
    .toLowerCase();
  return query.length === 0 ? plain : `${plain}?${query.join('?').toLowerCase()}`;
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** Served for every BMC: the CSDL itself is in no capture at hand, and a crawler wants an answer of the right kind. */
export const METADATA = Buffer.from(
  `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:Reference Uri="http://redfish.dmtf.org/schemas/v1/ServiceRoot_v1.xml">
    <edmx:Include Namespace="ServiceRoot"/>
    <edmx:Include Namespace="ServiceRoot.v1_10_0"/>
  </edmx:Reference>
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">
      <EntityContainer Name="Service" Extends="ServiceRoot.v1_10_0.ServiceContainer"/>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`,
);

/** Answers for the URIs above the service root that a content lacks. */
export function aboveRoot(key: string): Stored | null {
  if (key === '/redfish') return { status: 200, bytes: Buffer.from('{"v1":"/redfish/v1/"}'), type: 'application/json' };
  if (key === '/redfish/v1/$metadata') return { status: 200, bytes: METADATA, type: 'application/xml' };
  return null;
}
