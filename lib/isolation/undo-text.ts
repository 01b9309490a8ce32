import type { Rules } from '../model/isolation.js';
import type { Id } from '../model/json.js';
import type { Operation } from '../model/operation.js';
import type { CommandTerms, EnforcerTerms, NftablesTerms } from '../model/isolation-terms.js';

export interface UndoRequest {
  readonly zone: Id<'zone'>;
  readonly incident: Id<'incident'>;
  readonly terms: EnforcerTerms;
  /** The operations of the enforcer's plan. */
  readonly operations: readonly Pick<Operation, 'send' | 'undo'>[];
  /** Names of the people who may decide a release. */
  readonly mayRelease: readonly string[];
}

/** The text by which a person releases an enforcer by hand when the engine is gone: who may, what is in force, exact commands, and what to look at afterwards. */
export function undoText({ zone, incident, terms, operations, mayRelease }: UndoRequest): string {
  const previous = previousOf(operations);
  return [
    `RELEASE BY HAND: zone ${zone}, enforcer ${terms.name}, incident ${incident}`,
    '',
    'For the case that Cofferdam cannot do it: its engine or its worker is gone. While they work, a release is',
    `\`cofferdam incident release ${incident}\`, signed, observed and recorded; do not do both.`,
    '',
    `Who may decide it: ${mayRelease.length === 0 ? 'nobody is named by the policy; ask whoever leads the response' : mayRelease.join(', ')}.`,
    'Releasing lets everybody who got in before get in again, the attacker too. Write down who decides, when and why, and what you',
    'typed and saw; add that to the case with `cofferdam evidence add FILE` when it can be done again.',
    '',
    ...inForceLines(operations),
    '',
    ...stepsFor(terms, incident, previous),
    '',
  ].join('\n');
}

/** The rules of ours that were in force before; null when there were none, or when a person keeps them. */
function previousOf(operations: UndoRequest['operations']): Rules | null {
  const undone = operations.find(({ undo }) => undo?.send.kind === 'network')?.undo?.send;
  return undone?.kind === 'network' ? undone.rules : null;
}

function inForceLines(operations: UndoRequest['operations']): readonly string[] {
  const rules = operations.flatMap(({ send }) => (send.kind === 'network' ? [send.rules] : [])).at(-1) ?? null;
  if (rules === null) return ['What is in force: see the plan and the evidence of this enforcer.'];
  return [
    `Cut off: ${rules.inside.join(', ')}`,
    `Let in: ${rules.responders.join(', ')}${rules.fallback.length === 0 ? '' : ` (and, when the timer ran out: ${rules.fallback.join(', ')})`}`,
    `Let out: ${rules.allowances.length === 0 ? 'nothing' : rules.allowances.map(({ to, protocol, port }) => `${to} ${protocol}/${String(port)}`).join(', ')}`,
  ];
}

function stepsFor(terms: EnforcerTerms, incident: string, previous: Rules | null): readonly string[] {
  switch (terms.kind) {
    case 'nftables':
      return nftablesSteps(terms, previous);
    case 'command':
      return commandSteps(terms, previous);
    case 'paste':
      return [
        `At ${terms.name}:`,
        '',
        terms.undo.trim(),
        '',
        `The rules must be again exactly what was saved before the change for ${incident}.`,
      ];
  }
}

function nftablesSteps({ command, ssh, persist }: NftablesTerms, previous: Rules | null): readonly string[] {
  const nft = [...command, 'nft'].join(' ');
  return [
    ssh === null
      ? 'On the gateway, which is the host of the worker:'
      : `On the gateway: ssh -p ${String(ssh.port)} ${ssh.user}@${ssh.host}`,
    '',
    ...numbered([
      `look, and keep it:        ${nft} -s list ruleset > ruleset-before-release.txt`,
      ...(persist === null ? [] : [`keep a reload from ours:  ${[...command, 'truncate', '-s', '0', persist.file].join(' ')}`]),
      `take our table away:      ${nft} delete table ${TABLE}`,
      `compare:                  ${nft} -s list ruleset (as it was before: see the evidence of this enforcer)`,
    ]),
    '',
    'No other table was touched, so nothing else has to be put back.',
    ...earlier(previous),
  ];
}

function numbered(lines: readonly string[]): readonly string[] {
  return lines.map((line, at) => `  ${String(at + 1)}. ${line}`);
}

/** Kept by lib/isolation/nftables for itself alone. */
const TABLE = 'inet cofferdam';

function commandSteps({ name, command }: CommandTerms, previous: Rules | null): readonly string[] {
  const ask = (question: object): string =>
    `  printf '%s\\n' ${quoted(JSON.stringify({ version: 1, enforcer: name, ...question }))} | ${command.map(quoted).join(' ')}`;
  return [
    "On the worker's host, as the worker's user:",
    '',
    ask({ act: 'status' }),
    ask(previous === null ? { act: 'release' } : { act: 'apply', rules: previous, armedForS: null }),
    ask({ act: 'status' }),
    '',
    previous === null ? 'The last must say "rules":null.' : 'The last must show the rules of the line before.',
  ];
}

function earlier(previous: Rules | null): readonly string[] {
  return previous === null
    ? []
    : [
        '',
        `Before this plan the same incident enforced other rules here: ${JSON.stringify(previous)}`,
        'They are not put back by these commands.',
      ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
