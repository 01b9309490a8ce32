import type { Digest } from '../model/json.js';
import type { Person, Policy } from '../model/policy.js';
import type { AuthorityTerms, Site, StoreTerms } from '../model/site.js';
import { sha256 } from '../trust/canonical.js';

/** What the trust root signs: who the people are, by which certificates they speak, and what they may decide. */
export interface PolicyDocument {
  readonly type: 'cofferdam/policy';
  readonly version: 1;
  readonly site: string;
  readonly people: readonly Person[];
  readonly policy: Policy;
  /** SHA-256 of each listed certificate's file, so that a refreshed one (with a revocation, say) is a signed change too. */
  readonly certificates: Readonly<Record<string, Digest<'file'>>>;
  /** Left out where there are none. Whoever could change them unsigned would be sent the worker's tokens, or read every new secret. */
  readonly stores?: readonly StoreTerms[];
  /** Left out where there is none. Whoever could change it unsigned would have the worker run a program of theirs. */
  readonly certificateAuthority?: AuthorityTerms;
}

export function policyDocument(site: Site, certificates: Readonly<Record<string, string>>): PolicyDocument {
  const listed = site.people.flatMap(({ keys }) => keys);
  return {
    type: 'cofferdam/policy',
    version: 1,
    site: site.name,
    people: site.people,
    policy: site.policy,
    certificates: Object.fromEntries(listed.flatMap((fingerprint) => withDigest(fingerprint, certificates[fingerprint]))),
    ...(site.stores.length === 0 ? {} : { stores: site.stores }),
    ...(site.certificateAuthority === undefined ? {} : { certificateAuthority: site.certificateAuthority }),
  };
}

function withDigest(fingerprint: string, armored: string | undefined): readonly (readonly [string, Digest<'file'>])[] {
  return armored === undefined ? [] : [[fingerprint, sha256(armored)]];
}
