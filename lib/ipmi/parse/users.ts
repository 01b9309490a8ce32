import { linesOf, valueOf, type Said } from './text.js';

/** One slot of a BMC's user table as one channel sees it. */
export interface User {
  readonly id: number;
  /** Empty for the anonymous user and for slots that nobody has. */
  readonly name: string;
  /** `ADMINISTRATOR`, `OPERATOR`, `USER`, `CALLBACK`, `NO ACCESS` or what else ipmitool makes of it. */
  readonly privilege: string;
  /** The user may open a session on this channel, as far as the BMC says: many show `unknown` for the status. */
  readonly enabled: boolean;
}

const FIELDS = [
  'User ID',
  'User Name',
  'Fixed Name',
  'Access Available',
  'Link Authentication',
  'IPMI Messaging',
  'Privilege Level',
  'Enable Status',
] as const;
const NOBODY = new Set(['NO ACCESS', 'Unknown (0x00)']);

/**
 * The users of `channel getaccess`, every slot in order; null unless the output is exactly that, for a name with a line feed in it, or a table
 * that ends early, could hide whom it lists.
 */
export function usersIn(said: Said): readonly User[] | null {
  const slots = Number(valueOf(said, 'Maximum User IDs') ?? '0');
  const [head = '', ...blocks] = linesOf(said)
    .join('\n')
    .split(/\n(?=User ID )/);
  if (blocks.length !== slots || slots === 0 || !/^Maximum User IDs +: \d+\nEnabled User IDs +: \d+\n*$/.test(head)) return null;
  const users = blocks.map(userIn);
  return users.every((user, at) => user?.id === at + 1) ? users.filter((user) => user !== null) : null;
}

function userIn(block: string): User | null {
  const lines = block.replace(/\n+$/, '').split('\n');
  const values = FIELDS.map((field, at) => after(lines[at] ?? '', field));
  const [id, name, , , , messaging, privilege, status] = values;
  if (lines.length !== FIELDS.length || values.includes(null)) return null;
  const enabled = messaging === 'enabled' && !NOBODY.has(privilege ?? '') && status !== 'disabled';
  return { id: Number(id), name: name ?? '', privilege: privilege ?? '', enabled };
}

/** ipmitool pads the name of a field to 21 characters before the colon. */
function after(line: string, field: string): string | null {
  const head = `${field.padEnd(21)}: `;
  return line.startsWith(head) ? line.slice(head.length) : null;
}
