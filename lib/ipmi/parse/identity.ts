import { valueOf, type Said } from './text.js';

/** The GUID as `mc guid` prints it, which differs between makers in its order of bytes but not from one day to the next; empty where the BMC has none. */
export function guidIn(said: Said): string {
  const guid = valueOf(said, 'System GUID')?.toLowerCase() ?? '';
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid) ? guid : '';
}

/** True when `channel info` shows a channel that the network reaches. */
export function isLan(said: Said): boolean {
  return valueOf(said, '  Channel Medium Type') === '802.3 LAN';
}
