import type { Series } from '../../evidence/types.js';
import type { Command } from '../../ipmi/commands.js';
import type { IpmiConnection } from '../../ipmi/connection.js';
import { sessionsIn } from '../../ipmi/parse/sessions.js';
import { usersIn } from '../../ipmi/parse/users.js';
import { valueOf } from '../../ipmi/parse/text.js';
import type { EvidenceClass } from '../../model/effect.js';
import { look } from './look.js';
import { recordingIpmiReader, type Shown } from './reader.js';

const RECORD_BYTES = 16;

/** What dies first over IPMI, in two sessions: who is logged in, then who may be, and the event log as the BMC keeps it. Records the classes that are complete. */
export async function triageOverIpmi(
  connection: Pick<IpmiConnection, 'read'>,
  series: Pick<Series, 'stage' | 'commit' | 'markComplete'>,
): Promise<readonly EvidenceClass[]> {
  const reader = recordingIpmiReader(connection, series, 'triage');
  const { channels, shown } = await look(reader, [{ name: 'session info all' }]);
  const access = channels.map((channel) => ({ name: 'channel getaccess', channel }) as const);
  const rest: readonly Command[] = [
    ...access,
    ...channels.map((channel) => ({ name: 'user list', channel }) as const),
    { name: 'mc info' },
    { name: 'sel info' },
    { name: 'sel writeraw' },
  ];
  const later = await reader.read(rest);
  const complete: Readonly<Partial<Record<EvidenceClass, boolean>>> = {
    sessions: sessionsIn(shown.of({ name: 'session info all' })) !== null,
    accounts: channels.length > 0 && access.every((command) => usersIn(later.of(command)) !== null),
    logs: isWholeLog(later),
  };
  const classes = (['sessions', 'accounts', 'logs'] as const).filter((one) => complete[one] === true);
  if (classes.length > 0) await series.markComplete(classes);
  return classes;
}

/** The BMC says itself how many records there are; some are added while they are read. */
function isWholeLog(shown: Shown): boolean {
  const entries = valueOf(shown.of({ name: 'sel info' }), 'Entries');
  if (entries === null || !/^\d{1,5}$/.test(entries)) return false;
  return shown.of({ name: 'sel writeraw' }).body.length >= Number(entries) * RECORD_BYTES;
}
