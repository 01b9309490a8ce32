import type { Rules } from '../../model/isolation.js';
import type { NftablesTerms } from '../../model/isolation-terms.js';
import { sha256 } from '../../trust/canonical.js';
import type { Enforcer, InForce } from '../enforcer.js';
import { IsolationError } from '../error.js';
import { openShell, said, type Shell } from '../shell.js';
import { gatewayResponds, readFacts } from './facts.js';
import { forgetFlows } from './flows.js';
import { judge } from './judge.js';
import { readListing, type Listing } from './listing.js';
import { forget, keep, requireIncluded } from './persist.js';
import { render, type Wanted } from './render.js';
import { TABLE, tableText } from './table.js';
import { takeWitness } from './witness.js';

const NONE: InForce = { rules: null, armed: false, intact: true };
const NOT_THERE = /^Error: No such file or directory/m;

/** A gateway with nftables: our own table, put in its place as one transaction, and nobody else's touched. How it works: docs/isolation-nftables.md. */
export function openNftables(terms: NftablesTerms, { signal }: { readonly signal: AbortSignal }): Enforcer {
  const shell = openShell(terms, signal);
  return {
    identify: () => identify(shell, terms),
    witness: () => takeWitness(shell),
    inForce: async () => {
      const held = await read(shell, terms);
      return held === null ? NONE : { rules: held.rules, armed: held.armed, intact: held.intact };
    },
    check: async (rules) => {
      await checked(shell, terms, rules);
    },
    apply: async (rules, armedForS) => (rules === null ? release(shell, terms) : enforce(shell, terms, rules, armedForS)),
  };
}

async function identify(shell: Shell, { ssh, interfaces }: NftablesTerms): Promise<string> {
  const { stdout } = await shell.run(['cat', '/etc/machine-id']);
  const machine = /^[0-9a-f]{32}$/.exec(stdout.toString('latin1').trim())?.[0] ?? 'without an id';
  const by = ssh === null ? 'here' : `by ssh host key ${sha256(Buffer.from(ssh.hostKey.split(' ')[1] ?? '', 'base64'))}`;
  return `nftables on machine ${machine}, ${by}, interfaces ${[...interfaces].sort().join(' ')}`;
}

/** What is there under our name; null for nothing. */
async function read(shell: Shell, { interfaces }: NftablesTerms): Promise<Listing | null> {
  const { exitCode, stdout, stderr } = await shell.run(['nft', '-j', 'list', 'table', ...TABLE.split(' ')]);
  if (exitCode === 0) return readListing(stdout.toString('utf8'), interfaces);
  if (NOT_THERE.test(stderr)) return null;
  throw new IsolationError('ENFORCER_UNREADABLE', `nft did not list the table ${TABLE}: ${said(stderr)}`);
}

async function checked(shell: Shell, terms: NftablesTerms, rules: Rules): Promise<Wanted> {
  const facts = await readFacts(shell, terms);
  judge(rules, facts);
  if (terms.persist !== null) await requireIncluded(shell, terms.persist);
  const wanted = { rules, interfaces: terms.interfaces, gatewayResponds: gatewayResponds(terms, rules.responders, facts) };
  await nft(shell, ['-c', '-f', '-'], replacing(wanted, null));
  return wanted;
}

async function enforce(shell: Shell, terms: NftablesTerms, rules: Rules, armedForS: number | null): Promise<void> {
  const held = await ours(shell, terms);
  if (held !== null && held.rules?.incident !== rules.incident)
    throw new IsolationError(
      'ANOTHER_INCIDENT',
      `the rules of incident ${held.rules?.incident ?? 'unknown'} are in force on ${terms.name}; they are taken back by its release`,
    );
  const wanted = await checked(shell, terms, rules);
  const table = tableText(render(wanted, armedForS));
  // By its handle: a table that somebody put there since we looked is not replaced, and the whole change fails.
  const swap = held === null ? `create table ${TABLE}` : `delete table inet handle ${String(held.handle)}`;
  await nft(shell, ['-f', '-'], `${swap}\n${table}`);
  if (terms.persist !== null) await keep(shell, terms.persist, replacing(wanted, armedForS));
  await forgetFlows(shell, terms.command, rules);
}

async function release(shell: Shell, terms: NftablesTerms): Promise<void> {
  const held = await ours(shell, terms);
  if (terms.persist !== null) await forget(shell, terms.persist);
  if (held !== null) await nft(shell, ['-f', '-'], `delete table inet handle ${String(held.handle)}\n`);
}

/** Throws ENFORCER_UNREADABLE for a table of our name that does not say what it is: it may be somebody's. */
async function ours(shell: Shell, terms: NftablesTerms): Promise<Listing | null> {
  const held = await read(shell, terms);
  if (held === null || held.carried !== null) return held;
  throw new IsolationError(
    'ENFORCER_UNREADABLE',
    `there is a table ${TABLE} on ${terms.name} that does not carry our rules; look at it, and if nobody owns it: nft delete table ${TABLE}`,
  );
}

/** Rules that replace whatever is there under our name, and work where nothing is. */
function replacing(wanted: Wanted, armedForS: number | null): string {
  return `add table ${TABLE}\ndelete table ${TABLE}\n${tableText(render(wanted, armedForS))}`;
}

async function nft(shell: Shell, args: readonly string[], input: string): Promise<void> {
  const { exitCode, stderr } = await shell.run(['nft', ...args], { input });
  if (exitCode !== 0) throw new IsolationError('RULES_REFUSED', `nft refused the rules, and nothing was changed: ${said(stderr)}`);
}
