import type { Series } from '../../evidence/types.js';
import type { Command } from '../../ipmi/commands.js';
import type { IpmiConnection } from '../../ipmi/connection.js';
import { lanIn } from '../../ipmi/parse/lan.js';
import { look } from './look.js';
import { recordingIpmiReader } from './reader.js';

/** Everything that ipmitool can be proven to read without writing, in two sessions and one slice: there is nothing to walk. */
export async function captureOverIpmi(
  connection: Pick<IpmiConnection, 'read'>,
  series: Pick<Series, 'stage' | 'commit' | 'markComplete'>,
): Promise<void> {
  const reader = recordingIpmiReader(connection, series, 'capture');
  const { channels } = await look(reader, [{ name: 'session info all' }]);
  const lan = channels.map((channel) => ({ name: 'lan print', channel }) as const);
  const commands: readonly Command[] = [
    ...channels.flatMap((channel) =>
      (['channel getaccess', 'user list', 'user summary', 'channel getciphers ipmi'] as const).map((name) => ({ name, channel })),
    ),
    ...lan,
    { name: 'mc info' },
    { name: 'chassis status' },
    { name: 'sel time get' },
    { name: 'sel info' },
    { name: 'sel writeraw' },
    { name: 'sel list' },
    { name: 'sdr info' },
    { name: 'fru read 0' },
  ];
  const shown = await reader.read(commands);
  if (channels.length > 0 && lan.every((command) => lanIn(shown.of(command)) !== null)) await series.markComplete(['configuration']);
}
