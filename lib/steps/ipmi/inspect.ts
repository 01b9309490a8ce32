import type { IpmiConnection } from '../../ipmi/connection.js';
import { usersIn } from '../../ipmi/parse/users.js';
import { valueOf } from '../../ipmi/parse/text.js';
import type { Json } from '../../model/json.js';
import { plain } from '../../model/text.js';
import { look } from './look.js';
import { plainIpmiReader } from './reader.js';

/** What a BMC says of itself over IPMI, for a person: identity, firmware and users. Reads only; nothing is kept. */
export async function inspectOverIpmi(connection: Pick<IpmiConnection, 'read'>): Promise<Json> {
  const reader = plainIpmiReader(connection);
  const info = { name: 'mc info' } as const;
  const { guid, channels, shown } = await look(reader, [info]);
  const access = await reader.read(channels.map((channel) => ({ name: 'channel getaccess', channel }) as const));
  const said = (name: string): string | null => {
    const value = valueOf(shown.of(info), name);
    return value === null ? null : plain(value, 120);
  };
  return {
    identity: { serial: '', uuid: guid },
    manufacturer: said('Manufacturer Name'),
    product: said('Product Name'),
    firmware: said('Firmware Revision'),
    ipmi: said('IPMI Version'),
    users: channels.flatMap((channel) =>
      (usersIn(access.of({ name: 'channel getaccess', channel })) ?? [])
        .filter(({ name, enabled }) => name !== '' || enabled)
        .map(({ id, name, privilege, enabled }) => ({
          channel,
          id,
          userName: plain(name, 120),
          privilege: plain(privilege, 120),
          enabled,
        })),
    ),
  };
}
