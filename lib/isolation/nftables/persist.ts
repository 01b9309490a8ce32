import { posix } from 'node:path';
import type { NftablesTerms } from '../../model/isolation-terms.js';
import { IsolationError } from '../error.js';
import { said, type Shell } from '../shell.js';

type Place = NonNullable<NftablesTerms['persist']>;
type Included = 'by-pattern' | 'by-name' | 'not';

const BASE = '/etc';

/** Throws RULES_REFUSED when the gateway's own rules would not load the file, or would flush it away. */
export async function requireIncluded(shell: Shell, place: Place): Promise<void> {
  if ((await includedIn(shell, place)) !== 'not') return;
  throw new IsolationError(
    'RULES_REFUSED',
    `${place.rules} does not include ${place.file} after its last "flush ruleset", so that a reload would end the isolation. Add: include "${place.file}"`,
  );
}

/** Puts the text into the file in one step, readable by root alone; needs no shell on the gateway, and no standard input with a name. */
export async function keep(shell: Shell, place: Place, text: string): Promise<void> {
  // The leading dot keeps a half-written file out of every pattern.
  const fresh = posix.join(posix.dirname(place.file), `.${posix.basename(place.file)}.new`);
  await ran(shell, ['install', '-m', '0600', '/dev/null', fresh]);
  await ran(shell, ['dd', `of=${fresh}`, 'conv=fsync', 'status=none'], text);
  await ran(shell, ['mv', '-f', '-T', fresh, place.file]);
}

/** Takes the file away; where the gateway's rules include it by name they would not load without it, and an empty one stays. */
export async function forget(shell: Shell, place: Place): Promise<void> {
  if ((await includedIn(shell, place)) === 'by-name') await keep(shell, place, '');
  else await ran(shell, ['rm', '-f', place.file]);
}

async function includedIn(shell: Shell, { file, rules }: Place): Promise<Included> {
  const { stdout } = await ran(shell, ['cat', rules]);
  return howIncluded(stdout.toString('utf8'), file);
}

/** Whether a file of rules takes in another, after the last time that it flushes everything. */
export function howIncluded(rules: string, file: string): Included {
  const lines = rules.split('\n').map((line) => line.trim());
  const after = lines.slice(lines.findLastIndex((line) => /^flush\s+ruleset\b/.test(line)) + 1);
  const patterns = after.flatMap((line) => /^include\s+["']([^"']+)["']\s*;?\s*(#.*)?$/.exec(line)?.[1] ?? []);
  const matching = patterns.map((pattern) => posix.resolve(BASE, pattern)).filter((pattern) => matcher(pattern).test(file));
  if (matching.length === 0) return 'not';
  return matching.some((pattern) => !/[*?[]/.test(pattern)) ? 'by-name' : 'by-pattern';
}

/** As glob(7): no star or question mark matches a slash, or a dot that a name begins with. */
function matcher(pattern: string): RegExp {
  const parts = pattern.split(/(\*|\?|\[[^\]]+\])/).map((part) => {
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.startsWith('[') ? part.replace(/^\[!/, '[^') : part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^(?!.*/\\.)${parts.join('')}$`);
}

async function ran(shell: Shell, argv: readonly string[], input = '') {
  const done = await shell.run(argv, { input });
  if (done.exitCode === 0) return done;
  throw new IsolationError('RULES_REFUSED', `${argv.join(' ')} failed: ${said(done.stderr)}`);
}
