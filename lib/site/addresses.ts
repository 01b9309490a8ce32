import { BlockList, isIP, isIPv4 } from 'node:net';

/** Whether a text is an IP address, or a network in CIDR form. */
export function isAddressOrNetwork(text: string): boolean {
  const network = networkOf(text);
  return network !== null || isIP(text) !== 0;
}

/** Tells whether an address lies in a list of addresses and networks; entries that are neither count for nothing. */
export function addressBook(listed: readonly string[]): (address: string) => boolean {
  const known = new BlockList();
  for (const text of listed) {
    const network = networkOf(text);
    if (network !== null) known.addSubnet(network.address, network.bits, familyOf(network.address));
    else if (isIP(text) !== 0) known.addAddress(text, familyOf(text));
  }
  return (address) => isIP(address) !== 0 && known.check(address, familyOf(address));
}

function networkOf(text: string): { readonly address: string; readonly bits: number } | null {
  const [address = '', bits = '', ...more] = text.split('/');
  const fits = isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128);
  return fits && more.length === 0 ? { address, bits: Number(bits) } : null;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
