import { Agent, request } from 'node:https';
import { memberUris } from './json.js';
import { anyPassword } from './password-rules.js';
import type { State } from './state.js';
import type { Planted } from './truth.js';
import type { WireEntry, WireLog } from './wire-log.js';

/** One thing that the attacker tried, and what the BMC answered. */
export interface Attempt {
  readonly at: string;
  readonly target: string;
  /** With which of what was planted: an account of its own, or a session that it stole. */
  readonly as: 'account' | 'session';
  readonly tries: 'log-in' | 'create-account' | 'enable-ipmi' | 'use-session';
  /** Null: no answer came. */
  readonly status: number | null;
  readonly refused: boolean;
}

export interface AttackerOptions {
  readonly target: string;
  readonly address: string;
  readonly state: State;
  readonly planted: readonly Planted[];
  readonly wire: WireLog;
  /** Between two rounds; a second when absent. */
  readonly everyMs?: number;
}

/** No log is flooded for ever. */
const ROUNDS = 300;

/**
 * Whoever planted the traces, and comes back while the BMC is frozen: over TLS, like anybody. Each foothold stays quiet until the wire shows that a
 * freeze has reached it (its account or session was touched, or the lock was set), and then tries to write once a second: from there on every
 * answer must be a refusal. It holds an administrator's password or a session's token, or, where neither was planted, nothing.
 */
export class Attacker {
  readonly attempts: Attempt[] = [];
  readonly #options: AttackerOptions;
  readonly #footholds: readonly Foothold[];
  readonly #agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
  readonly #unwatch: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ended = new AbortController();

  constructor(options: AttackerOptions) {
    this.#options = options;
    this.#footholds = footholdsOn(options.state, options.planted);
    this.#unwatch = options.wire.watch((entry) => this.#see(entry));
  }

  close(): void {
    this.#ended.abort();
    this.#unwatch();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agent.destroy();
  }

  #see({ target, method, uri, status }: WireEntry): void {
    const { state } = this.#options;
    const changed = target === this.#options.target && ['PATCH', 'POST', 'DELETE'].includes(method) && status !== null && status < 400;
    if (!changed) return;
    for (const foothold of this.#footholds) {
      const lock = state.settings.lock();
      if (foothold.woken || (uri !== foothold.uri && uri !== lock?.uri)) continue;
      if (uri === lock?.uri && !state.settings.locked()) continue;
      foothold.woken = true;
      void this.#round(foothold, 1);
    }
  }

  async #round(foothold: Foothold, n: number): Promise<void> {
    for (const { tries, method, uri, body } of triesOf(foothold, this.#options.state)) {
      const status = await this.#ask(method, uri, body, tries === 'log-in' ? {} : foothold.headers);
      if (this.#ended.signal.aborted) return;
      const refused = status !== null && status >= 400 && status < 500;
      this.attempts.push({ at: new Date().toISOString(), target: this.#options.target, as: foothold.as, tries, status, refused });
    }
    if (n >= ROUNDS) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#round(foothold, n + 1);
    }, this.#options.everyMs ?? 1_000);
    this.#timers.add(timer);
  }

  #ask(method: string, uri: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<number | null> {
    const text = body === null ? null : JSON.stringify(body);
    return new Promise((resolve) => {
      const outgoing = request(`${this.#options.address}${uri}`, {
        method,
        agent: this.#agent,
        timeout: 10_000,
        headers: text === null ? headers : { ...headers, 'Content-Type': 'application/json', 'If-Match': '*' },
      });
      outgoing.on('response', (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode ?? null);
      });
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', () => resolve(null));
      outgoing.end(text ?? undefined);
    });
  }
}

interface Foothold {
  readonly as: Attempt['as'];
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What logs in with it; null for a session. */
  readonly login: { readonly UserName: string; readonly Password: string } | null;
  woken: boolean;
}

function footholdsOn(state: State, planted: readonly Planted[]): readonly Foothold[] {
  return planted.flatMap(({ kind, uri, userName }): Foothold[] => {
    if (kind === 'stolen-session') {
      const token = state.sessions.arm(uri);
      return token === null ? [] : [{ as: 'session', uri, headers: { 'X-Auth-Token': token }, login: null, woken: false }];
    }
    const account = kind === 'rogue-administrator' ? state.accounts.byUri(uri) : null;
    if (account === null || userName === null) return [];
    const Password = anyPassword();
    state.accounts.setPassword(account, Password);
    const headers = { Authorization: `Basic ${Buffer.from(`${userName}:${Password}`).toString('base64')}` };
    return [{ as: 'account', uri, headers, login: { UserName: userName, Password }, woken: false }];
  });
}

interface Try extends Pick<Attempt, 'tries'> {
  readonly method: string;
  readonly uri: string;
  readonly body: unknown;
}

function triesOf({ login, uri }: Foothold, { accounts, sessions, resources }: State): readonly Try[] {
  const [manager = ''] = memberUris(resources.json('/redfish/v1/Managers'));
  const account = { UserName: 'svc-restore', Password: anyPassword(), RoleId: 'Administrator', Enabled: true };
  const slot = accounts.all().find(({ userName, uri: place }) => userName === '' && !place.endsWith('/1'));
  return [
    login === null
      ? { tries: 'use-session', method: 'GET', uri, body: null }
      : { tries: 'log-in', method: 'POST', uri: sessions.collection, body: login },
    slot === undefined
      ? { tries: 'create-account', method: 'POST', uri: accounts.collection, body: account }
      : { tries: 'create-account', method: 'PATCH', uri: slot.uri, body: account },
    { tries: 'enable-ipmi', method: 'PATCH', uri: `${manager}/NetworkProtocol`, body: { IPMI: { ProtocolEnabled: true } } },
  ];
}
