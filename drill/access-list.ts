import { BlockList } from 'node:net';
import { keyOf } from './content.js';
import { link, memberUris, textAt, withMembers, type JsonObject } from './json.js';
import type { Refused } from './accounts.js';
import type { FaultName } from './faults/faults.js';
import type { Resources } from './resources.js';

const RANGES = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
const CONTROL = '/redfish/v1/Managers/1/Oem/Supermicro/IPAccessControl';
const RULES = `${CONTROL}/FilterRules`;

/**
 * The list of IPv4 addresses that may reach one BMC. An iDRAC compares the address of whoever logs in with its ranges; a Supermicro takes no connection
 * from whom its rules drop. What is open stays open at both, which no maker's documents say.
 */
export class AccessList {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  takesConnection(address: string, fault: FaultName | null): boolean {
    const control = this.#resources.vendor.name === 'supermicro' ? this.#resources.json(CONTROL) : null;
    if (control?.['ServiceEnabled'] !== true) return true;
    if (fault === 'access-list-shuts-all') return false;
    const fits = this.rules().find((rule) => holds(rule, address));
    // Whom none fits is dropped: the worst that the makers' manuals allow.
    return fits !== undefined && textAt(fits, 'Policy') === 'Accept';
  }

  takesLogin(address: string, fault: FaultName | null): boolean {
    const attributes = this.#resources.vendor.name === 'dell' ? (this.#resources.json(RANGES)?.['Attributes'] ?? {}) : {};
    const on = ['', '2', '3', '4', '5'].filter((n) => textAt(attributes, `IPBlocking.1.RangeEnable${n}`) === 'Enabled');
    if (on.length === 0) return true;
    if (fault === 'access-list-shuts-all') return false;
    return on.some((n) => {
      const mask = numberOf(textAt(attributes, `IPBlocking.1.RangeMask${n}`));
      return (mask & (numberOf(address) ^ numberOf(textAt(attributes, `IPBlocking.1.RangeAddr${n}`)))) === 0;
    });
  }

  isList(uri: string): boolean {
    return keyOf(uri) === keyOf(RULES) && this.#resources.json(RULES) !== null;
  }

  isRule(uri: string): boolean {
    return this.#members().some((member) => keyOf(member) === keyOf(uri));
  }

  rules(): readonly JsonObject[] {
    return this.#members()
      .map((uri) => this.#resources.json(uri))
      .filter((rule) => rule !== null);
  }

  /** Adds a rule at the end, as a POST does; returns its URI. */
  add(body: JsonObject): string | Refused {
    const { Address, PrefixLength, Policy } = body;
    const isRule = typeof Address === 'string' && typeof PrefixLength === 'number' && (Policy === 'Accept' || Policy === 'Drop');
    if (!isRule) return { status: 400, messageId: 'PropertyValueFormatError', message: 'Address, PrefixLength and Policy make a rule.' };
    const members = this.#members();
    const id = String(Math.max(0, ...members.map((uri) => Number(uri.split('/').at(-1)))) + 1);
    const uri = `${RULES}/${id}`;
    const type = '#FilterRule.v1_0_0.FilterRule';
    this.#resources.put(uri, { '@odata.id': uri, '@odata.type': type, Id: id, Name: `Rule ${id}`, Address, PrefixLength, Policy });
    this.#set([...members, uri]);
    return uri;
  }

  remove(uri: string): void {
    this.#set(this.#members().filter((member) => keyOf(member) !== keyOf(uri)));
    this.#resources.remove(uri);
  }

  #members(): readonly string[] {
    return memberUris(this.#resources.json(RULES));
  }

  #set(members: readonly string[]): void {
    const list = this.#resources.json(RULES);
    if (list !== null)
      this.#resources.put(
        RULES,
        withMembers(
          list,
          members.map((member) => link(member)),
        ),
      );
  }
}

function holds({ Address, PrefixLength }: JsonObject, address: string): boolean {
  if (typeof Address !== 'string' || typeof PrefixLength !== 'number') return false;
  const list = new BlockList();
  list.addSubnet(Address, PrefixLength, 'ipv4');
  return list.check(address, 'ipv4');
}

function numberOf(address: string): number {
  return address.split('.').reduce((whole, part) => (whole << 8) | Number(part), 0);
}
