import { plain } from '../../lib/model/text.js';
import type { CliError } from '../error.js';
import { toJson } from './json.js';

const LONGEST = 2_000;

/** As text: what, why, fix, see; each line made plain, since a cause may quote a BMC. */
export function errorAsText(error: CliError): string {
  const parts = [
    ['error', error.message],
    ['  why', error.why],
    ['  fix', error.fix],
    ['  see', error.see],
  ] as const;
  return parts.flatMap(([label, said]) => (said === null ? [] : [`${label}: ${block(said)}`])).join('\n');
}

/** The same for programs, as one line. */
export function errorAsJson(error: CliError): string {
  const { code, message, why, fix, see, exitCode } = error;
  return toJson({ error: { code, message, cause: why, fix, see, exitCode } });
}

/** Further lines of one part stand below the first, indented. */
function block(said: string): string {
  return said
    .split('\n')
    .map((line) => plain(line, LONGEST))
    .join('\n       ');
}
