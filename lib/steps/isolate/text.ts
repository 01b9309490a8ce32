import { isIPv6 } from 'node:net';
import type { Rules } from '../../model/isolation.js';
import type { EnforcerTerms, PasteTerms } from '../../model/isolation-terms.js';
import { plain } from '../../model/text.js';
import type { Tries } from './paths.js';

export interface Cut {
  readonly zone: string;
  readonly terms: EnforcerTerms;
  readonly targets: number;
  readonly rules: Rules;
  readonly armedForS: number | null;
}

/** One sentence for the lead who signs: what is cut off, who stays in, what is let out, and what the timer does. */
export function cutLine({ zone, terms, targets, rules, armedForS }: Cut): string {
  const { scope, inside, responders, fallback, allowances } = rules;
  const what =
    scope === 'segment'
      ? `all of ${few(inside)}, with ${counted(targets, 'target')} of the incident`
      : `${counted(targets, 'target')} (${few(inside)}), not their neighbours`;
  const out =
    allowances.length === 0
      ? 'nothing goes out'
      : `out goes only ${few(allowances.map(({ to, protocol, port, reason }) => `${to} ${protocol}/${String(port)} (${plain(reason, 40)})`))}`;
  const timer =
    armedForS === null
      ? ''
      : `; unless that is confirmed within ${String(armedForS)} s, the gateway lets ${fallback.length === 0 ? 'nobody else' : few(fallback)} in as well`;
  return `cut off zone ${zone} at ${terms.name}: ${what}; in comes only ${few(responders)}; ${out}${timer}`;
}

export function disarmLine({ name }: EnforcerTerms): string {
  return `disarm the timer at ${name}: the same rules, and nobody else is let in any more`;
}

export function triesLine({ paths, unprobed, sample }: Tries): string {
  const from = [...new Set(paths.map(({ vantage }) => vantage))];
  const missing = unprobed.length === 0 ? '' : `; nobody can tell of ${unprobed.map(({ id }) => id).join(', ')}`;
  if (from.length === 0) return `try no path: there is no vantage point for it${missing}`;
  const blocked = paths.filter(({ must }) => must === 'blocked').length;
  if (blocked === 0) return `try that responders get through, from ${few(from)} to the gateway${missing}`;
  const which = sample.tried < sample.of ? ` (${String(sample.tried)} of ${String(sample.of)} targets: first, last and spread)` : '';
  return `try ${counted(blocked, 'path')} that must be closed, from ${few(from)}${which}${missing}`;
}

/** What a person is to do, exactly, whatever the device: the site's own words, and then what must hold. */
export function instructionFor({ name, instruction }: PasteTerms, { incident, scope, inside, responders, allowances }: Rules): string {
  return [
    `At ${name}, for incident ${incident}:`,
    '',
    instruction.trim(),
    '',
    'Save the rules, flows and neighbours as they are now before you change anything; they are evidence.',
    '',
    'Afterwards this must hold, at once and for connections that exist already:',
    '',
    scope === 'segment' ? 'Cut off, both ways, whatever has an address in:' : 'Cut off, both ways, these addresses:',
    ...families(inside, 'nothing of this family was named: drop all of it that comes from or goes to the segment'),
    'May open connections to them:',
    ...families(responders, 'nobody'),
    'They may open connections to:',
    ...(allowances.length === 0
      ? ['  nobody, over IPv4 and IPv6']
      : allowances.map(({ to, protocol, port, reason }) => `  ${to} ${protocol} port ${String(port)} (${plain(reason, 200)})`)),
    'Drop everything else, without an answer (no reset, no "port unreachable": a probe takes those for an open path), and log it.',
    '',
    'Then add what you saved, and the new rules, with `cofferdam evidence add FILE`, and sign `cofferdam incident complete`, which names them.',
  ].join('\n');
}

export function releaseInstructionFor({ name, undo }: PasteTerms, incident: string): string {
  return [
    `At ${name}, to release incident ${incident}:`,
    '',
    undo.trim(),
    '',
    'The rules must be again exactly what you saved before the change. Add them with `cofferdam evidence add FILE`, and sign `cofferdam incident complete`, which names them.',
  ].join('\n');
}

function families(networks: readonly string[], none: string): readonly string[] {
  return [false, true].map((six) => {
    const listed = networks.filter((text) => isIPv6(text.split('/')[0] ?? '') === six);
    return `  IPv${six ? '6' : '4'}: ${listed.length === 0 ? none : listed.join(', ')}`;
  });
}

function few(texts: readonly string[]): string {
  const shown = texts.slice(0, 4).join(', ');
  return texts.length > 4 ? `${shown} and ${String(texts.length - 4)} more` : shown;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
