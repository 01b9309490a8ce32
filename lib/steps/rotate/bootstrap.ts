import type { Finding } from '../../model/finding.js';
import type { Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { at, linkAt, textAt } from '../../redfish/json.js';
import { keptAdministrator, ownAccount, type Account } from '../accounts.js';
import { members, type Ground } from '../freeze/ground.js';
import { LIMIT_MS, takes, type Path } from '../freeze/setting.js';
import { finding, quoted, type Numberless, type Proposal, type SectionProposal, type Survey } from '../planning.js';
import { patientOperation } from '../patient-operation.js';
import { isOpen, offForGood } from './for-good.js';
import { unlocked } from '../makers-lock.js';

/** Whether the host is given an account now, and after the next reset; the later one first, so that no reset in between undoes it. */
const BOOTSTRAPS: readonly Path[] = [
  ['CredentialBootstrapping', 'EnableAfterReset'],
  ['CredentialBootstrapping', 'Enabled'],
];

/**
 * Keeps the host from being given accounts of the BMC, for good: secrets that are rotated while the host gets new ones for the asking are no secrets.
 * A freeze does it as well, and its release would take that back; with this, it does not.
 */
export async function endBootstrap(survey: Survey, ground: Ground, accounts: readonly Account[]): Promise<Proposal> {
  const findings: Finding[] = [];
  const sections: SectionProposal[] = [];
  for (const manager of ground.managers) {
    const collection = linkAt(manager, 'HostInterfaces');
    for (const door of collection === null ? [] : await members(survey, collection)) {
      const [first, ...more] = BOOTSTRAPS.filter((path) => isOpen(survey, door, path));
      if (first === undefined) continue;
      if (takes(door, 'PATCH', true)) sections.push(await offForGood(survey, ground, door, [first, ...more], KEEP));
      else findings.push(finding(survey, 'HOST_BOOTSTRAP', door, `the host is given accounts over ${door.uri}, which takes no change`));
    }
  }
  for (const account of givenToHost(survey, accounts))
    if (takes(account.reading, 'PATCH', true))
      sections.push(await unlocked(survey, ground, { operations: [disable(ground, account)], always: [] }));
    else
      findings.push(
        finding(survey, 'HOST_BOOTSTRAP', account.reading, `the host has account ${quoted(account.userName)}, which takes no change`),
      );
  return { operations: [], findings, sections, ...(findings.length === 0 ? {} : { unsupported: 'SECRET_STAYS' }) };
}

/** Accounts that the host was given earlier, by the BMC's own word (DSP2046, ManagerAccount 1.6); never ours, one that is listed, or the last administrator. */
function givenToHost(survey: Survey, accounts: readonly Account[]): readonly Account[] {
  const own = ownAccount(accounts, survey.own.userName);
  const listed = survey.target.allow.accounts.map(({ userName }) => userName);
  const given = accounts.filter(
    ({ reading, enabled, uri, userName }) =>
      at(reading.json ?? undefined, 'HostBootstrapAccount') === true && enabled && uri !== own?.uri && !listed.includes(userName),
  );
  const kept = keptAdministrator(accounts, given);
  return given.filter(({ uri }) => uri !== kept?.uri);
}

function disable({ vendor }: Ground, { reading, uri, userName }: Account): Numberless {
  const repeated = vendor.freeze.repeats.map((name): [string, string] => [name, textAt(reading.json ?? undefined, name) ?? '']);
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: { ...Object.fromEntries(repeated), Enabled: false } };
  return {
    ...patientOperation(send, `disable account ${quoted(userName)} at ${uri}, which the host was given; nothing takes it back`),
    limitMs: LIMIT_MS,
    before: [{ uri, pointer: '/UserName', equals: userName }],
    after: [{ uri, pointer: '/Enabled', equals: false }],
    destroys: destroysOf(send),
  };
}

const KEEP = 'keep the host from being given accounts';
