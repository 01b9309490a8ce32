import { FleetError } from './errors.js';
import { isFault } from './faults/faults.js';
import type { Fleet } from './fleet.js';
import type { Hold } from './hold.js';
import { isObject, parseObject, textAt, type JsonObject } from './json.js';

/** Takes one line of what a process on the other end of stdin wants, and tells through `say` what became of it. Never throws. */
export function steer(fleet: Fleet, say: (line: unknown) => void): (line: string) => Promise<void> {
  const holds = new Map<string, Hold>();
  return async (line) => {
    const command = parseObject(line);
    try {
      if (command === null) throw new FleetError('BAD_OPTION', 'a command is one JSON object on one line');
      say(await obey(fleet, holds, command, say));
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error), command: line });
    }
  };
}

async function obey(fleet: Fleet, holds: Map<string, Hold>, command: JsonObject, say: (line: unknown) => void): Promise<unknown> {
  const { fault, hold, logins, mend, release, drop } = command;
  if (mend === true) return { mended: await fleet.mend() };
  if (typeof logins === 'string') return { target: logins, logins: fleet.target(logins).logins(), keptOut: fleet.target(logins).keptOut() };
  if (isObject(fault)) return setFault(fleet, fault);
  if (isObject(hold)) return setHold(fleet, holds, hold, say);
  const ended = typeof release === 'string' ? release : drop;
  const known = typeof ended === 'string' ? holds.get(ended) : undefined;
  if (known === undefined)
    throw new FleetError('BAD_OPTION', 'a command has "fault", "mend", "hold", "logins", or the id of a hold in "release" or "drop"');
  if (typeof release === 'string') known.release();
  else known.drop();
  return { hold: ended, is: typeof release === 'string' ? 'released' : 'dropped' };
}

async function setFault(fleet: Fleet, fault: JsonObject): Promise<unknown> {
  const target = textAt(fault, 'target');
  const name = fault['name'] ?? null;
  if (name !== null && !isFault(name)) throw new FleetError('BAD_OPTION', `there is no fault ${JSON.stringify(name)}`);
  await fleet.fault(target, name);
  return { fault: { target, name } };
}

function setHold(fleet: Fleet, holds: Map<string, Hold>, wanted: JsonObject, say: (line: unknown) => void): unknown {
  const { at, uri } = wanted;
  const id = textAt(wanted, 'id');
  if ((at !== 'before' && at !== 'after') || id === '')
    throw new FleetError('BAD_OPTION', 'a hold has an "id" and is "at" "before" or "after"');
  const request = { method: textAt(wanted, 'method'), ...(typeof uri === 'string' ? { uri } : {}) };
  const hold = fleet.hold(textAt(wanted, 'target'), request, at);
  holds.set(id, hold);
  void hold.reached.then(() => say({ hold: id, is: 'reached' }));
  return { hold: id, is: 'set' };
}
