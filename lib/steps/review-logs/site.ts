import type { Kept } from '../../evidence/kept.js';
import { textAt } from '../../redfish/json.js';
import { plainAddress, type LogRecord } from '../../redfish/log-record.js';
import { SESSION_ADDRESSES } from '../../redfish/vendors/facts.js';
import { VENDORS } from '../../redfish/vendors/vendors.js';
import { addressBook } from '../../site/addresses.js';
import type { Survey } from '../planning.js';

/** What the site knows of those who may appear in a log. */
export interface Known {
  isAddress(address: string): boolean;
  isUser(userName: string): boolean;
  /** Our own doing: our user name, from where the BMC sees us; where it does not show that, while we were at work. */
  isOurs(record: LogRecord, clockOffsetMs: number): boolean;
}

/** Asks the BMC one thing, how it sees our own session. */
export async function whatTheSiteKnows({ target, own, reader }: Survey, kept: Kept): Promise<Known> {
  const { accounts, sessions, addresses } = target.allow;
  const ours = own.session === null ? null : plainAddress(addressIn(await reader.get(own.session)) ?? '');
  const isListed = addressBook([...addresses, ...sessions.map(({ address }) => address), ...(ours === null ? [] : [ours])]);
  const us = new Set([...(own.userName === null ? [] : [own.userName]), ...own.also].map((userName) => nameOf({ userName })));
  const users = new Set([...[...accounts, ...sessions].map(nameOf), ...us]);
  return {
    // From the BMC itself: its own services, and the host over a loopback.
    isAddress: (address) => isListed(address) || /^127\.|^::1$/.test(address),
    isUser: (userName) => users.has(userName.toLowerCase()) || ACTORS.has(userName.toLowerCase()),
    isOurs({ user, address, at }, clockOffsetMs) {
      if (!us.has(user?.toLowerCase() ?? '')) return false;
      if (address !== null && ours !== null) return address === ours;
      return (
        at === null || kept.work.some(({ from, to }) => at - clockOffsetMs >= from - MARGIN_MS && at - clockOffsetMs <= to + MARGIN_MS)
      );
    },
  };
}

/** The login comes before the first read, the logout after the last, and clocks are read by the second. */
const MARGIN_MS = 120_000;

const ACTORS: ReadonlySet<string> = new Set(VENDORS.flatMap(({ actors }) => actors.names));

/** Case matters in a login on some BMCs; in a log it tells nobody apart, and iLO writes what was typed. */
function nameOf({ userName }: { readonly userName: string }): string {
  return userName.toLowerCase();
}

function addressIn({ json }: { readonly json: Parameters<typeof textAt>[0] | null }): string | undefined {
  return SESSION_ADDRESSES.map((path) => textAt(json ?? undefined, ...path)).find((text) => text !== undefined && text !== '');
}
