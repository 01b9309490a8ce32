import { isIP } from 'node:net';
import { z } from 'zod';
import { type Hunt, INDICATORS } from '../../model/hunt.js';
import { idOf } from '../../trust/schemas.js';
import { KeyName, Seen, Text, Version } from './fields.js';

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
