import { holds, type Network } from '../../isolation/networks.js';
import type { Finding } from '../../model/finding.js';
import { finding, type Numberless, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** Who may be let in, and which of them are we. IPv4 alone: no maker's list is known to take more. */
export interface Admitted {
  readonly responders: readonly Network[];
  readonly own: Network;
}

/** The responders whom nothing lets in yet, our own first. */
export function missing({ responders, own }: Admitted, there: readonly Network[]): readonly Network[] {
  const wanted = responders.filter((network, n) => !there.some((one) => holds(one, network)) && !isCovered(responders, n));
  return [...wanted.filter((network) => holds(network, own)), ...wanted.filter((network) => !holds(network, own))];
}

/** By an earlier one, or a wider one. */
function isCovered(all: readonly Network[], n: number): boolean {
  const one = all[n];
  return one !== undefined && all.some((other, at) => at !== n && holds(other, one) && (at < n || other.bits < one.bits));
}

export function isResponder({ responders }: Admitted, network: Network): boolean {
  return responders.some((one) => holds(one, network));
}

export function foreign(survey: Survey, shown: Reading, network: string): Finding {
  const advice = `the access list lets in ${network}, which is none of the responders; it goes once ours are in, and comes back with the release: find out who entered it`;
  return finding(survey, 'ACCESS_LIST_FOREIGN', shown, advice);
}

export function leftOut(survey: Survey, shown: Reading, why: string): Proposal {
  const list = `the BMC's own access list: ${why}; close it in the network`;
  return { operations: [], findings: [finding(survey, 'ACCESS_LIST_LEFT_OUT', shown, list)] };
}

/** How a change of who gets in is proven; without the proof its undo is sent at once. */
export const LOGIN: Numberless['proof'] = { by: 'act', witness: 'login' };
export const PROVEN = '; a second session proves that we still get in, or it is taken back at once';
