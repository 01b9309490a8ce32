import { networkText, readNetwork, type Network } from '../../isolation/networks.js';
import type { AccessRule, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { at, linkAt } from '../../redfish/json.js';
import type { AccessListFacts } from '../../redfish/vendors/vendor.js';
import { readRules, sameRules, transition } from '../access-rules.js';
import { StepError } from '../error.js';
import type { Numberless, Proposal, Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { foreign, isResponder, leftOut, LOGIN, missing, PROVEN, type Admitted } from './admitted.js';
import { change, LIMIT_MS, pathOf, takes } from './setting.js';

type Form = AccessListFacts['form'] & { readonly is: 'rules' };

/** What becomes of whom no rule fits is shown nowhere: so the last rule fits everybody. */
const EVERYBODY: AccessRule = { address: '0.0.0.0', prefix: 0, policy: 'Drop' };

/** Rules in order behind one switch. What the site has there stays as far as it lets in responders alone. Null where this resource shows no list. */
export async function narrowRules(survey: Survey, place: Reading, form: Form, admitted: Admitted): Promise<Proposal | null> {
  const isOn = at(place.json ?? undefined, ...pathOf(form.switch));
  const collection = linkAt(place, form.rules);
  if (typeof isOn !== 'boolean' || collection === null) return null;
  if (!takes(place, 'PATCH', true)) return leftOut(survey, place, `${place.uri} takes no change`);
  const shown = await readRules(survey.reader, collection).catch((error: unknown) => {
    if (error instanceof StepError) return error.message;
    throw error;
  });
  if (typeof shown === 'string') return leftOut(survey, place, shown);
  const rules = shown.map(({ rule }) => rule);
  const to = narrowed(rules, admitted);
  // Ours are in before anything goes.
  const { adds } = transition(rules, to);
  const both = [...rules, ...adds];
  const strange = shown.filter(({ rule }) => rule.policy === 'Accept' && !isResponder(admitted, networkOf(rule)));
  const steps = [
    listChange(collection, rules, both, `add ${adds.map(textOf).join(', ')} at the end of the access list, our own first`),
    listChange(collection, both, to, `take what else stands in the access list out of it: it then is ${to.map(textOf).join(', ')}`),
    isOn ? null : { ...change(place, pathOf(form.switch), true, `let the access list decide who gets in${PROVEN}`), proof: LOGIN },
  ].flatMap((step) => step ?? []);
  const [first, ...more] = steps;
  return {
    findings: strange.map(({ rule, shown: reading }) => foreign(survey, reading, `${rule.address}/${String(rule.prefix)}`)),
    operations: [],
    sections: first === undefined ? [] : [{ operations: [first, ...more], always: [] }],
  };
}

/** Rules at the head that accept responders stay; the responders that they leave out follow, and everybody else is dropped. */
function narrowed(rules: readonly AccessRule[], admitted: Admitted): readonly AccessRule[] {
  const end = rules.findIndex(({ policy, ...rule }) => policy !== 'Accept' || !isResponder(admitted, networkOf({ policy, ...rule })));
  const kept = rules.slice(0, end === -1 ? rules.length : end);
  const ours = missing(admitted, kept.map(networkOf)).map((network): AccessRule => ({
    address: networkText(network).split('/')[0] ?? '',
    prefix: network.bits,
    policy: 'Accept',
  }));
  return [...kept, ...ours, EVERYBODY];
}

function networkOf({ address, prefix }: AccessRule): Network {
  const network = readNetwork(`${address}/${String(prefix)}`);
  if (network === null) throw new RangeError(`${address} was read as the address of a rule`);
  return network;
}

function textOf({ policy, address, prefix }: AccessRule): string {
  return `${policy} ${address}/${String(prefix)}`;
}

function listChange(collection: string, from: readonly AccessRule[], to: readonly AccessRule[], what: string): Numberless | null {
  if (sameRules(from, to)) return null;
  const send: Send = { kind: 'access-rules', collection, from, to };
  return {
    version: 1,
    send,
    line: `${what}${PROVEN}; undo makes it what it was`,
    limitMs: LIMIT_MS,
    before: [],
    after: [],
    proof: LOGIN,
    destroys: destroysOf(send),
    impact: 'none',
    undo: { send: { kind: 'access-rules', collection, from: to, to: from }, after: [] },
  };
}
