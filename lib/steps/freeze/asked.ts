import { isIP } from 'node:net';
import type { Need } from '../../isolation/dependencies.js';
import { holds, readNetwork, type Network } from '../../isolation/networks.js';
import type { Json } from '../../model/json.js';
import { at, isList, textAt } from '../../redfish/json.js';
import { DHCP, type DependencyFact } from '../../redfish/vendors/dependencies.js';
import type { Reading } from '../reader.js';

/** What a BMC says that it needs of the outside, and where it says so. */
export interface Asked extends Need {
  readonly dependency: DependencyFact['dependency'];
  /** For people: what it asks for, or sends. */
  readonly what: string;
  readonly shown: Reading;
}

/** The servers that one resource names for one purpose, in use now. */
export function needsAt({ dependency, what, path, when, port, via }: DependencyFact, shown: Reading): readonly Asked[] {
  const json = shown.json ?? undefined;
  if (when !== null && !isIn(at(json, ...when.path), when)) return [];
  return leavesAt(json, path).flatMap(({ value, taken }) => {
    const told = port === null ? undefined : at(json, ...filled(port, taken));
    return serversIn(value).map(({ host, port: written }): Asked => {
      const exact = written ?? (typeof told === 'number' && told > 0 ? told : null);
      return { dependency, what, host, via: exact === null ? via : via.map(({ protocol }) => ({ protocol, port: exact })), shown };
    });
  });
}

/** The addresses that an interface in use has by lease. */
export function leases(shown: Reading): readonly Asked[] {
  const json = shown.json ?? undefined;
  const isDown = ['LinkDown', 'NoLink'].includes(textAt(json, 'LinkStatus') ?? '');
  if (at(json, 'InterfaceEnabled') === false || isDown) return [];
  const mode = textAt(json, 'DHCPv6', 'OperatingMode') ?? '';
  const leased = {
    4: cameBy(json, 'IPv4Addresses', 'DHCP') ?? at(json, 'DHCPv4', 'DHCPEnabled') === true,
    6: cameBy(json, 'IPv6Addresses', 'DHCPv6') ?? ['Stateful', 'Enabled'].includes(mode),
  };
  return ([4, 6] as const)
    .filter((family) => leased[family])
    .map((family): Asked => ({
      dependency: 'dhcp',
      what: `its IPv${String(family)} address by DHCP`,
      host: null,
      via: DHCP[family],
      shown,
    }));
}

/** Whether an address came in this way; null where none says how it came. */
function cameBy(json: Json | undefined, list: string, origin: string): boolean | null {
  const addresses = at(json, list);
  const said = (isList(addresses) ? addresses : []).filter((one) => textAt(one, 'AddressOrigin') !== undefined);
  if (said.length === 0) return null;
  return said.some((one) => textAt(one, 'AddressOrigin') === origin && !isNobody(textAt(one, 'Address') ?? ''));
}

function isIn(value: Json | undefined, { is, unsaid }: NonNullable<DependencyFact['when']>): boolean {
  return value === undefined ? unsaid : is.some((one) => one === value);
}

interface Leaf {
  readonly value: string;
  /** Which elements of lists led to it. */
  readonly taken: readonly number[];
}

function leavesAt(json: Json | undefined, path: readonly string[], taken: readonly number[] = []): readonly Leaf[] {
  const [name, ...rest] = path;
  if (name === undefined) return typeof json === 'string' ? [{ value: json, taken }] : [];
  if (name !== '*') return leavesAt(at(json, name), rest, taken);
  return (isList(json) ? json : []).flatMap((element, n) => leavesAt(element, rest, [...taken, n]));
}

function filled(path: readonly string[], taken: readonly number[]): readonly (string | number)[] {
  const left = [...taken];
  return path.map((name) => (name === '*' ? (left.shift() ?? name) : name));
}

interface Server {
  readonly host: string;
  readonly port: number | null;
}

/** Longer than a name or a list of them may be. */
const TEXT = 1024;

/** Servers in a text as makers write them: `10.0.0.1`, `ldaps://name:636`, `snmp://community@10.0.0.1`, several with commas. */
function serversIn(text: string): readonly Server[] {
  return text
    .slice(0, TEXT)
    .split(/[\s,;]+/)
    .flatMap((one) => serverOf(one) ?? []);
}

function serverOf(text: string): Server | null {
  const authority = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').split(/[/?#]/)[0] ?? '';
  // What stands before the @ is a community or a password.
  const place = authority.split('@').at(-1) ?? '';
  const [, bracketed, plainHost, written] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(place) ?? [];
  const host = (isIP(place) === 6 ? place : (bracketed ?? plainHost ?? place)).toLowerCase();
  const port = written === undefined ? null : Number(written);
  return isNobody(host) ? null : { host, port };
}

/** Placeholders, the BMC itself, and addresses that no gateway passes on. */
const NOBODY: readonly Network[] = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/127', 'fe80::/10'].flatMap(
  (text) => readNetwork(text) ?? [],
);

function isNobody(host: string): boolean {
  const address = readNetwork(host.split('%')[0] ?? '');
  return host === '' || host === 'localhost' || (address !== null && NOBODY.some((network) => holds(network, address)));
}
