import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FileError, readPrivate } from '../files/private-file.js';
import { VaultError } from './error.js';
import type { Answer, KvHttp } from './kv-http.js';
import { Secret } from './secret.js';

/** How a worker logs in; what is secret lies in files of mode 0600, read at each login, so that others may keep them fresh. */
export type KvLogin =
  | { readonly method: 'token'; readonly file: string }
  | { readonly method: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId: string };

const MAX_BYTES = 16_384;
/** Of a lease's first length: with less left, the server renews no more, and a new login is due. */
const LAST = 1 / 4;
const LONGEST_TIMER_MS = 86_400_000;
/** Vault 1.13 and later lock a role out, for everybody, after 5 refused logins within 15 minutes: what was refused is sent again only after that, or once its file is fresh. */
const FORGIVEN_MS = 15 * 60_000;

/** The token of one server, renewed at half of its life by a timer that keeps no process alive. */
export class KvToken {
  readonly #http: KvHttp;
  readonly #login: KvLogin;
  #held: Held | null = null;
  #logging: Promise<Held> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #refused: { readonly what: string; readonly until: number } | null = null;
  #closed = false;

  constructor(http: KvHttp, login: KvLogin) {
    this.#http = http;
    this.#login = login;
  }

  async get(): Promise<Secret> {
    const held = this.#held;
    return held === null || held.until <= performance.now() ? (await this.#logIn()).token : held.token;
  }

  /** Another token, since the server did not take `refused`; once for all who were refused with the same one. */
  async instead(refused: Secret): Promise<Secret> {
    const held = this.#held;
    return held === null || held.token === refused ? (await this.#logIn()).token : held.token;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A login that fails leaves the token that we have: it may be good for other paths. */
  #logIn(): Promise<Held> {
    this.#logging ??= this.#newToken()
      .then((held) => this.#keep(held))
      .finally(() => {
        this.#logging = null;
      });
    return this.#logging;
  }

  #keep(held: Held): Held {
    this.#held = held;
    clearTimeout(this.#timer);
    const left = held.until - performance.now();
    if (!this.#closed && Number.isFinite(left))
      this.#timer = setTimeout(() => void this.#renew(held), Math.min(Math.max(left / 2, 1000), LONGEST_TIMER_MS)).unref();
    return held;
  }

  /** Failing is no harm as long as the lease lasts: it is tried again at half of what is left, and then the next request logs in. */
  async #renew(held: Held): Promise<void> {
    if (held !== this.#held || held.until <= performance.now()) return;
    try {
      const renewed = held.renewable ? await this.#renewed(held) : held;
      if (renewed.until - performance.now() < held.first * LAST && this.#login.method === 'approle') await this.#logIn();
      else this.#keep(renewed);
    } catch {
      if (held === this.#held) this.#keep(held);
    }
  }

  async #renewed(held: Held): Promise<Held> {
    const asked = performance.now();
    const answer = await this.#http.ask({ method: 'POST', path: 'auth/token/renew-self', token: held.token, body: {} });
    const { auth } = parse(Auth, answer);
    return { ...held, until: endOf(asked, auth.lease_duration), renewable: auth.renewable };
  }

  async #newToken(): Promise<Held> {
    const asked = performance.now();
    if (this.#login.method === 'token') {
      const token = Secret.of(await readLine(this.#login.file));
      const { data } = parse(Looked, await this.#http.ask({ method: 'GET', path: 'auth/token/lookup-self', token }));
      return { token, until: endOf(asked, data.ttl), first: data.ttl * 1000, renewable: data.renewable ?? false };
    }
    const { mount, roleId, secretId } = this.#login;
    const body = { role_id: await readLine(roleId), secret_id: await readLine(secretId) };
    const what = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    if (this.#refused?.what === what && asked < this.#refused.until) throw refused();
    const answer = await this.#http.ask({ method: 'POST', path: `auth/${mount}/login`, token: null, body });
    this.#refused = answer.status === 200 ? null : { what, until: asked + FORGIVEN_MS };
    const { auth } = parse(Auth, answer);
    const { client_token: token, lease_duration: seconds, renewable } = auth;
    return { token: Secret.of(token), until: endOf(asked, seconds), first: seconds * 1000, renewable };
  }
}

interface Held {
  readonly token: Secret;
  /** On the monotonic clock, milliseconds; a token without end has none. */
  readonly until: number;
  /** How long it was good for at first, milliseconds. */
  readonly first: number;
  readonly renewable: boolean;
}

const Token = z.string().regex(/^[\x21-\x7e]{1,8192}$/);
const Seconds = z.number().min(0).max(3_200_000_000);
const Auth = z.object({ auth: z.object({ client_token: Token, lease_duration: Seconds, renewable: z.boolean() }) });
const Looked = z.object({ data: z.object({ ttl: Seconds, renewable: z.boolean().optional() }) });

function endOf(from: number, seconds: number): number {
  return seconds === 0 ? Infinity : from + seconds * 1000;
}

function parse<T>(schema: z.ZodType<T>, { status, body }: Answer): T {
  if (status !== 200) throw refused();
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new VaultError('UNREADABLE', 'the server answers a login with something else than a token');
}

function refused(): VaultError {
  return new VaultError('FORBIDDEN', 'the server takes neither our token nor a new login; put a fresh token or secret id into its file');
}

/** The one line of a file; its content reaches no error. */
async function readLine(path: string): Promise<string> {
  const text = await readPrivate(path, MAX_BYTES).catch((cause: unknown) => {
    if (cause instanceof FileError && cause.code === 'MODE_TOO_OPEN') throw new VaultError('MODE_TOO_OPEN', cause.message, { cause });
    throw new VaultError('FORBIDDEN', `${path}: nothing to log in with can be read there`, { cause });
  });
  const line = text.toString('utf8').trim();
  if (Token.safeParse(line).success) return line;
  throw new VaultError('FORBIDDEN', `${path}: expected one line of printable characters`);
}
