import type { Finding } from '../../model/finding.js';
import type { Condition, Operation, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { at, linkAt, textAt } from '../../redfish/json.js';
import { accountOf, keptAdministrator, ourAccounts, type Account } from '../accounts.js';
import { readMembers } from '../collection.js';
import { StepError } from '../error.js';
import { finding, joined, quoted, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { reviewSessions } from '../review-access/sessions.js';
import type { Ground } from './ground.js';
import { localResponder } from './responder.js';
import { LIMIT_MS, takes } from './setting.js';

/**
 * Disables every account but ours and those that the inventory lists, as it lists them, with somebody who uses them; then ends every session but
 * ours and those that it allows, since a session outlives its account on many BMCs. Never the last enabled administrator. A release enables again
 * whom the inventory names; whom nobody listed it leaves out, or the last act of the incident would let the attacker back in.
 */
export async function freezeAccounts(survey: Survey, ground: Ground): Promise<Proposal> {
  const accounts = await readAccounts(survey, ground.root);
  const { frozen, kept, last, fixed } = sorted(survey, accounts);
  return joined([
    {
      operations: frozen.map((account) => disable(survey, ground, account)),
      findings: [
        ...kept.map((account) => exception(survey, account)),
        ...fixed.map((account) => cannot(survey, account)),
        ...(last === undefined ? [] : [lastAdministrator(survey, last)]),
      ],
    },
    await localResponder(survey, ground, accounts),
    await endSessions(survey, ground),
  ]);
}

/** Sessions that the freeze ends, or a new password: all but ours and those that the inventory allows. */
export async function endSessions(
  survey: Survey,
  { root }: Pick<Ground, 'root'>,
  extent: Parameters<typeof reviewSessions>[2] = 'now',
): Promise<Proposal> {
  const service = linkAt(root, 'SessionService');
  const collection = linkAt(root, 'Links', 'Sessions') ?? (service === null ? null : linkAt(await survey.reader.get(service), 'Sessions'));
  if (collection === null) throw unsupported(survey);
  return reviewSessions(survey, collection, extent);
}

export async function readAccounts(survey: Survey, root: Reading): Promise<readonly Account[]> {
  const { reader } = survey;
  const service = linkAt(root, 'AccountService');
  const collection = service === null ? null : linkAt(await reader.get(service), 'Accounts');
  if (collection === null) throw unsupported(survey);
  return (await readMembers(reader, collection)).flatMap((slot) => accountOf(slot) ?? []);
}

interface Sorted {
  readonly frozen: readonly Account[];
  readonly kept: readonly Account[];
  readonly last: Account | undefined;
  /** Without a switch. */
  readonly fixed: readonly Account[];
}

/** Who goes and who stays, of those who can log in now and are not us. */
export function sorted(survey: Survey, accounts: readonly Account[]): Sorted {
  const ours = ourAccounts(accounts, survey.own);
  const others = accounts.filter(({ enabled, uri }) => enabled && !ours.has(uri));
  const kept = others.filter((account) => isExcepted(survey, account));
  const going = others.filter((account) => !kept.includes(account));
  const fixed = going.filter(({ reading }) => at(reading.json ?? undefined, 'Enabled') !== true || !takes(reading, 'PATCH', true));
  const free = going.filter((account) => !fixed.includes(account));
  const last = keptAdministrator(accounts, free);
  return { frozen: free.filter(({ uri }) => uri !== last?.uri), kept, last, fixed };
}

/** Listed with this very role and for somebody: one whose role was raised is not the one that was listed. */
function isExcepted({ target }: Survey, { userName, roles }: Account): boolean {
  const listed = target.allow.accounts.find((allowed) => allowed.userName === userName);
  return listed !== undefined && listed.usedBy !== '' && roles.every((role) => role === listed.roleId);
}

/** Takes an account its login, and nothing else. */
export function disable({ target }: Survey, { vendor }: Pick<Ground, 'vendor'>, account: Account): Omit<Operation, 'n'> {
  const { uri, userName, reading } = account;
  const repeated = vendor.freeze.repeats.map((name): [string, string] => [name, textAt(reading.json ?? undefined, name) ?? '']);
  const set = (Enabled: boolean): Send => ({
    kind: 'redfish',
    method: 'PATCH',
    uri,
    body: { ...Object.fromEntries(repeated), Enabled },
  });
  const enabled = (equals: boolean): Condition => ({ uri, pointer: '/Enabled', equals });
  const named: Condition = { uri, pointer: '/UserName', equals: userName };
  const users = target.usedBy.length === 0 ? 'nobody else is known to use this BMC' : `this BMC is used by ${target.usedBy.join(', ')}`;
  const send = set(false);
  const listed = target.allow.accounts.some((allowed) => allowed.userName === userName);
  return {
    version: 1,
    send,
    line: `disable ${describe(account)} at ${uri}, no exception in the inventory; ${users}; ${listed ? 'undo enables it again' : 'nobody listed it, and it stays disabled after the release'}`,
    limitMs: LIMIT_MS,
    before: [named, enabled(true)],
    after: [enabled(false)],
    proof: { by: 'state' },
    destroys: destroysOf(send),
    impact: 'none',
    undo: listed ? { send: set(true), after: [named, enabled(true)] } : null,
  };
}

function exception(survey: Survey, account: Account): Finding {
  const { usedBy } = survey.target.allow.accounts.find(({ userName }) => userName === account.userName) ?? { usedBy: '' };
  const advice = `${describe(account)} stays enabled for ${quoted(usedBy)}; ask its owner to keep off until the freeze ends`;
  return finding(survey, 'FREEZE_EXCEPTION', account.reading, advice);
}

function cannot(survey: Survey, account: Account): Finding {
  return finding(survey, 'FREEZE_EXCEPTION', account.reading, `${describe(account)} has no switch and stays enabled; close its ways in`);
}

function lastAdministrator(survey: Survey, account: Account): Finding {
  const advice = `${describe(account)} stays, since it is the last enabled administrator; enable a known one, then plan again`;
  return finding(survey, 'LAST_ADMINISTRATOR', account.reading, advice);
}

function describe({ userName, roles }: Account): string {
  return `account ${quoted(userName)} with role ${roles.map((role) => quoted(role)).join(' and ') || 'unknown'}`;
}

function unsupported({ target }: Survey): StepError {
  return new StepError('UNSUPPORTED', `${target.id} offers no accounts or no sessions over Redfish; freeze it by hand`);
}
