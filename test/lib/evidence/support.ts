import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { id, time, type Time } from '../../../lib/model/json.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { generateKey, type GeneratedKey } from '../../../lib/trust/keys.js';
import type { CaptureFailure, CapturedAnswer, Position, SealOptions, SeriesOptions, Staged } from '../../../lib/evidence/types.js';
import { readCaptureLine, readCustodyLine } from '../../../lib/evidence/verify/records.js';
import type { CaptureLine, CustodyLine } from '../../../lib/evidence/format.js';

export const AT: Time = time(Date.UTC(2026, 0, 2, 3, 4, 5));

/** A temp folder that goes away with the test. */
export async function tempFolder(onEnd: (clean: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-evidence-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const COLLECTOR: GeneratedKey = await generateKey({ name: 'Collector', email: 'collector@zone-a.example' });

export const SERIES = 'rack1-bmc1';

export function optionsIn(root: string, changed: Partial<SeriesOptions> = {}): SeriesOptions {
  return {
    root,
    incident: id('inc-1'),
    series: id(SERIES),
    launch: sha256('launch'),
    drill: false,
    actor: 'worker:zone-a',
    host: 'host-1',
    collector: { privateKey: COLLECTOR.privateKey, fingerprint: COLLECTOR.fingerprint },
    ...changed,
  };
}

export function answer(uri: string, body: string | Uint8Array = `{"@odata.id":"${uri}"}`, changed: Partial<CapturedAnswer> = {}): Staged {
  return {
    purpose: 'capture',
    class: null,
    answer: {
      uri,
      answeredBy: uri,
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      json: {},
      startedAt: AT,
      endedAt: AT,
      peer: sha256('peer'),
      ...changed,
    },
  };
}

export function failure(uri: string, code = 'TIMEOUT'): Staged & { readonly failure: CaptureFailure } {
  return { purpose: 'capture', class: null, failure: { uri, code, startedAt: AT, endedAt: AT, peer: null } };
}

export function sealing(changed: Partial<SealOptions> = {}): SealOptions {
  return { final: false, heads: null, atLeast: null, ...changed };
}

/** The lines of a bag's custody log, each read with the reader that verifies it. */
export async function custodyOf(bag: string): Promise<CustodyLine[]> {
  return (await linesIn(join(bag, 'custody.jsonl'))).map((text) => readCustodyLine(text)).filter((line) => line !== null);
}

export async function capturesOf(bag: string): Promise<CaptureLine[]> {
  return (await linesIn(join(bag, 'captures.jsonl'))).map((text) => readCaptureLine(text)).filter((line) => line !== null);
}

/** Digest of the line with this number in one bag, as `prev` of the next line has it. */
export async function headIn(bag: string, { seq }: Pick<Position, 'seq'>): Promise<string | undefined> {
  const lines = await linesIn(join(bag, 'custody.jsonl'));
  const line = lines.find((text) => readCustodyLine(text)?.seq === seq);
  return line === undefined ? undefined : sha256(`${line}\n`);
}

async function linesIn(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1);
}
