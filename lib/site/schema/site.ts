import { z } from 'zod';
import { isId } from '../../model/json.js';
import { INTEGRATION_KINDS, type Site } from '../../model/site.js';
import { idOf } from '../../trust/schemas.js';
import { Authority } from './authority.js';
import { Argv, FINGERPRINT, HostPort, KeyName, Reference, Seen, Text, Version } from './fields.js';
import { IsolationTerms } from './isolation.js';
import { Endpoint } from './notifications.js';
import { Store } from './stores.js';

const Count = z.int().min(0).max(1_000_000);

// A year: a round that never closes, and a licence to execute that never ends, are not what anyone meant to sign.
const Minutes = z.int().min(1).max(527_040);

const Fingerprint = z.string().regex(FINGERPRINT, 'expected an OpenPGP v4 fingerprint: 40 digits 0-9 and A-F, upper case, no spaces');

const Roles = z.array(idOf<'role'>()).min(1, 'expected at least one role');

const GatePolicy = z.strictObject({
  roles: Roles,
  quorum: z.int().min(1).max(100),
  requesterExcluded: z.boolean(),
  decisionExpiresAfter: Minutes,
  executionExpiresAfter: Minutes,
});

const IntegrationTermsOf = z.strictObject({
  name: idOf<'integration'>(),
  kind: z.enum(INTEGRATION_KINDS),
  secret: Reference,
  command: Argv,
});

export const SiteFile = z.strictObject({
  version: Version,
  name: idOf<'site'>(),
  engine: z.strictObject({
    address: HostPort,
    namespace: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected the name of a Temporal namespace'),
  }),
  zones: z
    .array(
      z.strictObject({
        id: idOf<'zone'>(),
        title: Text,
        isolation: IsolationTerms.exactOptional(),
        integrations: z.array(IntegrationTermsOf).max(50).exactOptional(),
      }),
    )
    .min(1, 'expected at least one zone'),
  people: z
    .array(
      z.strictObject({
        id: idOf<'person'>(),
        name: Text,
        roles: Roles,
        keys: z.array(Fingerprint).min(1, 'expected at least one key: whoever cannot sign cannot decide anything'),
        accounts: z.array(Seen).min(1).exactOptional(),
        sshKeys: z.array(KeyName).min(1).exactOptional(),
      }),
    )
    .min(1, 'expected at least one person'),
  policy: z.strictObject({
    launch: z.strictObject({ roles: Roles, cosignersAbove: Count, cosigners: Count }),
    gates: z.record(
      z.string().refine((name) => isId(name) && name !== 'launch', 'expected an id other than "launch", which is the name of gate 0'),
      GatePolicy,
    ),
  }),
  notifications: z.array(Endpoint).max(20, 'expected at most 20 endpoints').default([]),
  stores: z.array(Store).max(10, 'expected at most 10 stores').default([]),
  certificateAuthority: Authority.exactOptional(),
}) satisfies z.ZodType<Site>;
