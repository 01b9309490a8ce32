import type { Connection } from '@temporalio/client';
import { isRefused } from '../lib/model/refused.js';
import { SealingCodec, type Payload } from '../lib/codec/codec.js';

const NAME = 'cofferdam-canary';
const SONG = 'cofferdam';

/**
 * With a wrong codec key workflows would hang rather than fail, so the first worker leaves a sealed word in the namespace and every
 * other opens it before it polls. Throws when the word does not open: this worker has another key than the others.
 */
export async function checkCanary(connection: Connection, namespace: string, key: Uint8Array): Promise<void> {
  const codec = new SealingCodec(key);
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  const known = namespaceInfo?.data?.[NAME];
  if (known === undefined) {
    const [sealed] = await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(SONG)) }]);
    await connection.workflowService.updateNamespace({ namespace, updateInfo: { data: { [NAME]: write(sealed) } } });
    return;
  }
  const [opened] = await codec.decode([read(known)]);
  const word: unknown = JSON.parse(Buffer.from(opened?.data ?? new Uint8Array()).toString('utf8'));
  if (isRefused(word))
    throw new Error(
      `the codec key does not fit the namespace ${namespace} (${word['cofferdam/refused']}): copy codec.key from a worker or desk of this engine, or use another namespace`,
    );
}

function write(payload: Payload | undefined): string {
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return JSON.stringify({ metadata, data: Buffer.from(payload?.data ?? new Uint8Array()).toString('base64') });
}

function read(text: string): Payload {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('metadata' in value) || !('data' in value)) return {};
  const metadata: Record<string, Uint8Array> = {};
  for (const entry of Array.isArray(value.metadata) ? value.metadata : []) {
    const [name, base64]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof name === 'string' && typeof base64 === 'string') metadata[name] = Buffer.from(base64, 'base64');
  }
  return { metadata, data: Buffer.from(typeof value.data === 'string' ? value.data : '', 'base64') };
}
