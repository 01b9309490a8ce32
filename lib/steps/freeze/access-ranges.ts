import { networkText, readNetwork, type Network } from '../../isolation/networks.js';
import type { Json } from '../../model/json.js';
import type { Condition, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { at } from '../../redfish/json.js';
import type { AccessListFacts, AccessRange } from '../../redfish/vendors/vendor.js';
import { quoted, type Numberless, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { foreign, isResponder, leftOut, LOGIN, missing, PROVEN, type Admitted } from './admitted.js';
import { LIMIT_MS, pathOf, pointerOf, takes } from './setting.js';

type Form = AccessListFacts['form'] & { readonly is: 'ranges' };

interface Slot {
  readonly range: AccessRange;
  readonly isOn: boolean;
  /** Null: no network; whom it lets in cannot be told. */
  readonly network: Network | null;
}

/** Numbered ranges, each with a switch of its own. Null where this resource shows none. */
export function narrowRanges(survey: Survey, place: Reading, form: Form, admitted: Admitted): Proposal | null {
  const slots = form.ranges.flatMap((range) => slotOf(place, form, range) ?? []);
  if (slots.length === 0) return null;
  if (!takes(place, 'PATCH', true)) return leftOut(survey, place, `${place.uri} takes no change`);
  const on = slots.filter(({ isOn }) => isOn);
  const good = on.filter(({ network }) => network !== null && isResponder(admitted, network));
  const strange = on.filter((slot) => !good.includes(slot));
  const free = slots.filter(({ isOn }) => !isOn);
  const wanted = missing(
    admitted,
    good.flatMap(({ network }) => network ?? []),
  );
  if (wanted.length > free.length)
    return leftOut(survey, place, `it has ${String(free.length)} ranges free, and ${String(wanted.length)} are needed for the responders`);
  const used = wanted.flatMap((network, n) => {
    const { range } = free[n] ?? {};
    return range === undefined ? [] : [{ network, range }];
  });
  const values = used.flatMap(({ network, range }): Setting[] => [
    [range.address, addressOf(network)],
    [range.mask, maskOf(network)],
  ]);
  const names = used.map(({ network }) => networkText(network)).join(', ');
  const enable = (those: readonly AccessRange[], value: Json): readonly Setting[] => those.map(({ enable: name }) => [name, value]);
  const inside = used.map(({ range }) => range);
  const outside = strange.map(({ range }) => range);
  // Those that we leave alone are watched as well: one that is switched on would let somebody in.
  const rest = (but: readonly AccessRange[]): readonly Setting[] =>
    slots
      .filter(({ range }) => !but.includes(range))
      .map(({ range }) => [range.enable, at(place.json ?? undefined, ...pathOf(range.enable)) ?? null]);
  const steps = [
    change(place, values, [], `enter the responders into ranges that are off, our own first: ${names}`, { by: 'state' }),
    change(place, enable(inside, form.on), rest(inside), `let in ${names}, and nobody whom no range lets in${PROVEN}`, LOGIN),
    change(
      place,
      enable(outside, form.off),
      rest([...inside, ...outside]),
      `keep out ${strange.map((slot) => textOf(slot, place)).join(', ')}${PROVEN}`,
      LOGIN,
    ),
  ].flatMap((step) => step ?? []);
  const findings = strange.map((slot) => foreign(survey, place, textOf(slot, place)));
  const [first, ...more] = steps;
  return { findings, operations: [], sections: first === undefined ? [] : [{ operations: [first, ...more], always: [] }] };
}

function slotOf({ json }: Reading, form: Form, range: AccessRange): Slot | null {
  const [enable, address, mask] = [range.enable, range.address, range.mask].map((name) => at(json ?? undefined, ...pathOf(name)));
  if (typeof enable !== 'string' || typeof address !== 'string' || typeof mask !== 'string') return null;
  return { range, isOn: enable !== form.off, network: networkOf(address, mask) };
}

/** What an address and a mask let in together; null for a mask that is no prefix. */
function networkOf(address: string, mask: string): Network | null {
  const bits = readNetwork(mask);
  if (bits?.family !== 4 || bits.bits !== 32) return null;
  const ones = bits.first.toString(2).padStart(32, '0').replace(/0*$/, '');
  return ones.includes('0') ? null : readNetwork(`${address}/${String(ones.length)}`);
}

function addressOf(network: Network): string {
  return networkText(network).split('/')[0] ?? '';
}

function maskOf({ bits }: Network): string {
  const mask = ((1n << 32n) - 1n) ^ ((1n << BigInt(32 - bits)) - 1n);
  return networkText({ family: 4, first: mask, bits: 32 });
}

function textOf({ network, range }: Slot, { json }: Reading): string {
  if (network !== null) return networkText(network);
  return [range.address, range.mask]
    .map((name) => quoted(JSON.stringify(at(json ?? undefined, ...pathOf(name)) ?? null)))
    .join(' with mask ');
}

type Setting = readonly [string, Json];

/** Several settings of one resource in one request; undo sets each to exactly what was read. `left` must not change. Null when all are so already. */
function change(
  place: Reading,
  wanted: readonly Setting[],
  left: readonly Setting[],
  what: string,
  proof: Numberless['proof'],
): Numberless | null {
  const { uri, json } = place;
  const before = wanted.map(([name]): Setting => [name, at(json ?? undefined, ...pathOf(name)) ?? null]);
  const differing = wanted.filter(([, value], n) => before[n]?.[1] !== value);
  if (differing.length === 0) return null;
  const are = (settings: readonly Setting[]): readonly Condition[] =>
    settings.map(([name, equals]) => ({ uri, pointer: pointerOf(pathOf(name)), equals }));
  const send = patch(uri, wanted);
  return {
    version: 1,
    send,
    line: `${what}; undo sets them back`,
    limitMs: LIMIT_MS,
    before: are(before),
    after: are([...wanted, ...left]),
    proof,
    destroys: destroysOf(send),
    impact: 'none',
    undo: { send: patch(uri, before), after: are(before) },
  };
}

/** All are members of one object: `Attributes/name`. */
function patch(uri: string, settings: readonly Setting[]): Send {
  const members = new Map<string, Record<string, Json>>();
  for (const [name, value] of settings) {
    const [parent, ...rest] = pathOf(name);
    members.set(parent, { ...members.get(parent), [rest.join('/')]: value });
  }
  return { kind: 'redfish', method: 'PATCH', uri, body: Object.fromEntries(members) };
}
