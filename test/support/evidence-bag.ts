import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { armor, enums } from 'openpgp';
import type { Header } from 'tar-stream';
import { pack } from 'tar-stream';
import type { CaptureLine, CustodyLine, CustodyType, Seal } from '../../lib/evidence/format.js';
import { EMPTY_PAYLOAD, NO_CUSTODY, NOTATION_DOMAIN, PURPOSE, SEAL_TYPE, sealName } from '../../lib/evidence/format.js';
import type { Digest } from '../../lib/model/json.js';
import { digest, id, time } from '../../lib/model/json.js';
import { signDetached } from '../../lib/trust/sign.js';

/** A small writer of seals for tests of the verifier: it shares the format with the product and no code, and can be made to lie at every step. */
export interface Story {
  readonly incident?: string;
  readonly series?: string;
  readonly final?: boolean;
  readonly drill?: boolean;
  readonly launch?: string;
  readonly previous?: Bag | null;
  readonly heads?: readonly Bag[] | null;
  /** Bodies by URI; null is a capture that failed. */
  readonly captures?: Readonly<Record<string, string | null>>;
  readonly at?: number;
  readonly collector: Signing;
}

export interface Signing {
  readonly privateKey: string;
  readonly fingerprint: string;
}

export interface Event {
  readonly type: CustodyType;
  readonly data: CustodyLine['data'];
  readonly time?: number;
}

export type Files = Map<string, Buffer>;

/** Each hook changes what was just made; what comes after it is made from the changed thing, so that one lie stays one lie. */
export interface Hooks {
  readonly captures?: (lines: CaptureLine[]) => readonly unknown[];
  readonly payload?: (files: Files) => void;
  readonly captureText?: (text: string) => string;
  readonly events?: (events: Event[]) => Event[];
  readonly custodyLine?: (line: CustodyLine, index: number) => unknown;
  readonly custodyLines?: (lines: string[]) => string[];
  readonly custodyText?: (text: string) => string;
  readonly seal?: (seal: Seal) => unknown;
  readonly sealText?: (text: string) => string;
  readonly files?: (files: Files) => void;
  readonly manifest?: (text: string) => string;
  readonly tagManifest?: (text: string) => string;
  readonly notations?: (notations: Record<string, string>) => Record<string, string>;
  /** In place of the collector's signature: file names and texts. */
  readonly sign?: (tagManifest: Buffer, notations: Record<string, string>) => Promise<Readonly<Record<string, string>>>;
  readonly signed?: (files: Files) => void;
}

export interface Bag {
  readonly name: string;
  readonly series: string;
  readonly number: number;
  readonly files: Files;
  readonly tagmanifestSha256: Digest<'tagmanifest'>;
  readonly nextSeq: number;
  readonly head: Digest<'custody'>;
  readonly nextCapture: number;
}

export async function makeBag(story: Story, hooks: Hooks = {}): Promise<Bag> {
  const { previous = null, at = Date.now(), incident = 'inc-1', series = 'bmc-1', drill = false, final = false, collector } = story;
  const launch = digest<'statement'>(story.launch ?? 'a'.repeat(64));
  const number = (previous?.number ?? 0) + 1;
  const name = sealName(id('inc-1'), id(series), number).replace('inc-1', incident);
  const files: Files = new Map();
  const captures = captureLines(story.captures ?? DEFAULT_CAPTURES, previous?.nextCapture ?? 1, at, files);
  if (!captures.some(({ path }) => path !== null)) files.set(EMPTY_PAYLOAD.path, Buffer.from(EMPTY_PAYLOAD.text));
  hooks.payload?.(files);
  const written = hooks.captures?.([...captures]) ?? captures;
  const captureText = written.map((line) => `${ascii(line)}\n`).join('');
  files.set('captures.jsonl', Buffer.from(hooks.captureText?.(captureText) ?? captureText));

  const first: Event =
    previous === null
      ? { type: 'series.opened', data: { incident, series, launch, drill } }
      : { type: 'sealed', data: { name: previous.name, tagmanifestSha256: previous.tagmanifestSha256 } };
  const events = [first, ...captures.map(adopted), { type: 'class.complete', data: { class: 'sessions' } } as const];
  const custody = chain(hooks.events?.(events) ?? events, previous, at, hooks);
  files.set('custody.jsonl', custody.bytes);

  const payload = [...files].filter(([path]) => path.startsWith('data/'));
  const bytes = payload.reduce((total, [, body]) => total + body.length, 0);
  const failed = captures.filter(({ status }) => status === 'failed').length;
  const seal: Seal = {
    type: SEAL_TYPE,
    incident: id(incident),
    series: id(series),
    seal: number,
    name,
    final,
    drill,
    createdAt: time(at),
    previousSeal: previous === null ? null : { name: previous.name, tagmanifestSha256: previous.tagmanifestSha256 },
    payload: { files: payload.length, bytes },
    captures: { complete: captures.length - failed, failed },
    classes: ['sessions'],
    custody: {
      firstSeq: previous?.nextSeq ?? 1,
      entries: custody.entries,
      bytes: custody.bytes.length,
      sha256: digest(sha256(custody.bytes)),
      continues: previous?.head ?? NO_CUSTODY,
      head: custody.head,
    },
    seriesHeads:
      (story.heads ?? null)?.map((head) => ({ series: id(head.series), name: head.name, tagmanifestSha256: head.tagmanifestSha256 })) ??
      null,
    launch,
    requiredSigners: [{ role: 'collector', fingerprint: collector.fingerprint }],
  };
  const sealText = `${JSON.stringify(hooks.seal?.(seal) ?? seal, null, 2)}\n`;
  files.set('SEAL.json', Buffer.from(hooks.sealText?.(sealText) ?? sealText));
  files.set('VERIFY.txt', Buffer.from('How to verify this seal.\n'));
  files.set('bagit.txt', Buffer.from('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'));
  files.set('bag-info.txt', Buffer.from(`External-Identifier: ${name}\nPayload-Oxum: ${String(bytes)}.${String(payload.length)}\n`));
  hooks.files?.(files);

  const manifest = manifestOf(files, (path) => path.startsWith('data/'));
  files.set('manifest-sha256.txt', Buffer.from(hooks.manifest?.(manifest) ?? manifest));
  const tags = manifestOf(files, (path) => !path.startsWith('data/'));
  const tagManifest = Buffer.from(hooks.tagManifest?.(tags) ?? tags);
  files.set('tagmanifest-sha256.txt', tagManifest);
  const plainNotations = Object.fromEntries(
    Object.entries({ purpose: PURPOSE, incident, series, seal: name }).map(([key, value]) => [`${key}@${NOTATION_DOMAIN}`, value]),
  );
  const notations = hooks.notations?.(plainNotations) ?? plainNotations;
  const signatures = (await hooks.sign?.(tagManifest, notations)) ?? (await signBy(collector, tagManifest, notations));
  for (const [path, text] of Object.entries(signatures)) files.set(`signatures/${path}`, Buffer.from(text, 'latin1'));
  hooks.signed?.(files);
  return {
    name,
    series,
    number,
    files,
    tagmanifestSha256: digest(sha256(tagManifest)),
    nextSeq: (previous?.nextSeq ?? 1) + custody.entries,
    head: custody.head,
    nextCapture: (previous?.nextCapture ?? 1) + captures.length,
  };
}

/** One armored signature under the name that the format asks for. */
export async function signBy(
  key: Signing,
  bytes: Uint8Array,
  notations: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const packet = await signDetached({ bytes, privateKey: key.privateKey, notations });
  return { [signatureFile(key.fingerprint)]: armor(enums.armor.signature, packet) };
}

export function signatureFile(fingerprint: string): string {
  return `tagmanifest-sha256.txt.${fingerprint}.asc`;
}

/** A tar as archiver writes it; extra entries come last. */
export async function tarOf(
  bag: Pick<Bag, 'name' | 'files'>,
  extra: readonly (Partial<Header> & Pick<Header, 'name'> & { readonly body?: Buffer })[] = [],
): Promise<Buffer> {
  const tar = pack();
  for (const [path, body] of bag.files) tar.entry({ name: `${bag.name}/${path}`, mtime: new Date(0), mode: 0o444 }, body);
  for (const { body, ...header } of extra) {
    if (body === undefined) tar.entry({ mtime: new Date(0), ...header });
    else tar.entry({ mtime: new Date(0), ...header }, body);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function writeTar(folder: string, bag: Pick<Bag, 'name' | 'files'>): Promise<string> {
  const bytes = await tarOf(bag);
  const path = join(folder, `${bag.name}.tar`);
  await writeFile(path, bytes);
  await writeFile(`${path}.sha256`, `${sha256(bytes)}  ${bag.name}.tar\n`);
  return path;
}

export async function writeFolder(folder: string, bag: Pick<Bag, 'name' | 'files'>): Promise<string> {
  for (const [path, body] of bag.files) {
    const at = join(folder, bag.name, path);
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, body);
  }
  return join(folder, bag.name);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const DEFAULT_CAPTURES = {
  '/redfish/v1': '{"Name":"root"}',
  '/redfish/v1/Systems': '{"Name":"Systeme f\u00fcr alle"}',
  '/redfish/v1/Empty': '',
};

function captureLines(captures: Readonly<Record<string, string | null>>, from: number, at: number, files: Files): CaptureLine[] {
  return Object.entries(captures).map(([uri, body], index) => {
    const number = from + index;
    const path = `data/${String(number).padStart(8, '0')}-${uri.slice(1).replaceAll('/', '_')}.json`;
    const shared = { id: number, purpose: 'capture', class: null, method: 'GET', uri, startedAt: time(at), endedAt: time(at) } as const;
    const peer = digest<'spki'>('b'.repeat(64));
    if (body === null)
      return orderKeys({
        ...shared,
        status: 'failed',
        answeredBy: null,
        httpStatus: null,
        headers: {},
        peer: null,
        path: null,
        size: 0,
        sha256: null,
        error: 'TIMEOUT',
      });
    const bytes = Buffer.from(body);
    files.set(path, bytes);
    const headers = { etag: '"1"' };
    return orderKeys({
      ...shared,
      status: 'complete',
      answeredBy: uri,
      httpStatus: 200,
      headers,
      peer,
      path,
      size: bytes.length,
      sha256: digest(sha256(bytes)),
      error: null,
    });
  });
}

function orderKeys(line: CaptureLine): CaptureLine {
  const {
    id: number,
    purpose,
    class: kind,
    status,
    method,
    uri,
    answeredBy,
    startedAt,
    endedAt,
    httpStatus,
    headers,
    peer,
    path,
    size,
    sha256: hash,
    error,
  } = line;
  return {
    id: number,
    purpose,
    class: kind,
    status,
    method,
    uri,
    answeredBy,
    startedAt,
    endedAt,
    httpStatus,
    headers,
    peer,
    path,
    size,
    sha256: hash,
    error,
  };
}

function adopted({ id: number, uri, sha256: hash, size }: CaptureLine): Event {
  return { type: 'capture.adopted', data: { id: number, uri, sha256: hash, size } };
}

function chain(
  events: readonly Event[],
  previous: Bag | null,
  at: number,
  hooks: Hooks,
): { bytes: Buffer; entries: number; head: Digest<'custody'> } {
  let head = previous?.head ?? NO_CUSTODY;
  const lines = events.map((event, index) => {
    const line: CustodyLine = {
      seq: (previous?.nextSeq ?? 1) + index,
      prev: head,
      time: time(event.time ?? at),
      actor: 'worker:zone-a',
      host: 'ops-1',
      type: event.type,
      data: event.data,
    };
    const text = `${ascii(hooks.custodyLine?.(line, index) ?? line)}\n`;
    head = digest(sha256(text));
    return text;
  });
  const kept = hooks.custodyLines?.(lines) ?? lines;
  const text = kept.join('');
  return { bytes: Buffer.from(hooks.custodyText?.(text) ?? text), entries: kept.length, head: digest(sha256(kept.at(-1) ?? '')) };
}

function ascii(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function manifestOf(files: Files, belongs: (path: string) => boolean): string {
  const paths = [...files.keys()].filter(belongs).sort();
  return paths.map((path) => `${sha256(files.get(path) ?? '')}  ${path}\n`).join('');
}
