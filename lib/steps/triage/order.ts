import type { EvidenceClass } from '../../model/effect.js';

/** One thing that a triage looks at, by properties that link to it. */
export interface Look {
  readonly of: EvidenceClass;
  /** The service that holds the collection, from the service root; none when the root holds it. */
  readonly service: readonly string[] | null;
  readonly collection: readonly string[];
  /** The collection from the service root, for when the service does not name it. */
  readonly otherwise: readonly string[] | null;
  /** What is not advertised is a gap, and keeps its class from counting. */
  readonly needed: boolean;
  /** What each member leads to and is read with it. */
  readonly each: readonly { readonly link: string; readonly is: 'collection' | 'document' }[];
}

const PLAIN = { otherwise: null, needed: false, each: [] } as const;

/** What dies first is read first; the logs come after all of this (field.md 4, item 5; bmc.md B.2). */
export const ORDER: readonly Look[] = [
  // A session ends with a click, with its idle timeout of minutes, or with the BMC.
  { ...PLAIN, of: 'sessions', service: ['SessionService'], collection: ['Sessions'], otherwise: ['Links', 'Sessions'], needed: true },
  // Tasks die with the BMC, and are dropped as new ones come (bmcweb keeps 100, Dell 256 jobs).
  { ...PLAIN, of: 'volatile-logs', service: ['Tasks'], collection: ['Tasks'] },
  { ...PLAIN, of: 'volatile-logs', service: ['JobService'], collection: ['Jobs'] },
  // Accounts, their keys and their roles last, but whoever knows of us changes them back.
  {
    of: 'accounts',
    service: ['AccountService'],
    collection: ['Accounts'],
    otherwise: null,
    needed: true,
    each: [{ link: 'Keys', is: 'collection' }],
  },
  { ...PLAIN, of: 'accounts', service: ['AccountService'], collection: ['Roles'], needed: true },
  { ...PLAIN, of: 'configuration', service: ['EventService'], collection: ['Subscriptions'] },
  {
    of: 'configuration',
    service: null,
    collection: ['Managers'],
    otherwise: null,
    needed: true,
    each: [{ link: 'NetworkProtocol', is: 'document' }],
  },
];

/** Whose log services are read, as collections of the service root. */
export const LOG_OWNERS: readonly string[] = ['Managers', 'Systems'];
