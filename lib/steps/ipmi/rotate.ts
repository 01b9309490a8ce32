import { PASSWORD_BYTES } from '../../ipmi/change.js';
import { sessionsIn } from '../../ipmi/parse/sessions.js';
import type { User } from '../../ipmi/parse/users.js';
import type { Finding } from '../../model/finding.js';
import type { Send } from '../../model/operation.js';
import type { PasswordRules } from '../../model/password.js';
import { destroysOf } from '../../operations/effect.js';
import { accountsOf } from '../break-glass/accounts.js';
import { StepError } from '../error.js';
import { patientOperation } from '../patient-operation.js';
import { finding, quoted, type Numberless, type OwnSecret, type SectionProposal, type TargetSecret } from '../planning.js';
import { renewIntegrations } from '../rotate/integrations.js';
import { giving, newReference, shutOut } from '../rotate/replace.js';
import { sharedAndBurned } from '../rotate/shared.js';
import type { IpmiProposal, IpmiSurvey } from './plan.js';
import { noKey } from './review-access/protocol.js';
import { reviewSessions } from './review-access/sessions.js';
import { readUsers, type Users } from './users.js';

/** Always all that the 16 byte form of Set User Password takes: it is understood everywhere, and 95 bits are enough. */
const RULES: PasswordRules = { minLength: PASSWORD_BYTES, maxLength: PASSWORD_BYTES, classes: ['lower', 'upper', 'digit'] };

/**
 * New passwords for our own user and for those that the inventory lists with a secret, ours first, each proven by sessions of its own. What else a secret
 * opens over IPMI is told: sessions that go on, and SNMP, which nothing here changes.
 */
export async function rotateOverIpmi(survey: IpmiSurvey, secret: OwnSecret): Promise<IpmiProposal> {
  const users = await readUsers(survey.reader, survey.look.channels);
  const own: Replaced = { ...secret, userName: survey.userName, usedBy: survey.target.usedBy.join(', ') };
  const others = accountsOf(survey, secret, 'day-to-day').accounts.filter(({ userName }) => userName !== survey.userName);
  const all = [own, ...others.map((one): Replaced => ({ ...one, usedBy: usedBy(survey, one.userName) }))];
  const mayNot = whyNotOurs(users, survey.userName);
  const judged = all.map((one) => {
    const slot = mayNot ?? provable(users, one.userName);
    return typeof slot === 'string' ? { stays: stays(survey, users, one, slot) } : { section: replacing(survey, slot, one) };
  });
  const kept = [...judged.flatMap(({ stays: one }) => one ?? []), ...snmpStays(survey, users, secret)];
  const foreign = foreignSessions(survey, users);
  const renewed = renewIntegrations(survey, { root: users.table }, secret.integrations);
  const unsupported = kept.length > 0 ? 'SECRET_STAYS' : foreign.length > 0 ? 'NO_CHANGES_OVER_IPMI' : null;
  return {
    findings: [...all.flatMap((one) => sharedAndBurned(survey, users.table, one)), ...kept, ...foreign, noKey(survey), ...renewed.findings],
    sections: [...judged.flatMap(({ section }) => section ?? []), ...(renewed.sections ?? [])],
    ...(unsupported === null ? {} : { unsupported }),
  };
}

/** RMCP+ derives its keys from the password and from numbers in clear (IPMI 2.0, section 13.31). */
const READABLE = 'whoever knows the old one and sees the datagrams reads the new one, so that no stranger may be on that network';

interface Replaced extends TargetSecret {
  readonly userName: string;
  readonly usedBy: string;
}

function usedBy({ target }: IpmiSurvey, userName: string): string {
  return target.allow.accounts.find((account) => account.userName === userName)?.usedBy ?? '';
}

/** Passwords are set by an administrator alone (IPMI 2.0, appendix G). */
function whyNotOurs({ slots }: Users, userName: string): string | null {
  const isAdministrator = slots.some(({ name, privilege, enabled }) => name === userName && enabled && privilege === 'ADMINISTRATOR');
  return isAdministrator ? null : `is not changed, since our login ${quoted(userName)} is no administrator, who alone may set passwords`;
}

/** The slot of a user, or why a login would prove nothing. */
function provable({ slots }: Users, userName: string): User | string {
  const [slot, ...more] = slots.filter(({ name }) => name === userName);
  if (slot === undefined) return 'is not on the BMC';
  if (more.length > 0) return 'has more than one slot there';
  return mayLogIn(slot) ? slot : 'may not log in as operator there, so that no login could prove a new secret';
}

function mayLogIn({ enabled, privilege }: User): boolean {
  return enabled && (privilege === 'OPERATOR' || privilege === 'ADMINISTRATOR');
}

function replacing({ target }: IpmiSurvey, { id: user }: User, one: Replaced): SectionProposal {
  const { userName, usedBy: users } = one;
  const ref = newReference(one, target);
  const send: Send = { kind: 'ipmi', act: 'set-password', user, userName, ref };
  const change: Numberless = {
    ...patientOperation(
      send,
      `give user ${quoted(userName)} in slot ${String(user)} that secret, and see by a login that it works; ${READABLE}${users === '' ? '' : `; ${shutOut(users, ref)}`}`,
    ),
    proof: { by: 'act', witness: 'login' },
    destroys: destroysOf(send),
  };
  return giving({ ref, userName, rules: RULES, holders: [] }, change);
}

function stays(survey: IpmiSurvey, { table }: Users, { userName, ref }: Replaced, why: string): Finding {
  const advice = `user ${quoted(userName)} ${why}: ${ref} stays as it is; take it for known, and put the user right or end it`;
  return finding(survey, 'SECRET_STAYS', table, advice);
}

function snmpStays(survey: IpmiSurvey, { table }: Users, { snmp }: OwnSecret): readonly Finding[] {
  if (snmp === null) return [];
  const advice = `the SNMP community is not set over IPMI: ${snmp.ref} stays as it is; take it for known, and set another by hand`;
  return [finding(survey, 'SECRET_STAYS', table, advice)];
}

/** A session outlives the password that it was opened with, and over IPMI none is ended. */
function foreignSessions(survey: IpmiSurvey, { slots }: Users): readonly Finding[] {
  const listed = survey.look.shown.of({ name: 'session info all' });
  const sessions = sessionsIn(listed);
  if (sessions === null) throw new StepError('UNREADABLE', `${survey.target.id} does not list its sessions, not even ours`);
  return reviewSessions(survey, listed, sessions, new Map(slots.map(({ id, name }) => [id, name] as const)));
}
