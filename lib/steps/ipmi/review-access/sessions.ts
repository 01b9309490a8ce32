import type { Session } from '../../../ipmi/parse/sessions.js';
import type { Finding } from '../../../model/finding.js';
import { finding, quoted } from '../../planning.js';
import type { IpmiSurvey } from '../plan.js';
import type { IpmiReading } from '../reader.js';

/** Sessions of users and addresses that nobody listed. The one that asked is ours; another of the same user is not. */
export function reviewSessions(
  survey: IpmiSurvey,
  listed: IpmiReading,
  sessions: readonly Session[],
  names: ReadonlyMap<number, string>,
): readonly Finding[] {
  const own = sessions.findIndex(({ user }) => names.get(user) === survey.userName);
  return sessions
    .filter((session, at) => at !== own && !isAllowed(survey, session, names))
    .map((session) => {
      const whose = `session ${String(session.handle)} of ${quoted(names.get(session.user) ?? '')} from ${session.address ?? 'an unknown address'}`;
      const advice = `${whose} is not in the inventory; take its secret for known, and end it by cutting its network: over IPMI it is not ended`;
      return finding(survey, 'FOREIGN_SESSION', listed, advice, `${listed.uri}/${String(session.handle)}`);
    });
}

function isAllowed({ target }: IpmiSurvey, { user, address }: Session, names: ReadonlyMap<number, string>): boolean {
  return address !== null && target.allow.sessions.some((allowed) => allowed.userName === names.get(user) && allowed.address === address);
}
