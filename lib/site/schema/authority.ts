import { z } from 'zod';
import { Argv, AuthorityFile, Mount, Text } from './fields.js';

const Country = z.string().regex(/^[A-Z]{2}$/, 'expected the two letters of a country, as DE');

/** What every maker takes: RFC 5280 bounds these at 64 characters. */
const Named = Text.max(64, 'expected at most 64 characters');

const AnyAuthority = z.strictObject({
  ca: AuthorityFile,
  subject: z.strictObject({ organization: Named, organizationalUnit: Named, city: Named, state: Named, country: Country }),
});

/** Who signs the certificates of BMCs, and for which subject. */
export const Authority = z.discriminatedUnion('kind', [
  AnyAuthority.extend({ kind: z.literal('command'), command: Argv }),
  AnyAuthority.extend({
    kind: z.literal('vault'),
    store: z.string().min(1),
    mount: Mount.default('pki'),
    role: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'expected the name of a role of the PKI engine'),
  }),
]);
