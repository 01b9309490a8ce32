import type { Send } from '../model/operation.js';
import { downloadPath } from '../redfish/download-path.js';
import { valueAtPointer } from '../redfish/json.js';
import { keepFile } from '../steps/recording.js';
import { isNo, isYes, type Bench, type Look, type Prepared } from './bench.js';
import { refuse } from './error.js';

type Fetch = Send & { kind: 'download' };

/** A read that goes through a gate since it is large, slow, and of the same plan as the dumps. After a crash it starts over. */
export async function prepareDownload(bench: Bench, send: Fetch): Promise<Prepared> {
  if ((await pathOf(bench, send, 'before-claim')) === null)
    refuse('PRECONDITION_FAILED', `${send.uri} names no file of this BMC at ${send.pointer}; plan again`);
  return { seen: {}, act: () => observeDownload(bench, send) };
}

export async function observeDownload(bench: Bench, send: Fetch): Promise<Look> {
  const path = await pathOf(bench, send, 'observe');
  if (path === null) return { is: 'unsettled', shown: false, acknowledged: false };
  const status = await keepFile(bench.connection, bench.series, 'dump', path);
  if (isYes(status)) return { is: 'done' };
  if (isNo(status)) return { is: 'failed', code: `HTTP_${String(status)}` };
  return { is: 'unsettled', shown: true, acknowledged: true, code: `HTTP_${String(status)}` };
}

async function pathOf(bench: Bench, { uri, pointer }: Fetch, purpose: 'before-claim' | 'observe'): Promise<string | null> {
  const { json } = await bench.reader(purpose).get(uri);
  const link = valueAtPointer(json ?? undefined, pointer);
  return typeof link === 'string' ? downloadPath(link) : null;
}
