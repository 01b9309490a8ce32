import { createHash } from 'node:crypto';
import { digest, type Digest } from '../lib/model/json.js';
import type { Account, Accounts } from './accounts.js';
import { keyOf } from './content.js';
import { link, memberUris, textAt, withMembers, type JsonObject } from './json.js';
import type { Resources } from './resources.js';

const SUBSCRIPTIONS = '/redfish/v1/EventService/Subscriptions';

/** What else gives an attacker a foothold: event subscriptions, and the SSH keys of accounts where the BMC shows any. */
export class Extras {
  readonly #resources: Resources;
  readonly #accounts: Accounts;

  constructor(resources: Resources, accounts: Accounts) {
    this.#resources = resources;
    this.#accounts = accounts;
  }

  /** Which kind of collection, or member of one, this URI is; null for anything else. */
  kindOf(uri: string): { readonly of: 'subscriptions' | 'keys'; readonly member: boolean } | null {
    const key = keyOf(uri);
    if (key === keyOf(SUBSCRIPTIONS)) return { of: 'subscriptions', member: false };
    if (key.startsWith(`${keyOf(SUBSCRIPTIONS)}/`)) return { of: 'subscriptions', member: true };
    const keys = /\/accounts\/[^/]+\/keys(\/[^/]+)?$/.exec(key);
    return keys === null ? null : { of: 'keys', member: keys[1] !== undefined };
  }

  addSubscription(destination: string): string {
    const id = nextId(memberUris(this.#resources.json(SUBSCRIPTIONS)));
    const uri = `${SUBSCRIPTIONS}/${id}`;
    this.#join(SUBSCRIPTIONS, uri, {
      '@odata.id': uri,
      '@odata.type': '#EventDestination.v1_8_0.EventDestination',
      Id: id,
      Name: `EventSubscription ${id}`,
      Destination: destination,
      Context: '',
      Protocol: 'Redfish',
      EventFormatType: 'Event',
      SubscriptionType: 'RedfishEvent',
      Status: { Health: 'OK', State: 'Enabled' },
    });
    return uri;
  }

  /** Where the subscriptions there are send events. */
  destinations(): string[] {
    return memberUris(this.#resources.json(SUBSCRIPTIONS)).map((uri) => textAt(this.#resources.json(uri) ?? undefined, 'Destination'));
  }

  hasKeys(account: Account): boolean {
    return this.#keysOf(account) !== null;
  }

  /** The account whose keys this collection holds. */
  ownerOf(collection: string): Account | null {
    return this.#accounts.all().find((account) => keyOf(this.#keysOf(account) ?? '') === keyOf(collection)) ?? null;
  }

  /** Adds an SSH key to an account; null where this BMC shows no keys. */
  addKey(account: Account, keyString: string): string | null {
    const collection = this.#keysOf(account);
    if (collection === null) return null;
    const id = nextId(memberUris(this.#resources.json(collection)));
    const uri = `${collection}/${id}`;
    this.#join(collection, uri, {
      '@odata.id': uri,
      '@odata.type': '#Key.v1_2_0.Key',
      Id: id,
      Name: 'User Key',
      KeyType: 'SSH',
      KeyString: keyString,
      UserDescription: keyString.split(' ').at(2) ?? '',
    });
    return uri;
  }

  /** Digests of the keys of all accounts, as allow-lists name them. */
  keyDigests(): Digest<'key'>[] {
    const collections = this.#accounts.all().map((account) => this.#keysOf(account));
    const uris = collections.flatMap((uri) => (uri === null ? [] : memberUris(this.#resources.json(uri))));
    return uris.map((uri) => keyDigest(textAt(this.#resources.json(uri) ?? undefined, 'KeyString')));
  }

  remove(uri: string): void {
    const collection = uri.replace(/\/[^/]+\/?$/, '');
    const left = memberUris(this.#resources.json(collection)).filter((member) => keyOf(member) !== keyOf(uri));
    this.#list(collection, left);
    this.#resources.remove(uri);
  }

  #keysOf(account: Account): string | null {
    const collection = textAt(this.#resources.json(account.uri) ?? undefined, 'Keys', '@odata.id');
    return collection !== '' && this.#resources.json(collection) !== null ? collection : null;
  }

  #join(collection: string, uri: string, body: JsonObject): void {
    this.#list(collection, [...memberUris(this.#resources.json(collection)), uri]);
    this.#resources.put(uri, body);
  }

  #list(collection: string, members: readonly string[]): void {
    const body = this.#resources.json(collection) ?? { '@odata.id': collection };
    this.#resources.put(collection, withMembers(body, members.map(link)));
  }
}

/** SHA-256 of a key's text as the BMC shows it, white space around it trimmed. */
export function keyDigest(text: string): Digest<'key'> {
  return digest<'key'>(createHash('sha256').update(text.trim()).digest('hex'));
}

function nextId(uris: readonly string[]): string {
  return String(Math.max(0, ...uris.map((uri) => Number(uri.split('/').at(-1)) || 0)) + 1);
}
