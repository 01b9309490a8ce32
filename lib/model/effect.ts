/** What an operation does to its subject. Derived from what is sent, never taken from the plan's word. Ordered: later is graver. */
export const EFFECTS = ['observe', 'contain', 'change', 'destroy'] as const;
export type Effect = (typeof EFFECTS)[number];

/** What the server behind the BMC feels. Ordered: later is graver. */
export const IMPACTS = ['none', 'bmc-dark', 'host-at-risk', 'host-down'] as const;
export type Impact = (typeof IMPACTS)[number];

/** Kinds of evidence that an operation may destroy. `dumps`: what BMCs keep of earlier dumps, as files beside their logs. */
export const EVIDENCE_CLASSES = ['sessions', 'accounts', 'volatile-logs', 'logs', 'configuration', 'flash', 'network', 'dumps'] as const;
export type EvidenceClass = (typeof EVIDENCE_CLASSES)[number];

export function graverEffect(a: Effect, b: Effect): Effect {
  return EFFECTS.indexOf(a) >= EFFECTS.indexOf(b) ? a : b;
}

export function graverImpact(a: Impact, b: Impact): Impact {
  return IMPACTS.indexOf(a) >= IMPACTS.indexOf(b) ? a : b;
}
