import type { IpmiConnection } from '../ipmi/connection.js';
import { guidIn } from '../ipmi/parse/identity.js';
import type { Digest } from '../model/json.js';
import { identityDigest } from '../redfish/identity.js';
import { recordingIpmiReader } from '../steps/ipmi/reader.js';
import { refuse } from './error.js';
import type { Job } from './job.js';

/** What is proven over IPMI is proven of the device with the planned GUID, asked for in the very session. */
export async function requireIpmiDevice(
  connection: IpmiConnection,
  { series }: Pick<Job, 'series'>,
  planned: Digest<'identity'>,
): Promise<void> {
  const question = { name: 'mc guid' } as const;
  const shown = await recordingIpmiReader(connection, series, 'identity').read([question]);
  requireGuid(guidIn(shown.of(question)), planned);
}

export function requireGuid(uuid: string, planned: Digest<'identity'>): void {
  if (identityDigest({ serial: '', uuid }) !== planned) refuse('WRONG_DEVICE', 'another GUID answers than the one that was planned for');
}
