import { z } from 'zod';
import { digestOfKind, idOf } from '../../trust/schemas.js';
import { AbsolutePath, AuthorityFile, isOrigin, Mount } from './fields.js';

/** Where secrets lie that the inventory names. */
export const Store = z.discriminatedUnion('kind', [
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
        z.strictObject({ method: z.literal('token'), file: AbsolutePath }),
        z.strictObject({ method: z.literal('approle'), mount: Mount.default('approle'), roleId: AbsolutePath, secretId: AbsolutePath }),
      ]),
    })
    .refine(({ ca, pin }) => ca !== null || pin !== null, 'expected `ca` or `pin`: without either, nobody vouches for the server'),
]);
