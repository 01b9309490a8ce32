import { CHANNELS, type Channel, type Command } from '../../ipmi/commands.js';
import { guidIn, isLan } from '../../ipmi/parse/identity.js';
import type { Output } from '../../ipmi/connection.js';
import type { IpmiReader, IpmiReading, Shown } from './reader.js';

/** The first session of every step: which device this is, by which channels the network reaches it, and what the step asks of the whole BMC. */
export interface Look<One extends Output = IpmiReading> {
  /** Empty where the BMC has none. */
  readonly guid: string;
  readonly channels: readonly Channel[];
  readonly shown: Shown<One>;
}

const INFO: readonly Command[] = CHANNELS.map((channel) => ({ name: 'channel info', channel }));

/** `first` is asked before all else. */
export async function look<One extends Output>(reader: IpmiReader<One>, first: readonly Command[]): Promise<Look<One>> {
  const shown = await reader.read([...first, { name: 'mc guid' }, ...INFO]);
  const channels = CHANNELS.filter((channel) => isLan(shown.of({ name: 'channel info', channel })));
  return { guid: guidIn(shown.of({ name: 'mc guid' })), channels, shown };
}
