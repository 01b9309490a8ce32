import { z } from 'zod';
import type { Id } from '../model/json.js';
import type { ConnectOptions } from '../redfish/types.js';
import { readRecord, removeFile, replaceFile } from './files.js';
import type { IncidentLayout } from './layout.js';

/**
 * So that a session which a crash left behind is ended at the next login and never taken for a stranger's. One that is opened beside another ends none:
 * the other one is at work.
 */
export async function rememberSession(
  layout: IncidentLayout,
  target: Id<'target'>,
  place: 'alone' | 'beside',
): Promise<Required<Pick<ConnectOptions, 'leftOver' | 'onSession' | 'onSessionEnded'>>> {
  const { session, sessionBeside } = layout.target(target);
  const records = [session, sessionBeside];
  const uriIn = async (path: string): Promise<string | undefined> => (await readRecord(path, sessionSchema))?.uri;
  const leftOver = place === 'beside' ? [] : await Promise.all(records.map(uriIn));
  return {
    leftOver: leftOver.filter((uri) => uri !== undefined),
    onSession: (uri) => replaceFile(place === 'beside' ? sessionBeside : session, JSON.stringify({ uri })),
    async onSessionEnded(uri) {
      for (const path of records) if ((await uriIn(path)) === uri) await removeFile(path);
    },
  };
}

const sessionSchema = z.strictObject({ uri: z.string() });
