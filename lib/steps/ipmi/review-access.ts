import { sessionsIn } from '../../ipmi/parse/sessions.js';
import { usersIn } from '../../ipmi/parse/users.js';
import { StepError } from '../error.js';
import type { IpmiProposal, IpmiSurvey } from './plan.js';
import { reviewChannel } from './review-access/channel.js';
import { protocolFindings } from './review-access/protocol.js';
import { reviewSessions } from './review-access/sessions.js';
import { missingAccounts, reviewUsers } from './review-access/users.js';

/**
 * Who can get in over IPMI, who is in, and how well the door shuts, on every channel that the network reaches. Finds and reports; nothing is
 * changed. What decides and cannot be read is an error, not a clean bill.
 */
export async function reviewAccessOverIpmi(survey: IpmiSurvey): Promise<IpmiProposal> {
  const { target, look, reader } = survey;
  if (look.channels.length === 0)
    throw new StepError('UNREADABLE', `${target.id} shows no LAN channel, though it was reached over one; nothing can be said of it`);
  const shown = await reader.read(
    look.channels.flatMap((channel) =>
      (['channel getaccess', 'lan print', 'channel getciphers ipmi'] as const).map((name) => ({ name, channel })),
    ),
  );
  const channels = look.channels.map((channel) => {
    const access = shown.of({ name: 'channel getaccess', channel });
    const users = usersIn(access);
    if (users === null) throw new StepError('UNREADABLE', `${access.uri} of ${target.id} is no whole table of users; look at it by hand`);
    return { channel, access, users };
  });
  const listed = look.shown.of({ name: 'session info all' });
  const sessions = sessionsIn(listed);
  if (sessions === null) throw new StepError('UNREADABLE', `${target.id} does not list its sessions, not even ours`);
  const names = new Map(channels.flatMap(({ users }) => users.map(({ id, name }) => [id, name] as const)));
  const access = channels.flatMap(({ access: table, users }) => reviewUsers(survey, table, users));
  const foreign = reviewSessions(survey, listed, sessions, names);
  const doors = look.channels.flatMap((channel) => reviewChannel(survey, shown, channel));
  return {
    findings: [
      ...access.map(({ finding }) => finding),
      ...missingAccounts(survey, channels),
      ...foreign,
      ...doors,
      ...protocolFindings(survey),
    ],
    // Over Redfish there would be a plan: an account to disable, a session to end.
    ...(foreign.length > 0 || access.some(({ wantsChange }) => wantsChange) ? { unsupported: 'NO_CHANGES_OVER_IPMI' } : {}),
  };
}
