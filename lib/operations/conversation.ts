import type { Digest } from '../model/json.js';
import type { Target } from '../model/site.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import type { Bench, Workbench } from './bench.js';
import type { Job } from './job.js';
import { requireDevice } from './new-secret.js';

/** A conversation that is opened when it is needed, with the device that was planned for, and closed with the work. */
export interface Conversation {
  open(): Promise<Bench>;
  close(): Promise<void>;
}

interface Speaking {
  readonly job: Job;
  readonly target: Target;
  readonly bench: Workbench;
  readonly identity: Digest<'identity'>;
}

/** With the login that we use now. Who answers is looked at whenever it is asked for, since the BMC may have started again in between. */
export function conversationWith({ job, target, bench, identity }: Speaking): Conversation {
  const { deps, series, context } = job;
  let opened: Promise<Bench> | null = null;
  const connect = async (): Promise<Bench> => {
    const connection = await onRecord(series, () => deps.connect(context.case, target, series, bench.shield.signal));
    return { ...bench, session: connection.session, connection, reader: (purpose) => recordingReader(connection, series, purpose) };
  };
  return {
    async open() {
      opened ??= connect();
      const open = await opened;
      await requireDevice(open.connection, job, identity);
      return open;
    },
    async close() {
      const last = await opened?.catch(() => null);
      await last?.connection.close();
    },
  };
}
