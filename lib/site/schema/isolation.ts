import { z } from 'zod';
import { readEndpoint } from '../../isolation/endpoint.js';
import { DEPENDENCIES, PLACES } from '../../model/isolation.js';
import type { Id } from '../../model/json.js';
import { idOf } from '../../trust/schemas.js';
import { AbsolutePath, AddressOrNetwork, Argv, HostPort, Port, Text } from './fields.js';

const Endpoints = z
  .array(
    z
      .string()
      .refine((text) => readEndpoint(text) !== null, 'expected address:port, as 10.9.0.7:22 or [fd00:9::7]:22; names are not looked up'),
  )
  .max(8);

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
    persist: z.strictObject({ file: AbsolutePath, rules: AbsolutePath }).nullable().default(null),
  }),
  z.strictObject({ name: EnforcerName(), kind: z.literal('command'), command: Argv, gateway: HostPort }),
  z.strictObject({ name: EnforcerName(), kind: z.literal('paste'), instruction: Instruction(), undo: Instruction(), gateway: HostPort }),
]);

/** How a zone is cut off: its segment, who may still reach it, what enforces that, and from where it is looked at. */
export const IsolationTerms = z.strictObject({
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

/** Its series lies beside those of the targets. */
function EnforcerName(): z.ZodType<Id<'enforcer'>> {
  return idOf<'enforcer'>().refine(
    (name) => name !== 'case',
    'expected a name other than "case", which is the name of the incident\'s own series',
  );
}

function Instruction(): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(4000, 'expected at most 4000 characters')
    .regex(/^[^\p{Bidi_Control}\p{Surrogate}]*$/u, 'expected plain text');
}
