import type { Channel } from '../../ipmi/commands.js';
import type { Output } from '../../ipmi/connection.js';
import { lanIn, type Guessing } from '../../ipmi/parse/lan.js';
import { usersIn, type User } from '../../ipmi/parse/users.js';
import type { CipherSuite } from '../../ipmi/session.js';
import { StepError } from '../error.js';
import type { IpmiReader, IpmiReading } from './reader.js';

/** Who may log in over the network, for whoever changes one of them. */
export interface Users {
  /** Each slot once, with what the channel says on which it may do most. */
  readonly slots: readonly User[];
  /** Where the first of the tables is in evidence. */
  readonly table: IpmiReading;
  /** Of each LAN channel; null where it does not say. */
  readonly guessing: readonly (Guessing | null)[];
  /** Which the BMC takes. */
  readonly suite: CipherSuite;
}

/** Throws UNREADABLE where a table is not whole: nobody is to be overlooked. */
export async function readUsers(reader: IpmiReader, channels: readonly Channel[]): Promise<Users> {
  const shown = await reader.read(
    channels.flatMap((channel) => (['channel getaccess', 'lan print'] as const).map((name) => ({ name, channel }))),
  );
  const tables = channels.map((channel) => shown.of({ name: 'channel getaccess', channel }));
  const [table] = tables;
  if (table === undefined) throw new StepError('UNREADABLE', 'the BMC shows no LAN channel, though it was reached over one');
  return {
    slots: merged(tables.map(wholeTable)),
    table,
    guessing: channels.map((channel) => lanIn(shown.of({ name: 'lan print', channel }))?.guessing ?? null),
    suite: table.cipherSuite,
  };
}

function wholeTable(said: Output): readonly User[] {
  const users = usersIn(said);
  if (users === null) throw new StepError('UNREADABLE', `${said.uri} is no whole table of users; look at it by hand`);
  return users;
}

/** From the least to the most. */
const PRIVILEGES = ['USER', 'OPERATOR', 'ADMINISTRATOR'];

function merged(tables: readonly (readonly User[])[]): readonly User[] {
  const slots = new Map<number, User>();
  for (const user of tables.flat()) {
    const known = slots.get(user.id);
    if (known === undefined || power(user) > power(known)) slots.set(user.id, user);
  }
  return [...slots.values()];
}

function power({ enabled, privilege }: User): number {
  return enabled ? PRIVILEGES.indexOf(privilege) : -1;
}
