import type { RefusalCode } from './codes.js';
import { REFUSAL_CODES } from './codes.js';
import type { Refusal } from './report.js';

/** Thrown inside the verifier where reading cannot go on; it becomes a refusal of the report, never an error of the caller. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(code: RefusalCode, where: string, expected: string, got: string) {
    super(`${code} ${where}`);
    this.name = 'Refused';
    this.refusal = refusal(code, where, expected, got);
  }
}

/** Text from the evidence is hostile: it is cut and escaped before it can reach a terminal. */
export function refusal(code: RefusalCode, where: string, expected: string, got: string): Refusal {
  return { code, where: printable(where), expected: printable(expected), got: printable(got) };
}

/** True when any of them says that the evidence is wrong, as against not checkable. */
export function isWrong(refusals: readonly Refusal[]): boolean {
  return refusals.some(({ code }) => REFUSAL_CODES[code].verdict === 'INVALID');
}

function printable(text: string): string {
  const cut = text.length > 300 ? `${text.slice(0, 300)}…` : text;
  return cut.replace(/[^\x20-\x7e…]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
