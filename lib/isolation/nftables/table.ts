import type { Json } from '../../model/json.js';
import type { Range } from './networks.js';

/** One piece of a rule: as nft reads it, and as `nft -j` lists it. */
export interface Clause {
  readonly text: string;
  readonly listed: Json;
}

export interface Rule {
  readonly clauses: readonly Clause[];
  readonly comment?: string;
}

export interface Chain {
  readonly name: string;
  /** Null: other chains go there, or nobody does. */
  readonly hook: 'forward' | 'input' | 'output' | null;
  readonly rules: readonly Rule[];
}

/** One element of a set. Elements with addresses are compared as the addresses that they hold together. */
export interface Element {
  readonly text: string;
  readonly range: Range | null;
  /** What has to be equal beside the addresses: an interface, a protocol and a port. */
  readonly rest: string;
}

export interface TableSet {
  readonly name: string;
  readonly declared: string;
  readonly flags: readonly string[];
  readonly elements: readonly Element[];
}

/** Our table: everything that is in it, and nothing else may be. */
export interface Table {
  readonly sets: readonly TableSet[];
  readonly chains: readonly Chain[];
}

/** Before `filter`, so that a verdict of ours comes before the gateway's own rules; what we accept, they still may drop. */
export const PRIORITY = -10;

export const TABLE = 'inet cofferdam';

/** The table as `nft -f` reads it. */
export function tableText({ sets, chains }: Table): string {
  return [`table ${TABLE} {`, ...sets.flatMap(setText), ...chains.flatMap(chainText), '}', ''].join('\n');
}

function setText({ name, declared, flags, elements }: TableSet): readonly string[] {
  const lines = [`  ${declared}`];
  if (flags.length > 0) lines.push(`  flags ${flags.join(',')}`);
  if (elements.length > 0) lines.push(`  elements = { ${elements.map(({ text }) => text).join(', ')} }`);
  return [` set ${name} {`, ...lines, ' }'];
}

function chainText({ name, hook, rules }: Chain): readonly string[] {
  const base = hook === null ? [] : [`  type filter hook ${hook} priority filter - ${String(-PRIORITY)}; policy accept;`];
  return [` chain ${name} {`, ...base, ...rules.map(ruleText), ' }'];
}

function ruleText({ clauses, comment }: Rule): string {
  const words = clauses.map(({ text }) => text).join(' ');
  return comment === undefined ? `  ${words}` : `  ${words} comment "${comment}"`;
}
