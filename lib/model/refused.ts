/**
 * What a payload that did not authenticate decodes to. Handlers drop and count it; a workflow start, an activity input or a result
 * of this shape fails. One decode error thrown instead would stall the workflow for ever.
 */
export interface Refused {
  readonly 'cofferdam/refused': 'plaintext' | 'forged' | 'unknown-key';
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'cofferdam/refused' in value;
}
