import type { FindingCode } from '../../model/finding.js';
import type { Indicator } from '../../model/hunt.js';
import type { Digest } from '../../model/json.js';

/** Something that a log shows and a person should look at; it becomes a finding when the review is put together. */
export interface Lead {
  readonly code: FindingCode;
  readonly uri: string;
  readonly evidence: Digest<'capture'>;
  readonly advice: string;
  /** What can be looked for on other BMCs. */
  readonly trace?: Indicator;
}

export function lead(code: FindingCode, shown: Pick<Lead, 'uri' | 'evidence'>, advice: string): Lead {
  return { code, uri: shown.uri, evidence: shown.evidence, advice };
}

/** So that one flooded log does not bury the others. */
const EACH = 20;

/** At most {@link EACH} of a code, and one more that says how many were left out, at the first of those. */
export function bounded(leads: readonly Lead[]): readonly Lead[] {
  return [...new Set(leads.map(({ code }) => code))].flatMap((code) => {
    const same = leads.filter((one) => one.code === code);
    const [next, ...rest] = same.slice(EACH);
    if (next === undefined) return same;
    const advice = `${String(rest.length + 1)} more of the same kind, from here on; they are in the captures of this series`;
    return [...same.slice(0, EACH), { ...next, advice }];
  });
}
