import { isIP } from 'node:net';
import { z } from 'zod';
import { readEndpoint } from '../isolation/endpoint.js';
import { isAddressOrNetwork } from './addresses.js';
import { DEPENDENCIES, PLACES } from '../model/isolation.js';
import { INDICATOR_CHARACTERS, INDICATORS, type Hunt } from '../model/hunt.js';
import { readIpmiAddress } from '../model/ipmi-address.js';
import { isId, type Id } from '../model/json.js';
import { NOTICE_EVENTS } from '../model/notice.js';
import type { Runbook } from '../model/runbook.js';
import { readSecretReference } from '../model/secret-reference.js';
import { TLS_VERSIONS, type Inventory, type Site } from '../model/site.js';
import { digestOfKind, idOf } from '../trust/schemas.js';

/** How a fingerprint is written in site files and state. */
export const FINGERPRINT = /^[0-9A-F]{40}$/;

/** How the file of a certificate authority is named in ca/. */
export const AUTHORITY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.pem$/;

const PLAIN = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}]*$/u;

const Text = z
  .string()
  .min(1, 'expected text, got an empty one')
  .max(500, 'expected at most 500 characters')
  .regex(PLAIN, 'expected text without control characters');
const Count = z.int().min(0).max(1_000_000);
// A year: a round that never closes, and a licence to execute that never ends, are not what anyone meant to sign.
const Minutes = z.int().min(1).max(527_040);
const Fingerprint = z.string().regex(FINGERPRINT, 'expected an OpenPGP v4 fingerprint: 40 digits 0-9 and A-F, upper case, no spaces');
const Version = z.literal(1);

const Roles = z.array(idOf<'role'>()).min(1, 'expected at least one role');

const GatePolicy = z.strictObject({
  roles: Roles,
  quorum: z.int().min(1).max(100),
  requesterExcluded: z.boolean(),
  decisionExpiresAfter: Minutes,
  executionExpiresAfter: Minutes,
});

const AddressOrNetwork = z.string().refine(isAddressOrNetwork, 'expected an IP address, or a network as 10.20.0.0/24 or fd00:20::/64');
const Argv = z.array(z.string().min(1)).min(1, 'expected a program and its arguments, as a list');
const HostPort = z.string().regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'expected host:port');
const Endpoints = z
  .array(
    z
      .string()
      .refine((text) => readEndpoint(text) !== null, 'expected address:port, as 10.9.0.7:22 or [fd00:9::7]:22; names are not looked up'),
  )
  .max(8);
const Port = z.int().min(1).max(65_535);

const Enforcer = z.discriminatedUnion('kind', [
  z.strictObject({
    name: EnforcerName(),
    kind: z.literal('nftables'),
    interfaces: z.array(z.string().regex(/^[A-Za-z0-9._-]{1,15}$/, 'expected the name of a network interface')).min(1),
    gateway: HostPort,
    command: z.array(z.string().min(1)).default([]),
    ssh: z
      .strictObject({
        host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'expected a host name or an address'),
        port: Port.default(22),
        user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'expected a user name'),
        hostKey: z
          .string()
          .regex(
            /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/]{20,2000}={0,2}$/,
            'expected a host key as ssh-keyscan prints it, without the host',
          ),
        identityFile: Text,
      })
      .nullable()
      .default(null),
    persist: z.strictObject({ file: AbsolutePath(), rules: AbsolutePath() }).nullable().default(null),
  }),
  z.strictObject({ name: EnforcerName(), kind: z.literal('command'), command: Argv, gateway: HostPort }),
  z.strictObject({ name: EnforcerName(), kind: z.literal('paste'), instruction: Instruction(), undo: Instruction(), gateway: HostPort }),
]);

const IsolationTerms = z.strictObject({
  scope: z.enum(['segment', 'targets']).default('segment'),
  segment: z.array(AddressOrNetwork).min(1, 'expected the networks of the OOB segment'),
  responders: z.array(AddressOrNetwork).min(1, 'expected who may reach the segment: nobody could respond otherwise'),
  fallback: z.array(AddressOrNetwork).default([]),
  allowances: z.array(z.strictObject({ to: AddressOrNetwork, protocol: z.enum(['tcp', 'udp']), port: Port, reason: Text })).default([]),
  accepted: z.array(z.strictObject({ dependency: z.enum(DEPENDENCIES), reason: Text })).default([]),
  enforcers: z.array(Enforcer).min(1, 'expected at least one enforcer'),
  watchSeconds: z.int().min(5).max(86_400).default(300),
  vantages: z
    .array(
      z.strictObject({
        name: idOf<'vantage'>(),
        at: z.enum(PLACES),
        command: Argv.exactOptional(),
        worker: z.literal(true, 'expected true, or a command instead').exactOptional(),
        controls: Endpoints.exactOptional(),
        blocked: Endpoints.exactOptional(),
      }),
    )
    .default([]),
});

const Reference = z
  .string()
  // The message never quotes what it got: it may be the secret itself.
  .refine(
    (text) => readSecretReference(text) !== null,
    'expected a reference vault://STORE/NAME, got something else, which is not shown here',
  );

const AuthorityFile = z.string().regex(AUTHORITY_NAME, 'expected the name of a file in ca/, as rack-ca.pem');
const MailAddress = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, 'expected a plain mail address, without a name');

const AnyEndpoint = z.strictObject({
  id: idOf<'endpoint'>(),
  events: z
    .array(z.enum(NOTICE_EVENTS))
    .min(1, 'expected at least one event; leave the field out to be told of all')
    .default([...NOTICE_EVENTS]),
});

const Endpoint = z.discriminatedUnion('kind', [
  AnyEndpoint.extend({
    kind: z.literal('webhook'),
    url: z.string().max(2000).refine(isWebhook, 'expected https://…, or http://… to this host itself, without user, password and fragment'),
    secret: Reference,
    path: Reference.nullable().default(null),
    ca: AuthorityFile.nullable().default(null),
  }),
  AnyEndpoint.extend({
    kind: z.literal('mail'),
    host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'expected a host name or an address'),
    port: Port,
    tls: z.enum(['implicit', 'starttls']),
    from: MailAddress,
    to: z.array(MailAddress).min(1, 'expected at least one recipient').max(50),
    secret: Reference.nullable().default(null),
    ca: AuthorityFile.nullable().default(null),
  }),
  AnyEndpoint.extend({ kind: z.literal('command'), command: Argv }),
]);

const FileName = z.string().regex(/^\/[A-Za-z0-9._/-]{1,200}$/, 'expected an absolute path of letters, digits and ._-/');
const Mount = z.string().regex(/^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,3}$/, 'expected the path of a mount, as secret or teams/ir');

const Store = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.literal('file'), kind: z.literal('file'), readers: z.array(idOf<'person'>()).max(16) }),
  z
    .strictObject({
      name: z.string().regex(/^(?!file$)[a-z][a-z0-9-]{0,31}$/, 'expected a name of a-z, 0-9 and "-" other than "file"'),
      kind: z.literal('vault'),
      address: z.string().refine(isOrigin, 'expected https://host or https://host:port, lower case, without path or the default port'),
      mount: Mount.default('secret'),
      namespace: Mount.nullable().default(null),
      ca: AuthorityFile.nullable().default(null),
      pin: digestOfKind<'spki'>().nullable().default(null),
      auth: z.discriminatedUnion('method', [
        z.strictObject({ method: z.literal('token'), file: FileName }),
        z.strictObject({ method: z.literal('approle'), mount: Mount.default('approle'), roleId: FileName, secretId: FileName }),
      ]),
    })
    .refine(({ ca, pin }) => ca !== null || pin !== null, 'expected `ca` or `pin`: without either, nobody vouches for the server'),
]);

const Seen = z
  .string()
  .min(1, 'expected text, got an empty one')
  .max(INDICATOR_CHARACTERS, `expected at most ${String(INDICATOR_CHARACTERS)} characters`)
  .regex(PLAIN, 'expected text without control characters');

const KeyName = z
  .string()
  .regex(
    /^(?:[0-9a-f]{64}|SHA256:[A-Za-z0-9+/]{43})$/,
    'expected a SHA-256 of 64 digits 0-9 and a-f, or SHA256:… as ssh-keygen -l prints it',
  );

const Country = z.string().regex(/^[A-Z]{2}$/, 'expected the two letters of a country, as DE');
/** What every maker takes: RFC 5280 bounds these at 64 characters. */
const Named = Text.max(64, 'expected at most 64 characters');
const AnyAuthority = z.strictObject({
  ca: AuthorityFile,
  subject: z.strictObject({ organization: Named, organizationalUnit: Named, city: Named, state: Named, country: Country }),
});
const Authority = z.discriminatedUnion('kind', [
  AnyAuthority.extend({ kind: z.literal('command'), command: Argv }),
  AnyAuthority.extend({
    kind: z.literal('vault'),
    store: z.string().min(1),
    mount: Mount.default('pki'),
    role: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected the name of a role of the PKI engine'),
  }),
]);

export const SiteFile = z.strictObject({
  version: Version,
  name: idOf<'site'>(),
  engine: z.strictObject({
    address: HostPort,
    namespace: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected the name of a Temporal namespace'),
  }),
  zones: z
    .array(z.strictObject({ id: idOf<'zone'>(), title: Text, isolation: IsolationTerms.exactOptional() }))
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

export const RunbookFile = z.strictObject({
  version: Version,
  name: idOf<'runbook'>(),
  title: Text,
  phases: z
    .array(
      z.strictObject({
        step: idOf<'step'>(),
        background: z.boolean().default(false),
        gate: idOf<'gate'>().nullable().default(null),
        maxFailures: z.int().min(1).max(1_000_000).nullable().default(null),
      }),
    )
    .min(1, 'expected at least one phase'),
}) satisfies z.ZodType<Runbook>;

export const Indicator = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('account'), value: Seen }),
  z.strictObject({
    kind: z.literal('key'),
    value: KeyName,
  }),
  z.strictObject({
    kind: z.literal('destination'),
    value: Seen.regex(/^\S+$/, 'expected a URL, a host or a mail address, without spaces'),
  }),
  z.strictObject({ kind: z.literal('address'), value: z.string().refine((text) => isIP(text) !== 0, 'expected an IP address') }),
  z.strictObject({ kind: z.literal('image'), value: Seen }),
]);

export const HuntFile = z.strictObject({
  version: Version,
  name: idOf<'hunt'>(),
  title: Text,
  indicators: z
    .array(Indicator)
    .min(1, 'expected at least one indicator')
    .max(INDICATORS, `expected at most ${String(INDICATORS)} indicators`),
}) satisfies z.ZodType<Hunt>;

/** What puts a field right, by its name; shown beneath the problem. */
export const FIXES: Readonly<Record<string, string>> = {
  address: 'write the BMC as its own TLS server answers, for example https://10.20.0.11; over IPMI, ipmi://10.20.0.11',
  ca: 'put the PEM certificate of the authority into ca/NAME.pem and write `ca: NAME.pem`',
  reason: 'write why this BMC needs an old TLS version, or take the minimum away',
  pin: 'write `pin: null` until somebody has compared the key; take it on a trusted path: `openssl s_client -connect HOST:443 </dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`',
  secret:
    "write vault://file/NAME and put the credential into the worker's secret store; if a password stood here, it is burned: change it",
  keys: 'copy it from `gpg --list-keys --with-colons` (people) or hash the key text (allow)',
  addresses: 'write an address or a network in CIDR form, for example 10.20.0.0/24; names are not looked up',
  version: 'write `version: 1`',
  indicators: 'docs/hunt.md has an example of each kind',
  protocol: 'write `protocol: redfish`, or `protocol: ipmi` for a BMC that speaks nothing else',
  ipmi: 'write `ipmi: { reason: TEXT }`: why this BMC may be spoken to over IPMI',
  url: 'write https://HOST/PATH; when the path is itself a secret, put it into the secret store and write `path: vault://file/NAME`',
  events: `leave it out to be told of everything, or list some of: ${NOTICE_EVENTS.join(', ')}`,
  from: 'write the bare address, for example cofferdam@example.org',
  to: 'write a list of bare addresses, for example [oncall@example.org]',
  notifications:
    'docs/notifications.md has one example of each kind; a mail server is reached with `tls: starttls` or `tls: implicit`, never without',
  certificateAuthority: 'docs/certificates.md has an example of each kind',
  stores: 'docs/vaults.md has an example of each kind',
  engine: 'write `address: 127.0.0.1:7233` and `namespace: cofferdam`',
};

/** Its series lies beside those of the targets. */
function EnforcerName(): z.ZodType<Id<'enforcer'>> {
  return idOf<'enforcer'>().refine(
    (name) => name !== 'case',
    'expected a name other than "case", which is the name of the incident\'s own series',
  );
}

function AbsolutePath(): z.ZodType<string> {
  return z.string().regex(/^\/[A-Za-z0-9._/-]{1,200}$/, 'expected an absolute path of letters, digits and ._-/');
}

function Instruction(): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(4000, 'expected at most 4000 characters')
    .regex(/^[^\p{Bidi_Control}\p{Surrogate}]*$/u, 'expected plain text');
}

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && here)) && username === '' && password === '' && hash === '';
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && url.origin === text;
}
