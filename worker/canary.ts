import type { Connection } from '@temporalio/client';
import { isRefused } from '../lib/model/refused.js';
import { packPayload, SealingCodec, unpackPayload } from '../lib/codec/codec.js';

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
    await connection.workflowService.updateNamespace({
      namespace,
      updateInfo: { data: { [NAME]: packPayload(sealed ?? {}).toString('base64') } },
    });
    return;
  }
  const [opened] = await codec.decode([unpackPayload(Buffer.from(known, 'base64'))]);
  const word: unknown = JSON.parse(Buffer.from(opened?.data ?? new Uint8Array()).toString('utf8'));
  if (isRefused(word))
    throw new Error(
      `the codec key does not fit the namespace ${namespace} (${word['cofferdam/refused']}): copy codec.key from a worker or desk of this engine, or use another namespace`,
    );
}
