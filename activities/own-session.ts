import { z } from 'zod';
import type { Id } from '../lib/model/json.js';
import type { ConnectOptions } from '../lib/redfish/types.js';
import { readRecord, removeFile, replaceFile } from '../lib/store/files.js';
import type { IncidentLayout } from '../lib/store/layout.js';

/** So that a session which a crash left behind is ended at the next login and never taken for a stranger's. */
export async function rememberSession(
  layout: IncidentLayout,
  target: Id<'target'>,
): Promise<Required<Pick<ConnectOptions, 'leftOver' | 'onSession' | 'onSessionEnded'>>> {
  const path = layout.target(target).session;
  const record = await readRecord(path, sessionSchema);
  return {
    leftOver: record?.uri ?? null,
    onSession: (uri) => replaceFile(path, JSON.stringify({ uri })),
    async onSessionEnded(uri) {
      if ((await readRecord(path, sessionSchema))?.uri === uri) await removeFile(path);
    },
  };
}

const sessionSchema = z.strictObject({ uri: z.string() });
