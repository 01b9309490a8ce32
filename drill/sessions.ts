import { randomBytes } from 'node:crypto';
import { keyOf } from './content.js';
import { at, isObject, link, memberUris, textAt, withMembers, without, type JsonObject } from './json.js';
import { stamped, type Resources } from './resources.js';

/** One session of an emulated BMC. */
export interface Session {
  readonly uri: string;
  readonly id: string;
  readonly userName: string;
  readonly address: string;
  readonly openedAt: number;
  /** Null for sessions that only exist on the BMC's list: captured, planted, or another tool's. They never idle out. */
  readonly token: string | null;
}

/** The sessions of one BMC over its Sessions collection. */
export class Sessions {
  readonly collection: string;
  readonly #resources: Resources;
  readonly #idleMs: number;
  /** Every token ever given out, for whoever checks that none is found elsewhere. */
  readonly issued: string[] = [];
  readonly #open: Session[] = [];
  /** Those that ended since the BMC started. */
  readonly #ended: Session[] = [];
  /** Those that were open when their account got another password. */
  readonly #outdated = new Set<string>();
  readonly #usedAt = new Map<string, number>();
  #nextId = 0;
  /** Sessions at once; null: as many as come. */
  limit: number | null;

  constructor(resources: Resources, collection: string, idleMs: number | null) {
    this.#resources = resources;
    this.limit = resources.vendor.sessionLimit;
    this.collection = collection;
    const timeout = at(resources.json('/redfish/v1/SessionService') ?? undefined, 'SessionTimeout');
    // iLO writes minutes where the schema says seconds.
    this.#idleMs = idleMs ?? (typeof timeout === 'number' ? timeout : 1800) * (resources.vendor.name === 'hpe' ? 60_000 : 1000);
    for (const uri of memberUris(resources.json(collection))) this.#adopt(uri);
    resources.touch(collection);
  }

  /** The caller's new session, or `full`. */
  login(userName: string, address: string): Session | 'full' {
    this.#expire();
    if (this.limit !== null && this.#open.length >= this.limit) return 'full';
    const token = randomBytes(24).toString('base64url');
    this.issued.push(token);
    const session = this.#add(userName, address, token);
    this.#usedAt.set(session.uri, Date.now());
    return session;
  }

  /** A session that someone holds from elsewhere. */
  plant(userName: string, address: string): Session {
    return this.#add(userName, address, null);
  }

  /** Gives a session that only stands on the list a token, as its thief has it; null when there is none. */
  arm(uri: string): string | null {
    const place = this.#open.findIndex((session) => keyOf(session.uri) === keyOf(uri));
    const session = this.#open[place];
    if (session === undefined) return null;
    const token = randomBytes(24).toString('base64url');
    this.issued.push(token);
    this.#open[place] = { ...session, token };
    this.#usedAt.set(session.uri, Date.now());
    return token;
  }

  byToken(token: string): Session | null {
    this.#expire();
    const session = this.#open.find((candidate) => candidate.token === token);
    if (session === undefined) return null;
    this.#usedAt.set(session.uri, Date.now());
    return session;
  }

  /** Whose token it was: what a BMC that forgets no token goes on taking it for. */
  endedByToken(token: string): Session | null {
    return this.#ended.find((candidate) => candidate.token === token) ?? null;
  }

  /** The password of its account was changed while it was open. */
  isOutdated(session: Session): boolean {
    return this.#outdated.has(session.uri);
  }

  byUri(uri: string): Session | null {
    this.#expire();
    return this.#open.find((session) => keyOf(session.uri) === keyOf(uri)) ?? null;
  }

  all(): readonly Session[] {
    this.#expire();
    return this.#open;
  }

  end(session: Session): void {
    const place = this.#open.indexOf(session);
    if (place < 0) return;
    this.#open.splice(place, 1);
    this.#ended.push(session);
    this.#usedAt.delete(session.uri);
    this.#resources.remove(session.uri);
  }

  /** The BMC starts again: of what has ended it remembers nothing. */
  forget(): void {
    this.#ended.length = 0;
    this.#outdated.clear();
  }

  /** The account has a new password. */
  outdate(userName: string): void {
    for (const { uri } of this.#open.filter((session) => session.userName === userName)) this.#outdated.add(uri);
  }

  /** Ends every session of an account but `spared`: what a disabled account or a new password does. */
  endOf(userName: string, spared: Session | null): void {
    for (const session of this.#open.filter((candidate) => candidate.userName === userName && candidate !== spared)) this.end(session);
  }

  /** The collection as `viewer` sees it. */
  render(viewer: Session | null): JsonObject {
    this.#expire();
    const newestFirst = this.#resources.vendor.newestFirst ? [...this.#open].reverse() : this.#open;
    const listed = withMembers(
      this.#resources.json(this.collection) ?? { '@odata.id': this.collection },
      newestFirst.map((session) => link(session.uri)),
    );
    if (this.#resources.vendor.name !== 'hpe') return stamped(listed, this.#resources.vendor);
    const Links = viewer === null ? {} : { MySession: link(viewer.uri) };
    return stamped(
      { ...listed, Oem: { Hpe: { '@odata.type': '#HpeiLOSessionsSummary.v2_0_0.HpeiLOSessionsSummary', Links } } },
      this.#resources.vendor,
    );
  }

  /** iLO alone tells a viewer which session is the viewer's own; null where the stored resource already says all. */
  renderMember(uri: string, viewer: Session | null): JsonObject | null {
    const body = this.#resources.vendor.name === 'hpe' ? this.#resources.json(uri) : null;
    if (body === null || viewer === null || keyOf(viewer.uri) !== keyOf(uri)) return null;
    return stamped({ ...body, Oem: { Hpe: { ...objectAt(body, 'Oem', 'Hpe'), MySession: true } } }, this.#resources.vendor);
  }

  #adopt(uri: string): void {
    const body = this.#resources.json(uri) ?? {};
    const address = textAt(body, 'ClientOriginIPAddress') || textAt(body, 'Oem', 'Hpe', 'UserIP');
    this.#open.unshift({ uri, id: textAt(body, 'Id'), userName: textAt(body, 'UserName'), address, openedAt: 0, token: null });
    // The capture's own session says that it is the reader's.
    if (at(body, 'Oem', 'Hpe', 'MySession') === true) {
      const hpe = without(objectAt(body, 'Oem', 'Hpe'), 'Privileges');
      this.#resources.put(uri, { ...body, Oem: { Hpe: { ...hpe, MySession: false } } });
    }
  }

  #add(userName: string, address: string, token: string | null): Session {
    const id = this.#freshId(userName);
    const session: Session = { uri: `${this.collection}/${id}`, id, userName, address, openedAt: Date.now(), token };
    this.#open.push(session);
    this.#resources.put(session.uri, bodyOf(session, this.#resources.vendor.name));
    return session;
  }

  #freshId(userName: string): string {
    if (this.#resources.vendor.name === 'openbmc') return randomBytes(8).toString('base64url').replace(/[-_]/g, 'x').slice(0, 10);
    if (this.#resources.vendor.name === 'hpe') return `${userName.toLowerCase()}${randomBytes(8).toString('hex')}`;
    this.#nextId = Math.max(this.#nextId, ...this.#open.map((session) => Number(session.id) || 0)) + 1;
    return String(this.#nextId);
  }

  #expire(): void {
    const before = Date.now() - this.#idleMs;
    for (const [uri, usedAt] of this.#usedAt) {
      const session = this.#open.find((candidate) => candidate.uri === uri);
      if (usedAt < before && session !== undefined) this.end(session);
    }
  }
}

function objectAt(body: JsonObject, ...path: readonly string[]): JsonObject {
  const found = at(body, ...path);
  return isObject(found) ? found : {};
}

function bodyOf(session: Session, vendor: string): JsonObject {
  const common = {
    '@odata.id': session.uri,
    '@odata.type': '#Session.v1_3_0.Session',
    Id: session.id,
    Name: 'User Session',
    Description: 'Manager User Session',
    UserName: session.userName,
  };
  const opened = new Date(session.openedAt).toISOString();
  switch (vendor) {
    case 'dell':
      return {
        ...common,
        Password: null,
        ClientOriginIPAddress: session.address,
        SessionType: session.token === null ? 'WebUI' : 'Redfish',
      };
    case 'hpe':
      return {
        ...common,
        Oem: {
          Hpe: {
            '@odata.type': '#HpeiLOSession.v2_1_0.HpeiLOSession',
            LoginTime: opened,
            MySession: false,
            UserIP: session.address,
            UserTag: session.token === null ? 'Web UI' : 'REST',
            UserType: 'Local',
          },
        },
      };
    case 'lenovo':
    case 'supermicro':
      return common;
    default:
      return { ...common, CreatedTime: opened, ClientOriginIPAddress: session.address };
  }
}
