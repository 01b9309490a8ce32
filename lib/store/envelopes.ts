import { join } from 'node:path';
import type { Id } from '../model/json.js';
import { removeFile, replaceFile } from './files.js';

/** The two envelopes of one account: what opens it now, and what may open it while it is being changed. */
export interface Envelopes {
  /** Beside the one that counts. */
  write(target: Id<'target'>, userName: string, armored: string): Promise<void>;
  /** The one that counts from now on; the other goes. */
  keep(target: Id<'target'>, userName: string, armored: string): Promise<void>;
  /** What was written beside the one that counts opens nothing. */
  drop(target: Id<'target'>, userName: string): Promise<void>;
}

/** `TARGET.USER.asc` and `TARGET.USER.next.asc`; the names are ids, so that no path leaves the folder. */
export function openEnvelopes(folder: string): Envelopes {
  const pathOf = (target: Id<'target'>, userName: string, which: '' | '.next'): string => join(folder, `${target}.${userName}${which}.asc`);
  return {
    write: (target, userName, armored) => replaceFile(pathOf(target, userName, '.next'), armored),
    async keep(target, userName, armored) {
      await replaceFile(pathOf(target, userName, ''), armored);
      await removeFile(pathOf(target, userName, '.next'));
    },
    drop: (target, userName) => removeFile(pathOf(target, userName, '.next')),
  };
}
