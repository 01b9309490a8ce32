import { z } from 'zod';
import { VaultError } from './error.js';
import type { Answer, Ask, KvHttp } from './kv-http.js';
import type { KvToken } from './kv-token.js';

/** One version of a record. */
export interface KvRecord {
  /** Null: there is none, or somebody deleted it. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** The number that the next write must name; 0: there never was one. */
  readonly version: number;
}

/** The few requests to a KV version 2 mount that we make. Throws VaultError. */
export class KvClient {
  readonly #http: KvHttp;
  readonly #token: KvToken;
  readonly #mount: string;

  constructor(http: KvHttp, token: KvToken, mount: string) {
    this.#http = http;
    this.#token = token;
    this.#mount = mount;
  }

  /** The newest version, or the one that is asked for. */
  async read(path: string, version: number | null = null): Promise<KvRecord> {
    const query = version === null ? '' : `?version=${String(version)}`;
    const { status, body } = await this.#ask({ method: 'GET', path: `${this.#mount}/data/${path}${query}` });
    if (status === 404) {
      const deleted = Read.safeParse(body);
      return { data: null, version: deleted.success ? deleted.data.data.metadata.version : 0 };
    }
    const { data } = parsed(Read, path, status, body);
    return { data: data.data, version: data.metadata.version };
  }

  /** Writes the version after `base`; false when that is there already, or the server does not take it. */
  async write(path: string, base: number, data: Readonly<Record<string, unknown>>): Promise<boolean> {
    const { status, body } = await this.#ask({
      method: 'POST',
      path: `${this.#mount}/data/${path}`,
      body: { options: { cas: base }, data },
    });
    if (status === 400) return false;
    return parsed(Wrote, path, status, body).data.version === base + 1;
  }

  /** Takes this very version out of sight; the server keeps it, and `undelete` brings it back. */
  async hide(path: string, version: number): Promise<void> {
    const { status } = await this.#ask({ method: 'POST', path: `${this.#mount}/delete/${path}`, body: { versions: [version] } });
    if (status !== 204 && status !== 200) throw strange(path, status);
  }

  /** Asks another secrets engine of the same server, with the same login. */
  other(ask: Omit<Ask, 'token'>): Promise<Answer> {
    return this.#ask(ask);
  }

  close(): Promise<void> {
    this.#token.close();
    return this.#http.close();
  }

  /** With one new login when the token is not taken: it may have ended a moment ago. */
  async #ask(ask: Omit<Ask, 'token'>): Promise<Answer> {
    const token = await this.#token.get();
    const first = await this.#http.ask({ ...ask, token });
    if (first.status !== 403) return first;
    const second = await this.#http.ask({ ...ask, token: await this.#token.instead(token) });
    if (second.status !== 403) return second;
    throw new VaultError('FORBIDDEN', `${ask.path}: the server does not let us; look at the policy of our role`);
  }
}

const Metadata = z.object({ version: z.int().min(1) });
const Read = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()).nullable(), metadata: Metadata }) });
const Wrote = z.object({ data: Metadata });

function parsed<T>(schema: z.ZodType<T>, path: string, status: number, body: unknown): T {
  const read = schema.safeParse(body);
  if (status === 200 && read.success) return read.data;
  throw strange(path, status);
}

function strange(path: string, status: number): VaultError {
  return new VaultError(
    'UNREADABLE',
    `${path}: the server answers with status ${String(status)} and no record; is it a KV mount of version 2?`,
  );
}
