import { z } from 'zod';
import { readIpmiAddress } from '../../model/ipmi-address.js';
import { type Inventory, TLS_VERSIONS } from '../../model/site.js';
import { digestOfKind, idOf } from '../../trust/schemas.js';
import { AddressOrNetwork, AuthorityFile, isOrigin, Reference, Text, Version } from './fields.js';

const Address = z
  .string()
  .refine(isOrigin, 'expected https://host or https://host:port, lower case, without user, path, query or the default port');

const Guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected the GUID as `ipmitool mc guid` prints it');

const Tls = z
  .strictObject({
    ca: AuthorityFile.nullable().default(null),
    minimum: z.enum(TLS_VERSIONS).default('TLSv1.2'),
    reason: Text.nullable().default(null),
  })
  .refine(
    ({ minimum, reason }) => (minimum === 'TLSv1.2') === (reason === null),
    'expected a reason exactly when the minimum is below TLSv1.2: it is an exception, and recorded',
  );

const Allowed = z.strictObject({
  accounts: z
    .array(
      z
        .strictObject({
          userName: Text,
          roleId: Text,
          usedBy: Text,
          secret: Reference.exactOptional(),
          holders: z.array(idOf<'person'>()).min(1).exactOptional(),
        })
        .refine(
          ({ secret, holders }) => holders === undefined || secret !== undefined,
          'expected a secret for an account with holders: it is what they hold',
        )
        .refine(
          ({ userName, holders }) => holders === undefined || /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(userName),
          'expected a user name of letters, digits, ".", "_" and "-" for an account with holders: its envelope is named after it',
        ),
    )
    .default([]),
  sessions: z.array(z.strictObject({ userName: Text, address: Text })).default([]),
  addresses: z.array(AddressOrNetwork).default([]),
  subscriptions: z.array(Text).default([]),
  keys: z.array(digestOfKind<'key'>()).default([]),
  directories: z.array(Text).exactOptional(),
  groups: z.array(z.strictObject({ group: Text, roleId: Text })).exactOptional(),
  destinations: z.array(Text).exactOptional(),
  federation: z.array(Text).exactOptional(),
  snmp: z.strictObject({ secret: Reference, usedBy: Text }).exactOptional(),
  integrations: z.array(idOf<'integration'>()).exactOptional(),
});

const AnyTarget = z.strictObject({
  id: idOf<'target'>().refine(
    (name) => name !== 'case',
    'expected an id other than "case", which is the name of the incident\'s own series',
  ),
  zone: idOf<'zone'>(),
  secret: Reference,
  host: Text,
  class: Text,
  usedBy: z.array(Text).default([]),
  failureDomain: Text,
  allow: Allowed.default({ accounts: [], sessions: [], addresses: [], subscriptions: [], keys: [] }),
});

const Redfish = AnyTarget.extend({
  protocol: z.literal('redfish'),
  address: Address,
  pin: digestOfKind<'spki'>().nullable(),
  tls: Tls.exactOptional(),
  identity: z.strictObject({ serial: Text, uuid: Text }),
});

const Ipmi = AnyTarget.extend({
  protocol: z.literal('ipmi'),
  address: z
    .string()
    .refine(
      (text) => readIpmiAddress(text) !== null,
      'expected ipmi://host or ipmi://host:port, lower case, without user, path or the default port 623',
    ),
  ipmi: z.strictObject({ reason: Text }),
  identity: z.strictObject({ serial: z.literal('').default(''), uuid: Guid }),
});

export const InventoryFile = z.strictObject({
  version: Version,
  targets: z.array(z.discriminatedUnion('protocol', [Redfish, Ipmi])),
}) satisfies z.ZodType<Inventory>;
