import { stringify } from 'yaml';
import type { Person, Policy } from '../model/policy.js';
import type { Site, Target } from '../model/site.js';

const DEFAULT_POLICY = {
  launch: { roles: ['responder'], cosignersAbove: 50, cosigners: 1 },
  gates: {
    change: { roles: ['lead'], quorum: 1, requesterExcluded: true, decisionExpiresAfter: 720, executionExpiresAfter: 1440 },
    'break-glass': { roles: ['lead'], quorum: 1, requesterExcluded: true, decisionExpiresAfter: 720, executionExpiresAfter: 1440 },
  },
} satisfies Unbranded<Policy>;

/** The plain spelling of a type with branded ids, for text that is about to be parsed again. */
type Unbranded<T> = T extends string ? string : T extends number | boolean ? T : { readonly [Key in keyof T]: Unbranded<T[Key]> };

/** A first site.yaml, with the words that a newcomer needs to change it. */
export function siteYaml(
  site: { readonly name: string; readonly engineAddress: string; readonly zones: Site['zones'] },
  people: readonly Person[],
): string {
  return [
    '# A Cofferdam site: who may do what, and where. docs/site.md describes every field.',
    '# People and policy are signed by the trust root (keys/policy.*.asc): after a change of either, it signs again.',
    text({ version: 1, name: site.name }),
    '# The Temporal server; `cofferdam engine start` runs one for one machine.',
    text({ engine: { address: site.engineAddress, namespace: 'cofferdam' } }),
    '# One zone for each out-of-band network, with a worker inside it.',
    text({ zones: site.zones }),
    '# Everybody signs with a key of their own; its certificate lies in keys/<FINGERPRINT>.asc.',
    text({ people }),
    '# Who may open an incident, and who opens the gates before anything is changed. Times are in minutes.',
    text({ policy: DEFAULT_POLICY }),
  ].join('\n');
}

/** An inventory.yaml; an example in comments when there is no target yet. */
export function inventoryYaml(targets: readonly Target[]): string {
  const head = '# The BMCs of this site. docs/site.md describes every field and how to take a pin and an identity.\n';
  return head + text({ version: 1, targets }) + (targets.length === 0 ? EXAMPLE : '');
}

/** One entry of inventory.yaml, as it stands in its list. */
export function targetYaml(target: Target): string {
  return text([target]);
}

const EXAMPLE = `# The first target goes in the place of [], like this:
#  - id: rack1-node1
#    address: https://10.20.0.11
#    protocol: redfish
#    zone: oob
#    pin: null                     # until somebody has compared the key: cofferdam target enroll rack1-node1; or by openssl s_client -connect 10.20.0.11:443 </dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum
#    identity: { serial: SERIAL, uuid: UUID of the service root }
#    secret: vault://file/rack1-node1
#    host: node1.example.org
#    class: dell-idrac9
#    failureDomain: rack1
#    allow:
#      accounts:
#        - { userName: root, roleId: Administrator, usedBy: break-glass }
`;

function text(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
