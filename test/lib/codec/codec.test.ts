import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SealingCodec, type Payload } from '../../../lib/codec/codec.js';

const codec = new SealingCodec(randomBytes(32));
const CANARY = 'canary-in-a-payload';

describe('SealingCodec', () => {
  it('gives back every payload as it was, metadata included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 40 }), async (data, encoding) => {
        const [opened] = await codec.decode(await codec.encode([{ metadata: { encoding }, data }]));
        expect(Buffer.from(opened?.data ?? [])).toEqual(Buffer.from(data));
        expect(Buffer.from(opened?.metadata?.['encoding'] ?? [])).toEqual(Buffer.from(encoding));
      }),
    );
  });

  it('shows nothing of what it seals', async () => {
    const sealed = await codec.encode([{ metadata: { hint: Buffer.from(CANARY) }, data: Buffer.from(CANARY) }]);
    expect(JSON.stringify(sealed.map(({ metadata, data }) => [Object.values(metadata ?? {}).map(latin), latin(data)]))).not.toContain(
      CANARY,
    );
  });

  it('turns plaintext into a marker instead of throwing', async () => {
    expect(await decodeOne(codec, { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"hello"') })).toEqual({
      'cofferdam/refused': 'plaintext',
    });
  });

  it('turns what another key sealed into a marker', async () => {
    const [foreign] = await new SealingCodec(randomBytes(32)).encode([{ data: Buffer.from('x') }]);
    expect(await decodeOne(codec, foreign ?? {})).toEqual({ 'cofferdam/refused': 'unknown-key' });
  });

  it('turns a payload with any bit flipped into a marker', async () => {
    const [sealed] = await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"approve"') }]);
    const bytes = Buffer.from(sealed?.data ?? []);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const forged = Buffer.from(bytes);
        forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await decodeOne(codec, { ...sealed, data: forged })).toEqual({ 'cofferdam/refused': 'forged' });
      }),
    );
  });
});

async function decodeOne(with_: SealingCodec, payload: Payload): Promise<unknown> {
  const [opened] = await with_.decode([payload]);
  return JSON.parse(Buffer.from(opened?.data ?? []).toString());
}

function latin(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('latin1');
}
