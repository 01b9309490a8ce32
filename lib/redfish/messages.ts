import type { Json } from '../model/json.js';
import { plain } from '../model/text.js';
import { at, isList, textAt } from './json.js';

const MAX_MESSAGES = 16;
const ID_CHARACTERS = 120;

/** What an answer says in message ids: `error.code` and every `@Message.ExtendedInfo`, of errors and of successes, which may carry them too. */
export function messageIdsOf(json: Json | null): string[] {
  const body = json ?? undefined;
  const infos = [at(body, 'error', '@Message.ExtendedInfo'), at(body, '@Message.ExtendedInfo')];
  const ids = [
    textAt(body, 'error', 'code'),
    ...infos.flatMap((info) => (isList(info) ? info : [])).map((entry) => textAt(entry, 'MessageId')),
  ];
  const distinct = new Set(ids.filter((id) => id !== undefined).map((id) => plain(id, ID_CHARACTERS)));
  return [...distinct].slice(0, MAX_MESSAGES);
}
