/** Where a BMC takes IPMI over LAN. */
export interface IpmiAddress {
  readonly host: string;
  readonly port: number;
}

/** RMCP's own port (IPMI 2.0, section 13.1). */
const DEFAULT_PORT = 623;
const ADDRESS = /^ipmi:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::([1-9]\d{0,4}))?$/;

/** Reads `ipmi://host` or `ipmi://host:port`, lower case, without the default port; null when the text is neither, so that each BMC has one spelling. */
export function readIpmiAddress(text: string): IpmiAddress | null {
  const [, host, given] = ADDRESS.exec(text) ?? [];
  const port = given === undefined ? DEFAULT_PORT : Number(given);
  if (host === undefined || port > 65_535 || given === String(DEFAULT_PORT)) return null;
  return { host: host.replace(/^\[|\]$/g, ''), port };
}
